"""What a leaderboard shows of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from antifraud.evaluation.judge.judge_results import JudgeResults
from antifraud.evaluation.redrawing import Figure
from antifraud.evaluation.results import Results
from antifraud.records import Task

Value = float | str | None


@dataclass(frozen=True)
class Entry:
    """Everything that is known of a model on the snapshot."""

    results: Results
    judge: JudgeResults | None


@dataclass(frozen=True)
class Column:
    """One figure of a model."""

    key: str
    title: str
    read: Callable[[Entry], Value]
    digits: int = 3
    is_better_high: bool = True


def _of_task(task: Task, figure: str, end: Literal["value", "low", "high"] = "value") -> Callable[[Entry], Value]:
    def read(entry: Entry) -> Value:
        scores = entry.results.strict.tasks.get(task)
        found: Figure | None = scores.figures.get(figure) if scores else None
        return {"value": found.value, "low": found.low, "high": found.high}[end] if found else None

    return read


def _of_chain(figure: str) -> Callable[[Entry], Value]:
    def read(entry: Entry) -> Value:
        found = entry.results.strict.chain.get(figure)
        return found.value if found else None

    return read


def _answers(entry: Entry) -> Value:
    scores = entry.results.strict.tasks.get("fraud")
    return scores.spread.verdict if scores else None


def _points(entry: Entry) -> Value:
    return entry.judge.points.value if entry.judge else None


def _total(entry: Entry) -> Value:
    return entry.judge.paper_total if entry.judge else None


COLUMNS: Final = (
    Column("mean_weighted_f1", "mean F1", _of_chain("mean_weighted_f1")),
    Column("scene_weighted_f1", "scene F1", _of_task("scene", "weighted_f1")),
    Column("fraud_weighted_f1", "fraud F1", _of_task("fraud", "weighted_f1")),
    Column("fraud_type_weighted_f1", "type F1", _of_task("fraud_type", "weighted_f1")),
    Column("fraud_balanced_accuracy", "fraud bal. acc.", _of_task("fraud", "balanced_accuracy")),
    Column("fraud_balanced_accuracy_low", "95 % from", _of_task("fraud", "balanced_accuracy", "low")),
    Column("fraud_balanced_accuracy_high", "to", _of_task("fraud", "balanced_accuracy", "high")),
    Column("fraud_macro_f1", "fraud macro-F1", _of_task("fraud", "macro_f1")),
    Column("joint_accuracy", "joint acc.", _of_chain("joint_accuracy")),
    Column("fraud_invalid_rate", "invalid", _of_task("fraud", "invalid_rate"), is_better_high=False),
    Column("answers", "answers", _answers),
    Column("judge_points", "judge /15", _points, digits=2),
    Column("paper_total", "paper total", _total, digits=2),
)
SORTABLE: Final = tuple(column.key for column in COLUMNS if column.key != "answers")
