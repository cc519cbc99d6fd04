"""What an exported task asks of this package: which round follows, how rounds are graded, and predictions of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from antifraud.evaluation.answer_words import FRAUD
from antifraud.evaluation.parsing import Reading, read_given
from antifraud.evaluation.records import Finish, Given, Prediction
from antifraud.evaluation.truths import TASKS
from antifraud.labels import LabelSet
from antifraud.records import Task

_FINISHES: Final[Mapping[str, Finish]] = {
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "refused",
}
"""Inspect's stop reasons; the others are an end of its own accord."""
DOES_NOT_APPLY: Final = math.nan
"""Inspect leaves such a value out of every metric."""


def next_task(given: Sequence[Given], label_set: LabelSet) -> Task | None:
    """Return what is asked after these answers; the type only of a model that spoke of fraud, if leniently."""
    if len(given) == len(TASKS):
        return None
    task = TASKS[len(given)]
    if task == "fraud_type" and read_given(given[-1], label_set).lenient != FRAUD:
        return None
    return task


def given_of(task: Task, text: str | None, reasoning: str | None, stop_reason: str, error: str | None) -> Given:
    """Return an answer as Inspect has it, whose thinking stands apart from the text."""
    finish: Finish = "error" if error else _FINISHES.get(stop_reason, "stop")
    return Given(task=task, raw=None if error else text, finish=finish, error=error, reasoning=reasoning or None)


def grade(given: Sequence[Given], labels: Mapping[Task, str | None], label_set: LabelSet) -> dict[str, float]:
    """Return 1 for each task that is right by the strict reading and 0 for others; joint for all that apply.

    A round that was not asked for is wrong where the call has a label for it.
    """
    read: dict[Task, Reading] = {each.task: read_given(each, label_set) for each in given}
    values: dict[str, float] = {}
    for task in TASKS:
        label = labels.get(task)
        is_right = task in read and read[task].strict == label
        values[task] = DOES_NOT_APPLY if label is None else float(is_right)
    values["joint"] = float(all(value == 1 for value in values.values() if not math.isnan(value)))
    return values


def prediction_line(call: str, given: Sequence[Mapping[str, Any]], model: str) -> str:
    """Return the answers to a call as a line for `antifraud score`."""
    answers = tuple(Given.model_validate(each) for each in given)
    return Prediction(id=call, answers=answers, model=model).model_dump_json() + "\n"
