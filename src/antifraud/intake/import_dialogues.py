"""Dialogue files of the TeleAntiFraud project as they are: the short form of `ingest` for text alone.

Its files were made by machines, so that nothing is anonymised, and say themselves what each call is. Turns left over
at the end belong to one side and are joined.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from antifraud import __version__
from antifraud.documents import dotted, misfits
from antifraud.errors import RecordError
from antifraud.intake.transcripts.teleantifraud import ENDED_BY, EndedBy, spoken_turns
from antifraud.labels import Emotion, FraudType, Outcome, RejectReason, Scene, Speaker
from antifraud.records import Dialogue, Ending, Persona, Provenance, Rejected, Turn

BLANK = " "
"""The text of an empty turn where it is kept to be counted."""
_LONGEST_DETAIL = 120


@dataclass(frozen=True)
class Foreign:
    """One dialogue as it stands in a file."""

    id: str
    where: str
    data: Any


def read_foreign(path: Path) -> Iterator[Foreign]:
    """Yield every dialogue of a JSONL file, or of a JSON file that holds one dialogue or a list.

    Raises:
        RecordError: the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            for place, raw in _items(path, file):
                digest = hashlib.sha256(f"{path.name}:{place}:".encode() + raw).hexdigest()
                yield Foreign(f"import-{digest[:14]}", f"{path}:{place}", _json(raw))
    except OSError as exc:
        raise RecordError(f"{path}: cannot be read: {exc.strerror}.") from exc


def _items(path: Path, file: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    if path.suffix != ".json":
        yield from ((number, line) for number, line in enumerate(file, start=1) if line.strip())
        return
    data = _json(b"".join(file))
    for number, item in enumerate(data if isinstance(data, list) else [data], start=1):
        yield number, orjson.dumps(item)


def _json(raw: bytes) -> Any:
    """Return the value, or the bytes themselves where they are not JSON."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw


def import_dialogue(foreign: Foreign, seed: int) -> Dialogue | Rejected:
    """Return one dialogue in our form, or why it cannot be.

    The texts are checked by the stage that calls this; here only what cannot be read is refused.
    """
    data = foreign.data
    if not isinstance(data, dict):
        return _unreadable(foreign, f"expected a JSON object, found {str(data)[:_LONGEST_DETAIL]!r}")
    turns = _turns(data)
    if turns is None:
        return _unreadable(foreign, f"no `left`/`right` lists and no `dialogue_history`; keys are {sorted(data)}")
    if empty := [index for index, (_, text) in enumerate(turns) if not text.strip()]:
        return _rejected(foreign, RejectReason.EMPTY_TURN, f"turn {empty[0]} is empty")
    label = str(data.get("fraud_type"))
    if label not in {*FraudType, *Scene}:
        return _unreadable(foreign, f"fraud_type is {label!r}; expected one of {[*map(str, (*FraudType, *Scene))]}")
    terminator = str(data.get("terminator") or "").strip()
    if terminator not in ENDED_BY:
        return _unreadable(foreign, f"terminator is {terminator!r}; expected one of {sorted(ENDED_BY)}")
    try:
        return build_dialogue(foreign, data, turns, label, ENDED_BY[terminator], seed)
    except ValidationError as exc:
        place, fits, found = misfits(exc)[0]
        return _unreadable(foreign, f"{dotted(place)}: {fits}; found {found}")


def _turns(data: dict[str, Any]) -> list[tuple[Speaker, str]] | None:
    """Return the turns in order, those of one side in a row joined into one."""
    known = spoken_turns(data)
    if known is None:
        return None
    return [(side, "".join(text for _, text in group)) for side, group in groupby(known, key=lambda item: item[0])]


def build_dialogue(
    foreign: Foreign, data: dict[str, Any], turns: list[tuple[Speaker, str]], label: str, ended_by: EndedBy, seed: int
) -> Dialogue:
    """Return the dialogue in our form.

    Raises:
        ValidationError: a value does not fit.
    """
    is_fraud = label in set(FraudType)
    return Dialogue(
        id=foreign.id,
        seed=seed,
        is_fraud=is_fraud,
        scene=None if is_fraud else Scene(label),
        fraud_type=FraudType(label) if is_fraud else None,
        official_category=None,
        scenario="imported",
        storyline=foreign.id,
        branch="fraud" if is_fraud else "lawful",
        caller=None,
        callee=_callee(data),
        intended_outcome=Outcome.UNKNOWN,
        turns=tuple(
            Turn(index=index, speaker=side, text=text.strip() or BLANK, emotion=Emotion.NEUTRAL, acts=())
            for index, (side, text) in enumerate(turns)
        ),
        ending=Ending(
            ended_by=ended_by, outcome=Outcome.UNKNOWN, reason=str(data.get("termination_reason") or "").strip()
        ),
        source="adversarial",
        provenance=Provenance(
            engine="import", version=__version__, parents=tuple(str(data[key]) for key in ("tts_id",) if key in data)
        ),
    )


def _callee(data: dict[str, Any]) -> Persona | None:
    if not {"user_age", "user_awareness", "occupation"} <= data.keys():
        return None
    return Persona(
        name="",
        gender="未知",
        age=data["user_age"],
        occupation=str(data["occupation"]),
        region="",
        awareness=data["user_awareness"],
        manner="",
    )


def _unreadable(foreign: Foreign, detail: str) -> Rejected:
    return _rejected(foreign, RejectReason.UNREADABLE, detail)


def _rejected(foreign: Foreign, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(id=foreign.id, stage="import-dialogues", reason=reason, detail=f"{foreign.where}: {detail}")
