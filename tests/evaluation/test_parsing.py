"""Answers are read by what they say, and by nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from antifraud.evaluation.answer_words import labels_of
from antifraud.evaluation.parsing import Status, read_answer
from antifraud.labels import FraudType, LabelSet, OfficialCategory, Scene
from tests.conftest import CommandLine

TABLE: dict[str, list[list[Any]]] = yaml.safe_load(Path(__file__).with_name("answers.yaml").read_text(encoding="utf-8"))
TASKS = ("scene", "fraud", "fraud_type")


@pytest.mark.parametrize("kind", TABLE)
def test_answers_of_every_kind_are_read_as_listed(kind: str) -> None:
    for task, raw, *expected in TABLE[kind]:
        finish = expected[3] if len(expected) > 3 else "stop"
        reading = read_answer(raw, task, finish=finish)
        assert [reading.strict, reading.lenient, reading.status.value] == expected[:3], raw


def test_the_table_is_long_and_holds_every_status() -> None:
    rows = [row for rows in TABLE.values() for row in rows]
    assert len(rows) >= 150
    assert {row[4] for row in rows} == {status.value for status in Status}


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")), st.sampled_from(TASKS))
def test_no_text_raises_and_every_label_is_of_the_closed_set(raw: str, task: Any) -> None:
    for label_set in LabelSet:
        reading = read_answer(raw, task, label_set)
        assert {reading.strict, reading.lenient} <= {None, *labels_of(task, label_set)}
        assert reading.strict in (None, reading.lenient)
        assert (reading.status is Status.VALID) == (reading.strict is not None)


NOISE = [
    *(
        "<think>",
        "</think>",
        "<answer>",
        "</answer>",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        ":",
        "：",
        ",",
        "\n",
        "```json",
        "```",
    ),
    *(
        '"is_fraud"',
        '"scene"',
        '"fraud_type"',
        "is_fraud",
        "answer",
        "confidence",
        "null",
        "0.9",
        "tru",
        "fals",
        "1e999",
        "\\u00",
    ),
    *(
        "不能排除诈骗的可能",
        "可能不是诈骗",
        "像银行诈骗",
        "订餐服务和外卖服务",
        "不属于打车服务",
        "not normal",
        "maybe fraud",
        "对方自称客服",
    ),
    *("抱歉", "我无法判断", "<|im_end|>", "９", "\ud800", "\x00", "nan", "**"),
]


@given(st.lists(st.sampled_from(NOISE), max_size=30).map("".join), st.sampled_from(TASKS))
def test_no_class_comes_out_of_noise(raw: str, task: Any) -> None:
    reading = read_answer(raw, task)
    assert (reading.strict, reading.lenient) == (None, None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from([*FraudType, "是"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["is_fraud", "scene", "fraud_type", "answer", "x"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(JSON, st.sampled_from(TASKS), st.sampled_from(["{}", "<think>{{</think><answer>{}</answer>", "a {} b"]))
def test_strict_takes_the_value_of_the_tasks_own_field_alone(value: Any, task: Any, form: str) -> None:
    field = {"scene": "scene", "fraud": "is_fraud", "fraud_type": "fraud_type"}[task]
    reading = read_answer(form.replace("{}", json.dumps(value, ensure_ascii=False)), task)
    if isinstance(value, dict):
        said = value.get(field)
        meant = {True: "fraud", False: "normal"}[said] if isinstance(said, bool) and task == "fraud" else said
        assert reading.strict == (meant if meant in labels_of(task, LabelSet.TELEANTIFRAUD) else None)
    elif not isinstance(value, str):
        assert reading.strict is None


@pytest.mark.parametrize("bracket", ["{", "[{", '{"is_fraud":', "<think>", "<answer>", "[", "\n", "a:\n"])
def test_a_model_that_runs_wild_is_read_in_bounded_time(bracket: str) -> None:
    """Patterns that look back over spaces would take minutes here, and recursion would end the process."""
    assert read_answer(bracket * 40_000, "fraud").lenient is None
    assert read_answer(f"{{a{bracket * (19_000 // len(bracket))}b}}", "fraud").lenient is None


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("label_set", LabelSet)
def test_every_label_reads_as_itself_in_each_set(task: Any, label_set: LabelSet) -> None:
    for label in labels_of(task, label_set):
        assert read_answer(label, task, label_set).strict == label
        assert read_answer(f"**{label}**", task, label_set).lenient == label
    others = [*OfficialCategory] if label_set is LabelSet.TELEANTIFRAUD else [*FraudType, *Scene]
    assert all(read_answer(label, task, label_set).strict is None for label in others if task == "fraud_type")


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        (0.9, 0.9),
        (1, 1.0),
        ("0.85", 0.85),
        ("90%", 0.9),
        (90, None),
        (-0.1, None),
        (True, None),
        ("高", None),
        (None, None),
    ],
)
def test_a_confidence_is_a_number_from_0_to_1_or_none(stated: Any, read: float | None) -> None:
    answer = json.dumps({"is_fraud": True, "confidence": stated}, ensure_ascii=False)
    assert read_answer(answer, "fraud").confidence == read


def test_the_command_prints_a_line_for_each_answer(antifraud: CommandLine, tmp_path: Path) -> None:
    rows = [row for row in TABLE["listed words"] + TABLE["truncated"] if len(row) == 5]
    lines = [json.dumps({"task": row[0], "raw": row[1], "id": "x"}, ensure_ascii=False) + "\n" for row in rows]
    (tmp_path / "answers.jsonl").write_text("".join(lines), encoding="utf-8")
    printed = antifraud("parse-answers", "answers.jsonl")
    assert printed.returncode == 0, printed.stderr
    found = [json.loads(line) for line in printed.stdout.splitlines()]
    assert found == [{"strict": row[2], "lenient": row[3], "status": row[4]} for row in rows]
    (tmp_path / "wrong.jsonl").write_text('{"task": "fraud"}\n')
    refused = antifraud("parse-answers", "wrong.jsonl")
    assert (refused.returncode, refused.stdout) == (1, "") and "wrong.jsonl:1" in refused.stderr
