"""Scores of the three questions and of the chain of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from antifraud.evaluation.classification import (
    NO_LABEL_COLUMNS,
    Marginals,
    matrix_of,
    of_class,
    per_class,
    scores,
    share,
)
from antifraud.evaluation.matching import NON_ANSWERS, UNREADABLE, fraud_code
from antifraud.evaluation.redrawing import Block, Floats, Redrawn
from antifraud.evaluation.results import ClassScores, TaskScores
from antifraud.evaluation.spread import spread_of
from antifraud.evaluation.truths import NO_LABEL, TASKS, Bench, Codes
from antifraud.records import Task

Outcomes = Mapping[Task, Codes]


def cells(bench: Bench, outcomes: Outcomes, task: Task) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return for each call of a task its place, and its cell: label × (label, unreadable or not given)."""
    applies = np.flatnonzero(bench.truth[task] != NO_LABEL)
    return applies, cell_of(bench, task, applies, outcomes[task][applies])


def cell_of(bench: Bench, task: Task, places: NDArray[np.intp], outcomes: Codes) -> NDArray[np.intp]:
    """Return the cells of calls with these outcomes."""
    labels = len(bench.labels[task])
    column = np.minimum(outcomes, labels) + (outcomes >= labels + len(UNREADABLE))
    cell: NDArray[np.intp] = bench.truth[task][places].astype(np.intp) * (labels + NO_LABEL_COLUMNS) + column
    return cell


def task_blocks(bench: Bench, outcomes: Outcomes) -> dict[str, Block]:
    """Return the blocks of each task that was asked, of their joint accuracy, and of their mean F1."""
    blocks: dict[str, Block] = {}
    for task in outcomes:
        applies, cell = cells(bench, outcomes, task)
        size = len(bench.labels[task])
        blocks[task] = Block(size * (size + NO_LABEL_COLUMNS), cell, bench.storyline[applies], measure_of(bench, task))
    if len(outcomes) == len(TASKS):
        asked, right = joint(bench, outcomes)
        joint_right = right[asked].astype(np.intp)
        blocks["joint"] = Block(2, joint_right, bench.storyline[asked], _share_of_right("joint_accuracy"))
        blocks["mean"] = _mean_block(bench, [blocks[str(task)] for task in TASKS])
    return blocks


def measure_of(bench: Bench, task: Task) -> Callable[[Floats], dict[str, Floats]]:
    """Return what turns the counts of a task into its scores; the fraud task has those of the class fraud besides."""
    labels = len(bench.labels[task])
    fraud = fraud_code(bench)

    def measure(counts: Floats) -> dict[str, Floats]:
        matrix = matrix_of(counts, labels)
        found = scores(matrix)
        if task == "fraud":
            found |= {f"fraud_{name}": value for name, value in of_class(matrix, fraud).items()}
        return found

    return measure


def joint(bench: Bench, outcomes: Outcomes) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which calls have a known scene, and which are right in every round that applies to them."""
    right = np.ones(len(bench.calls), np.bool_)
    for task in TASKS:
        truth = bench.truth[task]
        right &= (truth == NO_LABEL) | (truth == outcomes[task])
    return bench.truth["scene"] != NO_LABEL, right


def _share_of_right(name: str) -> Callable[[Floats], dict[str, Floats]]:
    return lambda counts: {name: share(counts[..., 1], counts.sum(axis=-1))}


def _mean_block(bench: Bench, blocks: list[Block]) -> Block:
    """Return the mean of the three weighted F1, as the paper's tables have it."""
    ends = np.cumsum([block.size for block in blocks])
    starts = ends - [block.size for block in blocks]
    sizes = [len(bench.labels[task]) for task in TASKS]

    def measure(counts: Floats) -> dict[str, Floats]:
        each = [_weighted_f1(matrix_of(counts[..., start:end], size)) for start, end, size in zip(starts, ends, sizes)]
        return {"mean_weighted_f1": np.mean(each, axis=0)}

    return Block(
        int(ends[-1]),
        np.concatenate([block.cell + start for block, start in zip(blocks, starts)]),
        np.concatenate([block.storyline for block in blocks]),
        measure,
    )


def _weighted_f1(matrix: Floats) -> Floats:
    each = Marginals.of(matrix)
    return share((each.f1 * each.support).sum(axis=-1), each.support.sum(axis=-1))


def task_scores(bench: Bench, outcomes: Outcomes, task: Task, redrawn: Redrawn) -> TaskScores:
    """Return everything about one task."""
    labels = bench.labels[task]
    names = (*labels, *NON_ANSWERS)
    places, cell = cells(bench, outcomes, task)
    counts = np.zeros((len(labels), len(names)), np.intp)
    np.add.at(counts, (bench.truth[task][places], outcomes[task][places]), 1)
    size = len(labels) * (len(labels) + NO_LABEL_COLUMNS)
    matrix = matrix_of(np.bincount(cell, minlength=size).astype(np.float64), len(labels))
    return TaskScores(
        labels=labels,
        calls=int(counts.sum()),
        figures=redrawn.figures(),
        classes={label: ClassScores.model_validate(row) for label, row in per_class(matrix, labels).items()},
        confusion={label: dict(zip(names, map(int, counts[at]))) for at, label in enumerate(labels)},
        outcomes=dict(zip(NON_ANSWERS, map(int, counts[:, len(labels) :].sum(axis=0)))),
        spread=spread_of(matrix, labels),
    )
