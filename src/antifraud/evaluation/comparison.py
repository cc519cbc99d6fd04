"""Two models on the same calls: paired bootstrap over storylines, and McNemar's test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from antifraud.evaluation.matching import Answers
from antifraud.evaluation.redrawing import Block, Floats, Redrawn
from antifraud.evaluation.results import Comparison, McNemar
from antifraud.evaluation.task_scores import joint, task_blocks
from antifraud.evaluation.truths import NO_LABEL, TASKS, Bench

_COMPARED: Final = (
    *("accuracy", "balanced_accuracy", "macro_f1", "weighted_f1", "micro_f1", "matthews", "invalid_rate"),
    *("fraud_precision", "fraud_recall", "fraud_f1", "fraud_false_alarm_rate", "joint_accuracy", "mean_weighted_f1"),
)

Flags = NDArray[np.bool_]


def difference_blocks(bench: Bench, this: Answers, other: Answers) -> dict[str, Block]:
    """Return a block of differences, this minus the other, for each task that both answered, and for the chain."""
    ours, theirs = task_blocks(bench, this.strict), task_blocks(bench, other.strict)
    return {name: _difference(ours[name], theirs[name]) for name in ours if name in theirs}


def _difference(ours: Block, theirs: Block) -> Block:
    def measure(counts: Floats) -> dict[str, Floats]:
        first, second = ours.measure(counts[..., : ours.size]), theirs.measure(counts[..., ours.size :])
        return {name: first[name] - second[name] for name in _COMPARED if name in first}

    return Block(
        ours.size + theirs.size,
        np.concatenate([ours.cell, theirs.cell + ours.size]),
        np.concatenate([ours.storyline, theirs.storyline]),
        measure,
    )


def compare(
    bench: Bench, this: Answers, other: Answers, other_sha256: str, redrawn: Mapping[str, Redrawn]
) -> Comparison:
    """Return how two models differ."""
    return Comparison(
        other=other.model,
        other_sha256=other_sha256,
        differences={name: each.figures() for name, each in redrawn.items()},
        p_values={name: {key: p_value(draws) for key, draws in each.drawn.items()} for name, each in redrawn.items()},
        mcnemar={name: mcnemar(*pair) for name, pair in _right(bench, this, other).items()},
    )


def p_value(draws: Floats) -> float | None:
    """Return twice the smaller share of draws on one side of 0, at least one draw's worth."""
    told = draws[~np.isnan(draws)]
    if not told.size:
        return None
    smaller = min((told <= 0).sum(), (told >= 0).sum())
    return float(min(1.0, 2 * (smaller + 1) / (told.size + 1)))


def _right(bench: Bench, this: Answers, other: Answers) -> dict[str, tuple[Flags, Flags]]:
    """Return which calls of each task the two have right."""
    pairs: dict[str, tuple[Flags, Flags]] = {}
    for task in TASKS:
        if task in this.strict and task in other.strict:
            truth = bench.truth[task]
            applies = truth != NO_LABEL
            first, second = ((truth == answers.strict[task])[applies] for answers in (this, other))
            pairs[task] = first, second
    if len(pairs) == len(TASKS):
        (asked, ours), (_, theirs) = joint(bench, this.strict), joint(bench, other.strict)
        pairs["joint"] = ours[asked], theirs[asked]
    return pairs


def mcnemar(this: Flags, other: Flags) -> McNemar:
    """Return McNemar's exact test: the binomial of the calls that only one of two has right."""
    only_this, only_other = int((this & ~other).sum()), int((other & ~this).sum())
    tail = float(bdtr(min(only_this, only_other), only_this + only_other, 0.5))
    return McNemar(only_this=only_this, only_other=only_other, p_value=min(1.0, 2 * tail))
