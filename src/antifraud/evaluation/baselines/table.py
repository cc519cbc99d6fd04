"""All baselines on a snapshot: their answers, their scores, and rows for its card."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from antifraud.evaluation.answer_words import FRAUD
from antifraud.evaluation.baselines.baseline import BASELINES, UNTRAINED, Baseline, BaselineName, baseline_on
from antifraud.evaluation.bench_calls import BenchCalls
from antifraud.evaluation.parsing import read_given
from antifraud.evaluation.records import Given, Prediction
from antifraud.evaluation.redrawing import DRAWS, Figure
from antifraud.evaluation.results import Results, Slice
from antifraud.evaluation.score import score_on
from antifraud.evaluation.truths import TASKS, Bench
from antifraud.records import Record, Task
from antifraud.snapshot import Item
from antifraud.store.files import write_atomic
from antifraud.store.lines import dump_line
from antifraud.store.manifest import dump_json

ALL: Final = "all"
"""Names the whole snapshot among its subsets."""
_MEASURES: Final[tuple[tuple[str, Task, str, str], ...]] = (
    ("fraud, macro-F1", "fraud", "macro_f1", "macro_f1"),
    ("fraud, balanced accuracy", "fraud", "balanced_accuracy", "balanced_accuracy"),
    ("scene, accuracy", "scene", "accuracy", "scene_accuracy"),
    ("fraud type, accuracy", "fraud_type", "accuracy", "fraud_type_accuracy"),
)
"""Measure, its task, and the names of its figure on the whole snapshot and on a slice."""


class BaselineRow(Record):
    """A row of a snapshot's card."""

    name: str
    measure: str
    """As `fraud, macro-F1`."""
    scores: dict[str, float | None]
    """By subset, the whole snapshot as `all`; None where it cannot be told, as of a subset of fraud alone."""


def baseline_table(
    calls: BenchCalls,
    bench: Bench,
    release: Path | None,
    target: Path,
    *,
    names: Collection[BaselineName] = BASELINES,
    draws: int = DRAWS,
    seed: int = 0,
) -> tuple[BaselineRow, ...]:
    """Answer every call by every baseline, write predictions and results into a folder, and return the rows.

    Args:
        bench: the same calls, by `read_bench`; by `bench_in` before they are sealed, and then results, which would tell
            of no snapshot, are not written.
        release: what baselines learn from; without one only those are asked that learn nothing.

    Raises:
        AntifraudError: as `baseline` does, or a file cannot be written.
    """
    target.mkdir(parents=True, exist_ok=True)
    rows: list[BaselineRow] = []
    for name in BASELINES:
        if name not in names or (release is None and name not in UNTRAINED):
            continue
        model, file = baseline_on(name, release, calls), target / f"{name}.jsonl"
        write_atomic(file, b"".join([dump_line(_asked(model, item)) for item in calls.items]))
        results = score_on(bench, file, draws=draws, seed=seed)
        if bench.seal:
            write_atomic(target / f"{name}.results.json", dump_json(results.model_dump(mode="json")))
        rows += _rows(name, results)
    return tuple(rows)


def _asked(model: Baseline, item: Item) -> Prediction:
    """Return the answers in a chain: the type is asked for where the model takes the call for fraud."""
    given: list[Given] = []
    for task in TASKS:
        if task == "fraud_type" and read_given(given[-1], item.label_set).lenient != FRAUD:
            break
        given.append(model.given(item, task, None))
    return Prediction(id=item.id, answers=tuple(given), model=model.name)


def _rows(name: str, results: Results) -> Iterator[BaselineRow]:
    subsets = {each.value: each for each in results.slices if each.dimension == "subset"}
    for measure, task, on_all, on_slice in _MEASURES:
        scores = results.strict.tasks.get(task)
        told = {ALL: _value(scores.figures if scores else {}, on_all)}
        for subset, each in subsets.items():
            has_both = task != "fraud" or _holds_both(each)
            told[subset] = _value(each.figures, on_slice) if has_both else None
        yield BaselineRow(name=name, measure=measure, scores=told)


def _value(figures: Mapping[str, Figure], name: str) -> float | None:
    return figures[name].value if name in figures else None


def _holds_both(part: Slice) -> bool:
    """Tell whether a slice holds fraud and lawful calls: else its recall and its false alarms are not both defined."""
    return {"fraud_recall", "fraud_false_alarm_rate"} <= part.figures.keys()
