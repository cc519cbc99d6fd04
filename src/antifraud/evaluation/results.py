"""What scoring comes to: one JSON document for each model and snapshot."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from antifraud.evaluation.redrawing import Figure
from antifraud.labels import LabelSet
from antifraud.records import Record, Task

NAMED_MISSING: Final = 20

Figures = dict[str, Figure]
Judgement = Literal["balanced", "biased", "collapsed", "unreadable"]


class ClassScores(Record):
    """How one label fares."""

    precision: float
    recall: float
    f1: float
    support: int
    answered: int


class Spread(Record):
    """What a model answers, whatever is true, and whether it answers anything else."""

    answered: dict[str, float]
    """Share of each label among the answers that name one."""
    true: dict[str, float]
    readable_share: float
    most_answered: str | None
    distance: float
    """Total variation distance between answers and truth: 0 for the same shares, 1 for nothing in common."""
    verdict: Judgement


class TaskScores(Record):
    """Scores of one of the three questions, over the calls that it applies to."""

    labels: tuple[str, ...]
    """The closed set, in the order of the confusion matrix."""
    calls: int
    figures: Figures
    classes: dict[str, ClassScores]
    confusion: dict[str, dict[str, int]]
    """Calls by true label and outcome, a label or a kind of non-answer."""
    outcomes: dict[str, int]
    """Calls by kind of non-answer."""
    spread: Spread


class Reading(Record):
    """All scores by one way of reading the answers."""

    tasks: dict[Task, TaskScores]
    chain: Figures
    """Joint accuracy of the rounds, and the mean of their weighted F1 where all three were asked."""


class Confidence(Record):
    """What the stated confidence is worth, on the fraud task.

    A verdict without one counts as certain, and an unreadable answer as certain of the wrong verdict.
    """

    stated_share: float
    """Of the readable verdicts."""
    figures: Figures


class Slice(Record):
    """Scores on a part of the calls."""

    dimension: str
    value: str
    calls: int
    storylines: int
    figures: Figures


class EarlyDetection(Record):
    """When a model that hears beginnings of calls is right for good."""

    beginnings: int
    unanswered: int
    """Beginnings that have no prediction; wrong, as unreadable ones are."""
    fraud_calls: int
    """With a known decisive turn and at least one beginning."""
    other_calls: int
    """Lawful, with at least one beginning."""
    figures: Figures
    quantiles: dict[str, dict[str, float | None]]
    """10th, 50th and 90th percentile over the fraud calls that were detected."""


class McNemar(Record):
    """Calls that one model has right and the other wrong; the exact test takes calls as independent."""

    only_this: int
    only_other: int
    p_value: float


class Comparison(Record):
    """This model against another on the same calls; differences are this minus the other."""

    other: str
    other_sha256: str
    differences: dict[str, Figures]
    p_values: dict[str, dict[str, float | None]]
    """Two-sided, of the paired bootstrap over storylines; None where nothing is defined."""
    mcnemar: dict[str, McNemar]


class Results(Record):
    """Scores of one model on one snapshot."""

    schema_version: Literal[1] = 1
    model: str
    snapshot: str
    seal: str
    label_sets: tuple[LabelSet, ...]
    predictions_sha256: str
    calls: int
    storylines: int
    missing: int
    """Calls without a prediction: wrong in every score."""
    missing_ids: tuple[str, ...] = Field(max_length=NAMED_MISSING)
    """The first of them."""
    draws: int
    seed: int
    strict: Reading
    lenient: Reading
    """Listed words count as labels too."""
    confidence: Confidence | None
    slices: tuple[Slice, ...]
    early: EarlyDetection | None
    comparison: Comparison | None = None
