"""A predictions file is joined with its snapshot by id; nothing of it is dropped, nothing else is trusted."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from antifraud.errors import IntegrityError, RecordError
from antifraud.evaluation.records import Given, Prediction
from antifraud.evaluation.score import score
from antifraud.evaluation.truths import KnownItem, KnownReference
from antifraud.labels import LabelSet, OfficialCategory, Scene
from antifraud.snapshot import Item, Reference
from antifraud.store.manifest import dump_json, fingerprint
from tests.conftest import CommandLine
from tests.evaluation.benches import (
    CUTS,
    chained,
    predictions,
    reference,
    references,
    said,
    write_bench,
    write_predictions,
)

CALLS = references(80)


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    return write_bench(tmp_path / "frozen", CALLS)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_predictions(tmp_path / "model.jsonl", predictions(CALLS, chained(0.8, 0.1)))


def beginnings(verdicts: Iterable[str], of: Reference) -> list[Prediction]:
    return [
        Prediction(id=of.id, heard_seconds=cut, answers=(said("fraud", verdict),), model="model-a")
        for cut, verdict in zip(CUTS, verdicts, strict=False)
    ]


def test_a_model_that_is_always_right_scores_one_everywhere(bench: Path, tmp_path: Path) -> None:
    results = score(bench, write_predictions(tmp_path / "p.jsonl", predictions(CALLS, chained(1.0))), draws=50)
    for scores in results.strict.tasks.values():
        assert scores.figures["accuracy"].model_dump() == {"value": 1.0, "low": 1.0, "high": 1.0}
        assert scores.figures["matthews"].value == pytest.approx(1) and scores.figures["invalid_rate"].value == 0
        assert scores.spread.verdict == "balanced" and scores.spread.distance == pytest.approx(0)
    assert results.strict.chain["joint_accuracy"].value == 1
    assert results.strict.chain["mean_weighted_f1"].value == pytest.approx(1)
    assert results.confidence is not None and results.confidence.figures["auroc"].value == 1
    dimensions = {each.dimension for each in results.slices}
    assert {
        "label",
        "official_category",
        "awareness",
        "outcome",
        "caller_voice",
        "line",
        "length",
        "subset",
    } < dimensions


def test_unreadable_answers_are_wrong_in_every_score(bench: Path, tmp_path: Path) -> None:
    answered = list(predictions(CALLS, chained(0.8)))
    before = score(bench, write_predictions(tmp_path / "p.jsonl", answered), draws=10)
    silenced = [
        each.model_copy(update={"answers": tuple(Given(task=given.task, raw="嗯。") for given in each.answers)})
        if number % 4 == 0
        else each
        for number, each in enumerate(answered)
    ]
    after = score(bench, write_predictions(tmp_path / "q.jsonl", silenced), draws=10)
    for task in ("scene", "fraud", "fraud_type"):
        was, now = before.strict.tasks[task].figures, after.strict.tasks[task].figures
        for name in (
            "accuracy",
            "balanced_accuracy",
            "macro_f1",
            "weighted_f1",
            "micro_f1",
            "matthews",
            "macro_recall",
        ):
            assert now[name].value < was[name].value, name  # type: ignore[operator]
        assert after.strict.tasks[task].outcomes["invalid"] > 0
        answers = sum(sum(row.values()) for row in after.strict.tasks[task].confusion.values())
        assert answers == after.strict.tasks[task].calls
    assert after.strict.chain["joint_accuracy"].value < before.strict.chain["joint_accuracy"].value  # type: ignore[operator]
    assert after.confidence and before.confidence
    assert after.confidence.figures["auroc"].value < before.confidence.figures["auroc"].value  # type: ignore[operator]
    assert after.confidence.figures["ece"].value > before.confidence.figures["ece"].value  # type: ignore[operator]


def test_calls_without_a_prediction_are_wrong_and_told(bench: Path, tmp_path: Path) -> None:
    answered = list(predictions(CALLS, chained(1.0)))[20:]
    results = score(bench, write_predictions(tmp_path / "p.jsonl", answered), draws=10)
    assert results.missing == 20 and results.missing_ids == tuple(call.id for call in CALLS[:20])
    assert results.strict.tasks["fraud"].figures["accuracy"].value == 0.75
    assert results.strict.tasks["fraud"].figures["invalid_rate"].value == 0
    assert results.strict.tasks["fraud"].outcomes["missing"] == 20


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (Prediction(id="call-999999", answers=(), model="model-a"), "call-999999 is no call of frozen"),
        (Prediction(id="call-000003", answers=(), model="model-a"), "call-000003 is answered twice"),
        (Prediction(id="call-000003", answers=(), model="other"), "model-a and other in one file"),
        (
            Prediction(id="call-000003", heard_seconds=12, answers=(), model="model-a"),
            "heard_seconds is 12; expected 10, 20, 30, or null",
        ),
    ],
)
def test_predictions_that_fit_nothing_are_errors(bench: Path, tmp_path: Path, wrong: Prediction, told: str) -> None:
    answered = [*predictions(CALLS, chained(1.0)), wrong]
    if wrong.model == "other":
        del answered[3]
    with pytest.raises(RecordError, match=rf"p.jsonl:{len(answered)}: .*{told}"):
        score(bench, write_predictions(tmp_path / "p.jsonl", answered))


def test_a_beginning_answered_twice_or_no_whole_call_is_an_error(bench: Path, tmp_path: Path) -> None:
    begun = beginnings(["fraud"], CALLS[1])
    with pytest.raises(RecordError, match="answered twice at 10 s"):
        score(bench, write_predictions(tmp_path / "p.jsonl", begun * 2))
    with pytest.raises(RecordError, match="answers no whole call"):
        score(bench, write_predictions(tmp_path / "p.jsonl", begun))


@pytest.mark.parametrize("name", ["items.jsonl", "references.jsonl"])
def test_a_snapshot_with_one_byte_changed_is_refused(bench: Path, file: Path, name: str) -> None:
    data = bytearray((bench / name).read_bytes())
    data[200] ^= 1
    (bench / name).write_bytes(data)
    with pytest.raises(IntegrityError, match=name):
        score(bench, file)


def test_a_swapped_label_is_refused_even_where_the_manifest_was_changed_with_it(bench: Path, file: Path) -> None:
    path = bench / "references.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"is_fraud":true', b'"is_fraud":false', 1))
    manifest = json.loads((bench / "manifest.json").read_text())
    manifest["files"]["references.jsonl"] = fingerprint(path)
    (bench / "manifest.json").write_bytes(dump_json(manifest))
    with pytest.raises(IntegrityError, match=r"manifest.json"):
        score(bench, file)


def test_results_do_not_hang_on_the_order_of_lines(bench: Path, file: Path) -> None:
    first = score(bench, file, draws=50)
    lines = file.read_bytes().splitlines(keepends=True)
    random.Random(1).shuffle(lines)
    file.write_bytes(b"".join(lines))
    second = score(bench, file, draws=50)
    assert first.predictions_sha256 != second.predictions_sha256
    assert first.model_dump(exclude={"predictions_sha256"}) == second.model_dump(exclude={"predictions_sha256"})


def test_listed_words_count_for_the_lenient_score_alone(bench: Path, tmp_path: Path) -> None:
    answered = [
        Prediction(id=call.id, answers=(Given(task="fraud", raw="诈骗" if call.is_fraud else "不是诈骗"),), model="m")
        for call in CALLS
    ]
    results = score(bench, write_predictions(tmp_path / "p.jsonl", answered), draws=10)
    assert results.strict.tasks["fraud"].figures["accuracy"].value == 0
    assert results.lenient.tasks["fraud"].figures["accuracy"].value == 1
    assert results.confidence is None and results.early is None and not results.strict.chain


def test_types_are_scored_by_the_label_set_of_the_snapshot(tmp_path: Path) -> None:
    rng = random.Random("official")
    calls = [reference(number, rng, label_set=LabelSet.OFFICIAL) for number in range(60)]
    kinds = {call.id: call.official_category for call in calls if call.official_category}
    answered = [
        Prediction(id=call.id, answers=(said("fraud_type", str(kinds.get(call.id, "投资诈骗"))),), model="m")
        for call in calls
    ]
    bench = write_bench(tmp_path / "official", calls)
    found = score(bench, write_predictions(tmp_path / "p.jsonl", answered), draws=10).strict.tasks["fraud_type"]
    assert found.labels == tuple(OfficialCategory) and found.calls == len(kinds)
    assert found.figures["accuracy"].value == 1


def test_early_detection_is_counted_from_the_first_answer_that_stays_right(tmp_path: Path) -> None:
    calls = references(4)  # 0 and 3 are lawful; the decisive turn of 1 and 2 ends at 15 s of 60
    verdicts = [
        ["fraud", "normal", "normal"],  # lawful: one alarm, then right
        ["normal", "fraud", "fraud"],  # right from 20 s
        ["fraud", "normal", "fraud"],  # fraud before anything decided, wavers, right from 30 s
        ["normal", "normal"],  # lawful: the third beginning is not answered
    ]
    whole = ["normal", "fraud", "fraud", "normal"]
    lines = [line for call, said_of in zip(calls, verdicts, strict=True) for line in beginnings(said_of, call)]
    lines += [
        Prediction(id=call.id, answers=(said("fraud", verdict),), model="model-a")
        for call, verdict in zip(calls, whole, strict=True)
    ]
    results = score(write_bench(tmp_path / "b", calls), write_predictions(tmp_path / "p.jsonl", lines), draws=50)
    early = results.early
    assert early is not None
    assert (early.beginnings, early.unanswered, early.fraud_calls, early.other_calls) == (11, 1, 2, 2)
    assert {name: figure.value for name, figure in early.figures.items()} == {
        "detected_share": 1.0,
        "mean_heard_share": pytest.approx((20 + 30) / 2 / 60),
        "mean_delay_seconds": pytest.approx((5 + 15) / 2),
        "called_before_decisive_share": 0.5,
        "false_alarm_share": 0.5,
        "false_alarms_per_call": 0.5,
        "cleared_share": 1.0,
    }
    assert early.quantiles["delay_seconds"]["p50"] == pytest.approx(10)
    heard = {each.value: each for each in results.slices if each.dimension == "heard"}
    assert list(heard) == ["up to 10 s", "up to 20 s", "up to 30 s"]
    assert heard["up to 10 s"].figures["fraud_recall"].value == 0.5
    assert heard["up to 30 s"].calls == 3


def test_a_late_mistake_takes_early_detection_back(tmp_path: Path) -> None:
    call = references(2)[1]
    lines = [
        *beginnings(["fraud"] * 3, call),
        Prediction(id=call.id, answers=(said("fraud", "normal"),), model="model-a"),
    ]
    found = score(write_bench(tmp_path / "b", [call]), write_predictions(tmp_path / "p.jsonl", lines), draws=10).early
    assert found is not None and found.figures["detected_share"].value == 0
    assert found.figures["mean_delay_seconds"].value is None


def test_figures_that_a_snapshot_of_one_kind_cannot_tell_are_null(tmp_path: Path) -> None:
    lawful = [call for call in CALLS if not call.is_fraud]
    file = write_predictions(tmp_path / "p.jsonl", predictions(lawful, chained(0.9)))
    results = score(write_bench(tmp_path / "b", lawful), file, draws=20)
    fraud, kinds = results.strict.tasks["fraud"].figures, results.strict.tasks["fraud_type"]
    assert fraud["accuracy"].value is not None and fraud["fraud_recall"].value is None
    assert kinds.calls == 0 and {figure.value for figure in kinds.figures.values()} == {None}
    assert results.confidence is not None and results.confidence.figures["auroc"].value is None
    with pytest.raises(IntegrityError, match="without calls"):
        score(write_bench(tmp_path / "empty", []), file)


def test_what_scores_need_of_a_snapshot_are_fields_of_its_records() -> None:
    for known, record in ((KnownItem, Item), (KnownReference, Reference)):
        assert known.model_fields.keys() <= record.model_fields.keys()
    whole = references(1)[0].model_dump(mode="json")
    assert KnownReference.model_validate(whole).scene in [*Scene]


def test_the_command_prints_tables_and_writes_the_same_bytes_again(
    antifraud: CommandLine, bench: Path, file: Path, tmp_path: Path
) -> None:
    other = write_predictions(tmp_path / "other.jsonl", predictions(CALLS, chained(0.3), seed=2, model="weaker"))
    given = ("score", "--bench", str(bench), str(file), "--draws", "100")
    first = antifraud(*given, "--against", str(other))
    assert first.returncode == 0, first.stderr
    assert "minus weaker" in first.stderr and "订餐服务" in first.stderr and "…" not in first.stderr
    written = (tmp_path / "model.results.json").read_bytes()
    again = antifraud(*given, "--against", str(other), "--json")
    assert again.stdout.encode() == written == (tmp_path / "model.results.json").read_bytes()
    results = json.loads(written)
    difference = results["comparison"]["differences"]["scene"]["accuracy"]
    scores = results["strict"]["tasks"]["scene"]
    assert difference["low"] > 0 and difference["value"] < scores["figures"]["accuracy"]["value"]
    assert results["comparison"]["mcnemar"]["scene"]["p_value"] < 0.05
    refused = antifraud("score", "--bench", str(tmp_path), str(file))
    assert refused.returncode == 1 and "give the folder of a release or a snapshot" in refused.stderr
