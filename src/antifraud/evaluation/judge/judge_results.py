"""What judgements come to: points with intervals, how far the judge agrees with itself, and what sways it."""

from __future__ import annotations

from typing import Literal

from antifraud.evaluation.redrawing import Figure
from antifraud.records import Record, Task


class Bias(Record):
    """How points change when nothing changes that should count."""

    pairs: int
    difference: Figure
    """Mean of the points with the change minus those without, of 15."""


class JudgeResults(Record):
    """The reasoning of one model on one snapshot, as one judge sees it."""

    schema_version: Literal[1] = 1
    model: str
    snapshot: str
    seal: str
    predictions_sha256: str
    judge: str
    teachers: tuple[str, ...]
    """Models that wrote the reference reasoning; empty where none did or it is not known."""
    is_teacher: bool
    """The judge wrote what it compares with: it may favour what argues as it does."""
    temperature: float
    repeats: int
    calls: int
    questions: int
    """Of these calls, all that the references argue; each has 15 points."""
    blank: dict[str, int]
    """Questions that got no point because there was nothing to judge: missing, unasked, silent."""
    judged: int
    """Questions with at least one judgement that can be read."""
    judgements: int
    unparseable: int
    unanswered: int
    """Judgements that never came; both are left out of every mean."""
    points: Figure
    """Mean of all questions, of 15, blank ones as 0."""
    dimensions: dict[str, Figure]
    """Of 5 each."""
    tasks: dict[Task, Figure]
    when_right: Figure
    when_wrong: Figure
    """Mean points of judged questions by whether the answer was right."""
    repeat_means: tuple[float | None, ...]
    """Mean points of judged questions in each repeat."""
    repeat_spread: float | None
    """Mean over questions of the standard deviation between repeats, in points; None for one repeat."""
    length_correlation: float | None
    """Spearman's, between the characters of a reasoning and its points; None where either never changes."""
    order_bias: Bias | None
    length_bias: Bias | None
    paper_total: float | None = None
    """Mean of the three weighted F1 and the judge's share, in percent; None unless all calls and tasks were judged."""
