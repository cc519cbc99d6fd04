"""Scores on parts of the calls: by label, category, awareness, outcome, voice, line, length, subset, seconds heard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antifraud.evaluation.classification import NO_LABEL_COLUMNS, matrix_of, of_class, scores, share
from antifraud.evaluation.matching import Answers, fraud_code
from antifraud.evaluation.redrawing import Block, Floats, Redrawn
from antifraud.evaluation.results import Slice
from antifraud.evaluation.slice_values import heard_band
from antifraud.evaluation.task_scores import cell_of
from antifraud.evaluation.truths import NO_LABEL, Bench, Codes
from antifraud.records import Task

_FRAUD_FIGURES: Final = ("accuracy", "balanced_accuracy", "macro_f1", "invalid_rate")
_CLASS_FIGURES: Final = ("recall", "false_alarm_rate", "answered_share")
_OTHER_TASKS: Final[tuple[Task, ...]] = ("scene", "fraud_type")
_FRAUD_CELLS: Final = 2 * (2 + NO_LABEL_COLUMNS)

Key = tuple[str, str]
Places = NDArray[np.intp]


def members(bench: Bench) -> dict[Key, Places]:
    """Return the places of the calls of each slice, by dimension and value."""
    found: dict[Key, list[int]] = defaultdict(list)
    for place, call in enumerate(bench.calls):
        for key in call.slices:
            found[key].append(place)
    return {key: np.array(found[key], np.intp) for key in sorted(found)}


def slice_blocks(bench: Bench, answers: Answers, slices: Mapping[Key, Places]) -> dict[Key, Block]:
    """Return a block for each slice, with the fraud task's scores and the accuracy of the two others."""
    return {key: _block(bench, answers.strict, places) for key, places in slices.items()}


def heard_blocks(bench: Bench, answers: Answers) -> dict[Key, Block]:
    """Return a block for each band of seconds that a model was given; empty where it heard whole calls alone."""
    begun = answers.beginnings
    if begun is None:
        return {}
    bands = np.array([heard_band(heard) for heard in begun.heard_seconds])
    blocks = {}
    for band in dict.fromkeys(heard_band(heard) for heard in np.sort(begun.heard_seconds)):
        chosen = bands == band
        blocks["heard", band] = _heard_block(bench, begun.call[chosen], begun.verdict[chosen])
    return blocks


def _block(bench: Bench, outcomes: Mapping[Task, Codes], places: Places) -> Block:
    """Return counts by the fraud task's cell and by how the two other answers are: one entry a call."""
    cell = np.zeros(places.size, np.intp)
    if "fraud" in outcomes:
        cell = cell_of(bench, "fraud", places, outcomes["fraud"][places])
    for task in _OTHER_TASKS:
        cell = 3 * cell + _how(bench, outcomes, task, places)
    return Block(9 * _FRAUD_CELLS, cell, bench.storyline[places], _measure(fraud_code(bench), "fraud" in outcomes))


def _how(bench: Bench, outcomes: Mapping[Task, Codes], task: Task, places: Places) -> Places:
    """Return 0 where a task was not asked or does not apply, 1 where its answer is wrong, 2 where it is right."""
    if task not in outcomes:
        return np.zeros(places.size, np.intp)
    truth = bench.truth[task][places]
    right: Places = (truth == outcomes[task][places]).astype(np.intp)
    return np.where(truth == NO_LABEL, 0, right + 1)


def _measure(fraud: int, has_verdicts: bool) -> Callable[[Floats], dict[str, Floats]]:
    def measure(counts: Floats) -> dict[str, Floats]:
        each = counts.reshape(*counts.shape[:-1], _FRAUD_CELLS, 3, 3)
        found = _fraud_figures(each.sum(axis=(-2, -1)), fraud) if has_verdicts else {}
        for task, of_task in zip(_OTHER_TASKS, (each.sum(axis=(-3, -1)), each.sum(axis=(-3, -2)))):
            found[f"{task}_accuracy"] = share(of_task[..., 2], of_task[..., 1] + of_task[..., 2])
        return found

    return measure


def _heard_block(bench: Bench, places: Places, verdict: Codes) -> Block:
    fraud = fraud_code(bench)
    cell = cell_of(bench, "fraud", places, verdict)
    return Block(_FRAUD_CELLS, cell, bench.storyline[places], lambda counts: _fraud_figures(counts, fraud))


def _fraud_figures(counts: Floats, fraud: int) -> dict[str, Floats]:
    matrix = matrix_of(counts, 2)
    found, of_fraud = scores(matrix), of_class(matrix, fraud)
    return {name: found[name] for name in _FRAUD_FIGURES} | {f"fraud_{name}": of_fraud[name] for name in _CLASS_FIGURES}


def slice_of(key: Key, block: Block, redrawn: Redrawn) -> Slice:
    """Return what is reported of a slice; figures that are not defined on it are left out."""
    figures = {name: figure for name, figure in redrawn.figures().items() if figure.value is not None}
    storylines = len(np.unique(block.storyline))
    return Slice(dimension=key[0], value=key[1], calls=block.cell.size, storylines=storylines, figures=figures)
