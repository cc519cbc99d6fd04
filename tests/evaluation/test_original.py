"""Where the original's classification script is right ours agrees with it, and where it is wrong ours differs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from antifraud.evaluation.parsing import read_answer
from antifraud.evaluation.records import Given, Prediction
from antifraud.evaluation.score import score
from antifraud.labels import FraudType, Scene
from antifraud.snapshot import Reference
from tests.evaluation.benches import chained, predictions, references, said, write_bench, write_predictions
from tests.evaluation.original_rule import original_label, original_scores

LABELS: dict[Any, list[str]] = {"scene": [*Scene], "fraud": ["fraud", "normal"], "fraud_type": [*FraudType]}
SHARED = ("accuracy", "macro_f1", "weighted_f1", "micro_f1")


def truth_of(call: Reference, task: str) -> str:
    return {"scene": call.scene, "fraud": "fraud" if call.is_fraud else "normal", "fraud_type": call.fraud_type}[
        task
    ] or ""


def records(calls: Sequence[Reference], answered: Sequence[Prediction], task: Any) -> list[dict[str, Any]]:
    pairs = [(truth_of(call, task), each.answer_to(task)) for call, each in zip(calls, answered, strict=True)]
    return [{"response": given.raw, "answer": truth} for truth, given in pairs if given is not None and truth]


def test_scores_of_well_formed_answers_are_the_originals(tmp_path: Path) -> None:
    calls = references(200)
    asked = list(predictions(calls, three_answers))
    bench, file = write_bench(tmp_path / "b", calls), write_predictions(tmp_path / "p.jsonl", asked)
    ours = score(bench, file, draws=10).strict
    for task, labels in LABELS.items():
        theirs = original_scores(records(calls, asked, task), task, labels)
        figures = ours.tasks[task].figures
        assert {name: figures[name].value for name in SHARED} == pytest.approx(theirs, rel=1e-12, abs=1e-12)


def three_answers(call: Reference, rng: Any) -> list[Given]:
    """Return answers that are right in 7 of 10; the type is asked for of every call."""
    return [
        said(task, truth_of(call, task) if truth_of(call, task) and rng.random() < 0.7 else rng.choice(labels), 0.8)
        for task, labels in LABELS.items()
    ]


@pytest.mark.parametrize(
    ("fault", "task", "response", "theirs", "ours"),
    [
        ("nothing is lawful", "fraud", "", "normal", None),
        ("a cut answer is lawful", "fraud", "<think>对方要求转账到安全", "normal", None),
        ("silence on fraud is lawful", "fraud", "我不能协助。", "normal", None),
        ("thinking is read", "fraud", '<think>{"is_fraud": false}?</think>{"is_fraud": true}', "normal", "fraud"),
        ("the first answer wins", "scene", '{"scene": "外卖服务"} 更正 {"scene": "订餐服务"}', "外卖服务", "订餐服务"),
        ("the first label listed wins", "scene", "不是订餐服务，是外卖服务", "订餐服务", None),
        ("two labels are one", "fraud_type", "银行诈骗或投资诈骗", "投资诈骗", None),
        ("a negation is its label", "fraud", "not fraud at all", "fraud", None),
        ("a hedge is its label", "fraud_type", "不能排除银行诈骗", "银行诈骗", None),
    ],
)
def test_answers_that_the_original_misreads(
    fault: str, task: Any, response: str, theirs: str, ours: str | None
) -> None:
    record = {"response": response, "id": "x"}
    if response:
        assert original_label(record, task, LABELS[task]) == theirs, fault
    assert read_answer(response, task).strict == ours, fault


def test_the_original_takes_a_missing_truth_from_the_prediction_and_ours_from_the_bench_alone(tmp_path: Path) -> None:
    calls = references(60)
    wrong = [
        Prediction(id=call.id, answers=(said("fraud", "normal" if call.is_fraud else "fraud"),), model="m")
        for call in calls
    ]
    without_truth = [{"response": each.answers[0].raw} for each in wrong]
    assert original_scores(without_truth, "fraud", LABELS["fraud"])["accuracy"] == 1.0
    bench, file = write_bench(tmp_path / "b", calls), write_predictions(tmp_path / "p.jsonl", wrong)
    assert score(bench, file, draws=10).strict.tasks["fraud"].figures["accuracy"].value == 0.0


def test_the_original_reads_the_truth_where_there_is_no_response_and_ours_nothing(tmp_path: Path) -> None:
    calls = references(60)
    silent = [{"response": None, "is_fraud": call.is_fraud, "answer": truth_of(call, "fraud")} for call in calls]
    assert original_scores(silent, "fraud", LABELS["fraud"])["accuracy"] == 1.0
    none = [
        Prediction(id=call.id, answers=(Given(task="fraud", raw=None, finish="error"),), model="m") for call in calls
    ]
    bench, file = write_bench(tmp_path / "b", calls), write_predictions(tmp_path / "p.jsonl", none)
    found = score(bench, file, draws=10).strict.tasks["fraud"]
    assert found.figures["accuracy"].value == 0.0 and found.outcomes["error"] == 60
    assert found.spread.verdict == "unreadable"


def test_unknown_is_no_class_of_macro_f1(tmp_path: Path) -> None:
    calls = [call for call in references(30) if call.scene in (Scene.DINING, Scene.SHOPPING)]
    first = next(call for call in calls if call.scene is Scene.SHOPPING)
    answered = [
        Prediction(id=call.id, answers=(said("scene", None if call is first else str(call.scene)),), model="m")
        for call in calls
    ]
    theirs = original_scores(records(calls, answered, "scene"), "scene", LABELS["scene"])["macro_f1"]
    bench, file = write_bench(tmp_path / "b", calls), write_predictions(tmp_path / "p.jsonl", answered)
    ours = score(bench, file, draws=10).strict.tasks["scene"].figures["supported_macro_f1"].value
    shopping = sum(call.scene is Scene.SHOPPING for call in calls)
    of_two = (1 + 2 * (shopping - 1) / (2 * shopping - 1)) / 2
    assert ours == pytest.approx(of_two) and theirs == pytest.approx(of_two * 2 / 3)


def test_a_chain_asks_no_type_of_a_missed_fraud_and_that_is_wrong(tmp_path: Path) -> None:
    calls = references(90)
    bench = write_bench(tmp_path / "b", calls)
    file = write_predictions(tmp_path / "p.jsonl", predictions(calls, chained(0.7)))
    kinds = score(bench, file, draws=10).strict.tasks["fraud_type"]
    asked = sum(len(json.loads(line)["answers"]) == 3 for line in file.read_text().splitlines())
    assert kinds.calls == sum(call.is_fraud for call in calls)
    assert (
        0
        < kinds.outcomes["unasked"]
        == kinds.calls
        - sum(
            call.is_fraud and len(json.loads(line)["answers"]) == 3
            for call, line in zip(calls, file.read_text().splitlines(), strict=True)
        )
    )
    assert asked > kinds.calls - kinds.outcomes["unasked"]  # the others are false alarms
