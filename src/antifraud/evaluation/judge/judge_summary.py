"""Judgements in, results out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.stats import spearmanr

from antifraud.evaluation.judge.cases import Blank, Case
from antifraud.evaluation.judge.judge import Judgement, Probe
from antifraud.evaluation.judge.judge_results import Bias, JudgeResults
from antifraud.evaluation.judge.rubric import DIMENSIONS, Dimension
from antifraud.evaluation.redrawing import Block, Figure, Floats, redraw
from antifraud.evaluation.truths import TASKS
from antifraud.evaluation_config import JudgeConfig
from antifraud.records import Task

Key = tuple[str, Task]
_FEWEST_FOR_CORRELATION: Final = 3


@dataclass(frozen=True)
class Questions:
    """What was asked, and what the judge said."""

    asked: Sequence[Case | Blank]
    judgements: Sequence[Judgement]
    storyline_of: Mapping[str, str]
    """By the id of a call."""


@dataclass(frozen=True)
class Marked:
    """A question with what it got, the mean of its judgements that can be read."""

    storyline: str
    task: Task
    dimensions: Mapping[Dimension, float]
    is_blank: bool
    is_right: bool

    @property
    def total(self) -> float:
        """Of 15 points."""
        return sum(self.dimensions.values())


def summarise(questions: Questions, config: JudgeConfig, *, seed: int, known: Mapping[str, Any]) -> JudgeResults:
    """Return what the judgements come to.

    Args:
        known: fields of the results that no judgement tells.
    """
    asked, judgements = questions.asked, questions.judgements
    got = marked(asked, judgements)
    mean = _means(got, seed)
    problems = Counter(each.problem for each in judgements)
    return JudgeResults(
        **known,
        temperature=config.temperature,
        repeats=config.repeats,
        questions=len(asked),
        blank=_blanks(asked),
        judged=sum(not each.is_blank for each in got),
        judgements=len(judgements),
        unparseable=problems["unparseable"],
        unanswered=problems["unanswered"],
        points=mean["all"],
        dimensions={name: mean[name] for name in DIMENSIONS},
        tasks={task: mean[task] for task in TASKS},
        when_right=mean["right"],
        when_wrong=mean["wrong"],
        repeat_means=_repeat_means(judgements, config.repeats),
        repeat_spread=_repeat_spread(judgements),
        length_correlation=_length_correlation(judgements),
        order_bias=_bias(questions, "order", seed),
        length_bias=_bias(questions, "length", seed),
    )


def marked(questions: Iterable[Case | Blank], judgements: Iterable[Judgement]) -> list[Marked]:
    """Return every question that has points: blank ones have none of them, unread ones are left out."""
    read: dict[Key, list[Judgement]] = defaultdict(list)
    for each in judgements:
        if each.probe == "none" and each.points is not None:
            read[each.id, each.task].append(each)
    found = []
    for question in questions:
        if isinstance(question, Blank):
            nothing = dict.fromkeys(DIMENSIONS, 0.0)
            found.append(Marked(question.storyline, question.task, nothing, is_blank=True, is_right=False))
        elif said := read.get((question.id, question.task)):
            means = {name: float(np.mean([each.points[name] for each in said if each.points])) for name in DIMENSIONS}
            found.append(Marked(question.storyline, question.task, means, is_blank=False, is_right=question.is_right))
    return found


def _means(questions: Sequence[Marked], seed: int) -> dict[str, Figure]:
    """Return mean points with intervals over storylines: all, of right and wrong answers, by dimension and by task."""
    groups = {"all": [(each.storyline, each.total) for each in questions]}
    for name, is_right in (("right", True), ("wrong", False)):
        judged = [each for each in questions if not each.is_blank and each.is_right is is_right]
        groups[name] = [(each.storyline, each.total) for each in judged]
    for dimension in DIMENSIONS:
        groups[dimension] = [(each.storyline, each.dimensions[dimension]) for each in questions]
    for task in TASKS:
        groups[task] = [(each.storyline, each.total) for each in questions if each.task == task]
    return _mean_figures(groups, seed)


def _mean_figures(values: Mapping[str, Sequence[tuple[str, float]]], seed: int) -> dict[str, Figure]:
    """Return the mean of each group of (storyline, value), with its interval over all storylines."""
    names = sorted({storyline for group in values.values() for storyline, _ in group})
    if not names:
        return {name: Figure(value=None) for name in values}
    place = {name: at for at, name in enumerate(names)}
    blocks = {name: _block(group, place) for name, group in values.items()}
    return {name: each.figure("mean") for name, each in redraw(blocks, len(names), seed=seed).items()}


def _block(group: Sequence[tuple[str, float]], place: Mapping[str, int]) -> Block:
    """Return a block whose first cell sums values and whose second one counts them."""
    storyline = np.array([place[name] for name, _ in group], np.intp)
    amount = np.array([value for _, value in group], np.float64)
    cell = np.repeat(np.array([0, 1], np.intp), len(group))
    return Block(2, cell, np.tile(storyline, 2), _mean, np.concatenate([amount, np.ones(len(group))]))


def _mean(counts: Floats) -> dict[str, Floats]:
    total, number = counts[..., 0], counts[..., 1]
    return {"mean": np.divide(total, number, out=np.full_like(total, np.nan), where=number > 0)}


def _repeat_means(judgements: Iterable[Judgement], repeats: int) -> tuple[float | None, ...]:
    """Return the mean points of each repeat."""
    totals: dict[int, list[float]] = defaultdict(list)
    for each in judgements:
        if each.probe == "none" and each.total is not None:
            totals[each.repeat].append(each.total)
    return tuple(float(np.mean(totals[number])) if totals[number] else None for number in range(repeats))


def _repeat_spread(judgements: Iterable[Judgement]) -> float | None:
    """Return the mean standard deviation of the points of a question between its repeats."""
    totals: dict[Key, list[float]] = defaultdict(list)
    for each in judgements:
        if each.probe == "none" and each.total is not None:
            totals[each.id, each.task].append(each.total)
    spreads = [np.std(group, ddof=1) for group in totals.values() if len(group) > 1]
    return float(np.mean(spreads)) if spreads else None


def _length_correlation(judgements: Iterable[Judgement]) -> float | None:
    """Return Spearman's rank correlation between the length of a reasoning and its points."""
    pairs = [(each.characters, each.total) for each in judgements if each.probe == "none" and each.total is not None]
    lengths, totals = zip(*pairs) if pairs else ((), ())
    if len(pairs) < _FEWEST_FOR_CORRELATION or len(set(lengths)) == 1 or len(set(totals)) == 1:
        return None
    return float(spearmanr(lengths, totals).statistic)


def _bias(questions: Questions, probe: Probe, seed: int) -> Bias | None:
    """Return how a probe changes points against the first repeat without it; None where no pair can be read."""
    judgements = questions.judgements
    plain = {(each.id, each.task): each.total for each in judgements if each.probe == "none" and each.repeat == 0}
    pairs = [
        (questions.storyline_of[each.id], each.total - before)
        for each in judgements
        if each.probe == probe and each.total is not None and (before := plain.get((each.id, each.task))) is not None
    ]
    if not pairs:
        return None
    return Bias(pairs=len(pairs), difference=_mean_figures({probe: pairs}, seed)[probe])


def _blanks(questions: Iterable[Case | Blank]) -> dict[str, int]:
    """Count the questions with nothing to judge, by why."""
    counted = Counter(question.why for question in questions if isinstance(question, Blank))
    return dict(sorted(counted.items()))
