from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from antifraud.defects import Oddity
from antifraud.errors import RecordError
from antifraud.intake.lenient import read_any
from antifraud.labels import Speaker

GOOD: dict[str, Any] = {
    "left": ["您好。", "再见。"],
    "right": ["您说。", "嗯。", "那我挂了。"],
    "user_age": 30,
    "user_awareness": "低",
    "occupation": "教师",
    "fraud_type": "银行诈骗",
    "termination_reason": "",
    "terminator": "left",
}


def read_line(folder: Path, line: Any) -> tuple[Any, list[Oddity]]:
    """Read a file of one good line and the one given; returns what became of the latter."""
    path = folder / "theirs.jsonl"
    path.write_bytes(orjson.dumps(GOOD) + b"\n" + orjson.dumps(line) + b"\n")
    dialogues, oddities = read_any(path)
    return (dialogues[1] if len(dialogues) == 2 else None), oddities


def test_turns_keep_the_order_of_the_file_and_two_of_a_side_are_not_joined(tmp_path: Path) -> None:
    dialogue, oddities = read_line(tmp_path, GOOD)
    sides = [Speaker.CALLER, Speaker.CALLEE] * 2 + [Speaker.CALLEE]
    assert [turn.speaker for turn in dialogue.turns] == sides
    assert oddities == []


def test_an_empty_turn_is_kept(tmp_path: Path) -> None:
    dialogue, _ = read_line(tmp_path, GOOD | {"left": ["您好。", ""]})
    assert [turn.text for turn in dialogue.turns] == ["您好。", "您说。", " ", "嗯。", "那我挂了。"]


@pytest.mark.parametrize(
    ("change", "field", "value"),
    [
        ({"terminator": "user结束"}, "terminator", "user结束"),
        ({"terminator": "谁都不是"}, "terminator", "谁都不是"),
        ({"user_awareness": "很高"}, "user_awareness", "很高"),
        ({"user_awareness": ["低"]}, "user_awareness", "['低']"),
        ({"user_age": 17}, "user_age", "17"),
        ({"user_age": "三十"}, "user_age", "三十"),
    ],
)
def test_a_value_outside_its_set_is_told_and_the_dialogue_kept(
    tmp_path: Path, change: dict[str, Any], field: str, value: str
) -> None:
    dialogue, oddities = read_line(tmp_path, GOOD | change)
    assert dialogue is not None
    assert [(odd.id, odd.field, odd.value, odd.is_readable) for odd in oddities] == [(dialogue.id, field, value, True)]


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ([1, 2], "line"),
        ({"text": "您好"}, "turns"),
        ({**GOOD, "left": [], "right": []}, "turns"),
        ({**GOOD, "fraud_type": "杀猪盘"}, "fraud_type"),
        ({**GOOD, "fraud_type": None}, "fraud_type"),
    ],
)
def test_what_is_no_dialogue_or_has_no_known_label_is_told_apart(tmp_path: Path, line: Any, field: str) -> None:
    dialogue, (odd,) = read_line(tmp_path, line)
    assert dialogue is None
    assert (odd.field, odd.is_readable) == (field, False)


def test_a_file_without_any_dialogue_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text('{"note": "not a dialogue"}\n', encoding="utf-8")
    with pytest.raises(RecordError, match=r"notes.jsonl: no dialogue among 1 lines; turns is"):
        read_any(path)
