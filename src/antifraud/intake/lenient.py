"""Reads any dialogue file to be measured: ours as they are, foreign ones with their defects.

`import_dialogues` refuses what it cannot trust; here it is kept and counted, since the question is what a file is like.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from antifraud.defects import Oddity
from antifraud.documents import dotted, misfits
from antifraud.errors import RecordError
from antifraud.intake.import_dialogues import Foreign, build_dialogue, read_foreign
from antifraud.intake.transcripts.teleantifraud import ENDED_BY, spoken_turns
from antifraud.labels import Awareness, FraudType, Scene
from antifraud.records import AnnotatedCall, Call, Dialogue
from antifraud.store.lines import read_records

_TERMINATORS: Final = frozenset({"left", "right", "natural"})
"""What the format means `terminator` to be; every other spelling is counted."""
_PROFILE: Final = ("user_age", "user_awareness", "occupation")
_AGES: Final = range(18, 71)
_LONGEST_VALUE: Final = 40


def read_any(path: Path) -> tuple[list[Dialogue], list[Oddity]]:
    """Return the dialogues of a file and what of it lies outside the closed sets.

    Raises:
        RecordError: the file cannot be read, holds no dialogue, or a line of one of ours does not fit.
    """
    if (model := _our_model(path)) is not None:
        return list(read_records(path, model)), []
    dialogues: list[Dialogue] = []
    oddities: list[Oddity] = []
    for foreign in read_foreign(path):
        dialogue, found = read_leniently(foreign)
        oddities += found
        if dialogue is not None:
            dialogues.append(dialogue)
    if not dialogues:
        first = f"; {oddities[0].field} is {oddities[0].value!r}" if oddities else ""
        raise RecordError(
            f"{path}: no dialogue among {len(oddities)} lines{first}."
            " Expected dialogues, calls or annotations of antifraud, or the format of TeleAntiFraud."
        )
    return dialogues, oddities


def read_leniently(foreign: Foreign) -> tuple[Dialogue | None, tuple[Oddity, ...]]:
    """Return one dialogue with what is odd about it; None where it has no turns or no known label."""
    data = foreign.data
    if not isinstance(data, dict):
        return None, (_unreadable(foreign, "line", data),)
    turns = spoken_turns(data)
    if not turns:
        return None, (_unreadable(foreign, "turns", sorted(data)),)
    label = str(data.get("fraud_type"))
    if label not in {*FraudType, *Scene}:
        return None, (_unreadable(foreign, "fraud_type", label),)
    terminator = str(data.get("terminator") or "").strip()
    odd = dict(_odd_values(data, terminator))
    known = {key: value for key, value in data.items() if key not in odd}
    ended_by = ENDED_BY.get(terminator, "natural")
    try:
        dialogue = build_dialogue(foreign, known, turns, label, ended_by, 0)
    except ValidationError as exc:
        place, _, found = misfits(exc)[0]
        return None, (_unreadable(foreign, dotted(place), found),)
    return dialogue, tuple(Oddity(foreign.id, field, _short(value)) for field, value in odd.items())


def _our_model(path: Path) -> type[Dialogue] | None:
    """Return the record a file of ours holds, by its first line; None for foreign files."""
    first = next(islice(read_foreign(path), 1), None)
    keys = first.data.keys() if first is not None and isinstance(first.data, dict) else set()
    if path.suffix == ".json" or not {"schema_version", "storyline", "turns"} <= keys:
        return None
    return AnnotatedCall if "rounds" in keys else Call if "audio" in keys else Dialogue


def _odd_values(data: dict[str, Any], terminator: str) -> Iterator[tuple[str, Any]]:
    if terminator not in _TERMINATORS:
        yield "terminator", terminator
    told = [key for key in _PROFILE if key in data]
    if told and len(told) < len(_PROFILE):
        yield from ((key, "missing") for key in _PROFILE if key not in data)
    if "user_awareness" in told and str(data["user_awareness"]) not in set(Awareness):
        yield "user_awareness", data["user_awareness"]
    if "user_age" in told and data["user_age"] not in _AGES:
        yield "user_age", data["user_age"]


def _unreadable(foreign: Foreign, field: str, value: Any) -> Oddity:
    return Oddity(foreign.id, field, _short(value), is_readable=False)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return text[:_LONGEST_VALUE]
