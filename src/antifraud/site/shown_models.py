"""What models said of the calls, as the pages show it: answers beside the reference, and their scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from antifraud.labels import LabelSet

TASKS: Final = ("scene", "fraud", "fraud_type")


@dataclass(frozen=True)
class ShownAnswer:
    """An answer to one question, word for word, and what the strict reading makes of it."""

    task: str
    raw: str | None
    reasoning: str | None
    states: str | None
    """The label; None where the reading finds none."""
    status: str
    """Why there is none, by a word of the reading."""


@dataclass(frozen=True)
class ShownModel:
    """A model with its scores and its answers."""

    name: str
    results: Mapping[str, Any]
    """As `score` writes them."""
    answers: Mapping[str, Sequence[ShownAnswer]]
    """On whole calls, by the id of the call; empty where the predictions are not beside the results."""


def column(model: int, task: str) -> str:
    """Return the name of the column of the list that holds a model's answers to a question."""
    return f"model_{model}_{task}"


def cell(truth: str, stated: str) -> str:
    """Return the value of that column: a cell of the confusion matrix."""
    return f"{truth} → {stated}"


def truths(fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the right answers to the questions that apply to a call."""
    label_set = fields.get("label_set") or LabelSet.TELEANTIFRAUD
    kind = fields.get("fraud_type" if label_set == LabelSet.TELEANTIFRAUD else "official_category")
    found = {"fraud": "fraud" if fields["is_fraud"] else "normal"}
    if fields.get("scene"):
        found["scene"] = fields["scene"]
    if fields["is_fraud"] and kind:
        found["fraud_type"] = kind
    return found


def cells(models: Sequence[ShownModel], fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the columns of a call: what was right and what each model said; empty where no score counts it."""
    right, found = truths(fields), {}
    for number, model in enumerate(models):
        said = {answer.task: answer for answer in model.answers.get(fields["id"], ())}
        for task in TASKS:
            answer = said.get(task)
            outcome = (answer.states or answer.status) if answer else ("unasked" if said else "missing")
            counts = task in right and bool(model.answers)
            found[column(number, task)] = cell(right[task], outcome) if counts else ""
    return found


def shown_answers(models: Sequence[ShownModel], fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what the call page shows of the models."""
    right = truths(fields)
    return [
        {
            "model": model.name,
            "answers": [
                {
                    "task": answer.task,
                    "raw": answer.raw,
                    "reasoning": answer.reasoning,
                    "states": answer.states or answer.status,
                    "reference": right.get(answer.task),
                }
                for answer in model.answers[fields["id"]]
            ],
        }
        for model in models
        if fields["id"] in model.answers
    ]
