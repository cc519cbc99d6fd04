"""What a baseline makes of a call, and how it says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from antifraud.evaluation.answer_words import FIELDS, FRAUD
from antifraud.evaluation.baselines.excerpts import Excerpt
from antifraud.labels import LabelSet
from antifraud.records import Task

_DIGITS: Final = 4
"""Of a stated confidence."""


@dataclass(frozen=True)
class Guess:
    """An answer to one task."""

    label: str
    confidence: float | None = None
    """None for a baseline that knows none."""


Guesses = Mapping[Task, Guess]
Guesser = Callable[[Excerpt, LabelSet], Guesses]


def as_answer(task: Task, guess: Guess | None, reason: str) -> str:
    """Return a guess in the form that every model is asked for; null where there is none."""
    value: Any = guess and (guess.label == FRAUD if task == "fraud" else guess.label)
    said = {FIELDS[task]: value, "reason": reason}
    if guess is not None and guess.confidence is not None:
        said["confidence"] = round(guess.confidence, _DIGITS)
    return f"<think>{reason}</think><answer>{orjson.dumps(said).decode()}</answer>"
