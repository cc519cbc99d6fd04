"""Reads answers: strictly by the exact labels, leniently by listed words too; what cannot be read is never a class."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from antifraud.evaluation.answer_words import FRAUD, NORMAL, Words, phrases, plain, words_for
from antifraud.evaluation.json_answers import has_doubled, json_values, loose_fields, unfenced
from antifraud.evaluation.records import Finish, Given
from antifraud.evaluation.thinking import Declared, declared_answer
from antifraud.labels import LabelSet
from antifraud.records import Task

_OPENING_CHARACTERS: Final = 40
"""Of a text without a label, in which a refusal shows. A design choice."""
_TWO_VALUES: Final = ()
"""Stands for a field that holds two values; it is no label's word."""


class Status(StrEnum):
    """What the strict reading of an answer came to."""

    VALID = "valid"
    INVALID = "invalid"
    """Something else than a label of the closed set: another word, two labels, no answer in a text."""
    ABSTAINED = "abstained"
    """It says that it does not decide."""
    TRUNCATED = "truncated"
    """It ends before the answer does."""
    REFUSED = "refused"
    ERROR = "error"
    """No text came at all."""


_NO_ANSWER: Final[Mapping[Finish, Status]] = MappingProxyType({"error": Status.ERROR, "refused": Status.REFUSED})


@dataclass(frozen=True)
class Reading:
    """What an answer says."""

    strict: str | None
    lenient: str | None
    """The same as `strict` where that is a label."""
    status: Status
    confidence: float | None = None
    """As stated, in [0, 1]; None where it is not, or is no such number."""


@dataclass(frozen=True)
class _Said:
    """The value that stands for the answer, before it is compared with labels."""

    value: Any
    has_form: bool
    """It was the task's own field of a JSON object, or the whole text."""
    is_field: bool
    confidence: float | None = None


def read_given(given: Given, label_set: LabelSet) -> Reading:
    """Return what a model's answer says."""
    return read_answer(given.raw, given.task, label_set, given.finish)


def read_answer(
    raw: str | None, task: Task, label_set: LabelSet = LabelSet.TELEANTIFRAUD, finish: Finish = "stop"
) -> Reading:
    """Return the label that a text states, strictly and leniently, or why there is none.

    A complete answer counts although the text was cut behind it; a refusal or an error of the service does not.
    """
    if finish in _NO_ANSWER:
        return Reading(None, None, _NO_ANSWER[finish])
    if raw is None:
        return Reading(None, None, Status.TRUNCATED if finish == "length" else Status.ERROR)
    declared, words = declared_answer(raw), words_for(task, label_set)
    said = _said(declared, words)
    strict = None if said is None or declared.is_open else _exact(said, words)
    if said is not None and strict is not None:
        return Reading(strict, strict, Status.VALID, said.confidence)
    status = _status(declared, said, words)
    if status is Status.INVALID and finish == "length":
        status = Status.TRUNCATED
    lenient = None if said is None or (declared.is_open and not said.has_form) else _listed(said, words)
    return Reading(None, lenient, status, said.confidence if said and lenient else None)


def _said(declared: Declared, words: Words) -> _Said | None:
    """Return the value of the last object with the task's field, else of what was meant as one, else the whole text."""
    text = unfenced(declared.text)
    found = json_values(text)
    objects = [value for value in found.values if isinstance(value, dict)]
    for value in reversed(objects):
        if words.field in value:
            return _field(value, words.field, has_form=True)
    for value in reversed([*objects, *_within(found.values)]):
        if name := next((key for key in value if plain(key) in words.other_fields), None):
            return _field(value, name, has_form=False)
    if found.values or found.is_cut_off or declared.is_open or not text:
        return None
    if loose := list(loose_fields(text, words.field_pattern)):
        stated = loose[0] if len(set(map(plain, loose))) == 1 else _TWO_VALUES
        return _Said(stated, has_form=False, is_field=True)
    return _Said(_last_line(text), has_form="\n" not in text, is_field=False)


def _field(value: dict[str, Any], name: str, *, has_form: bool) -> _Said:
    stated = _TWO_VALUES if has_doubled(value, name) else value[name]
    return _Said(stated, has_form=has_form, is_field=True, confidence=_confidence(value.get("confidence")))


def _within(values: tuple[Any, ...]) -> Iterator[dict[str, Any]]:
    """Yield objects that are the one entry of a list, or lie one level within an object."""
    for value in values:
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            yield value[0]
        elif isinstance(value, dict):
            yield from (inner for inner in value.values() if isinstance(inner, dict))


def _exact(said: _Said, words: Words) -> str | None:
    value = said.value.strip() if isinstance(said.value, str) and not said.is_field else said.value
    if words.field == "is_fraud" and isinstance(value, bool) and said.is_field:
        value = FRAUD if value else NORMAL
    return value if said.has_form and isinstance(value, str) and value in words.labels else None


def _listed(said: _Said, words: Words) -> str | None:
    value = said.value
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, (bool, int)) and words.field == "is_fraud" and said.is_field:
        value = str(value)
    return words.label_in(value, is_value=said.is_field) if isinstance(value, str) else None


def _status(declared: Declared, said: _Said | None, words: Words) -> Status:
    """Tell one kind of non-answer from another; no class hangs on it."""
    if declared.is_open:
        return Status.TRUNCATED
    if said is not None and said.is_field:
        abstains = said.value is None or (isinstance(said.value, str) and words.abstains(said.value))
        return Status.ABSTAINED if abstains else Status.INVALID
    if json_values(unfenced(declared.text)).is_cut_off:
        return Status.TRUNCATED
    text = plain(declared.text)
    if words.abstains(declared.text) or any(phrase in text for phrase in phrases().abstaining):
        return Status.ABSTAINED
    if any(phrase in text[:_OPENING_CHARACTERS] for phrase in phrases().refusing):
        return Status.REFUSED
    return Status.INVALID


def _last_line(text: str) -> str:
    """Return a text of one line, or the last line of more if it says of itself that it is the answer."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if len(lines) == 1 or ":" in plain(lines[-1]) else ""


def _confidence(value: Any) -> float | None:
    if isinstance(value, str):
        share = re.fullmatch(r"\s*(\d{1,3}(?:\.\d{1,9})?)\s*(%?)\s*", value)
        value = float(share[1]) / (100 if share[2] else 1) if share else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if 0 <= value <= 1 else None
