"""Calls as text, for models that read: what the snapshot says was said, or what a recogniser wrote down."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from antifraud.errors import RecordError, UsageError
from antifraud.evaluation.wording import wording
from antifraud.labels import Speaker
from antifraud.records import Id, Seconds, Segment, Turn
from antifraud.services.exchange import Part
from antifraud.snapshot import Item
from antifraud.store.lines import read_records

_ROUNDING: Final = 0.005
"""Seconds: cuts may lie at the ends of turns, and are written with at most three digits."""


class Said(BaseModel):
    """One line of a transcript."""

    model_config = ConfigDict(frozen=True)

    speaker: Speaker | None = None
    """None where the recogniser does not tell the sides apart."""
    text: str
    start_seconds: Seconds | None = None
    end_seconds: Seconds | None = None

    def until(self, heard_seconds: float | None) -> str:
        """Return what of it is heard by then; of one that is under way as much of its text as of its time."""
        if heard_seconds is None:
            return self.text
        if self.end_seconds is None:
            return ""
        if self.end_seconds <= heard_seconds + _ROUNDING:
            return self.text
        if self.start_seconds is None or self.start_seconds >= heard_seconds:
            return ""
        share = (heard_seconds - self.start_seconds) / (self.end_seconds - self.start_seconds)
        return self.text[: int(share * len(self.text))]


class Transcribed(BaseModel):
    """What a recogniser wrote down of one call; what else its line holds is let pass."""

    model_config = ConfigDict(frozen=True)

    id: Id
    turns: tuple[Said, ...] = Field(min_length=1)


class _Spoken(BaseModel):
    """What transcripts need of a `Reference`: no label is even read."""

    model_config = ConfigDict(frozen=True)

    id: Id
    turns: tuple[Turn, ...]
    segments: tuple[Segment, ...]


class Transcripts:
    """Texts of calls, by their ids."""

    def __init__(self, calls: Iterable[Transcribed], source: Path) -> None:
        self._calls, self._source = {call.id: call.turns for call in calls}, source

    def check(self, items: Iterable[Item], *, with_beginnings: bool) -> None:
        """Raise RecordError where a call has no text, UsageError where beginnings are wanted and no times are there."""
        for item in items:
            if item.id not in self._calls:
                raise RecordError(f"{self._source}: holds no transcript of {item.id}; transcribe every call.")
            if with_beginnings and item.cuts_seconds and any(said.end_seconds is None for said in self._calls[item.id]):
                raise UsageError(
                    f"{self._source}: {item.id} has turns without end_seconds; --prefixes needs them, for a beginning"
                    " holds what was said by then."
                )

    async def part(self, item: Item, heard_seconds: float | None) -> Part:
        """Return what was said, or what had been said after some seconds."""
        lines = [_line(said, text) for said in self._calls[item.id] if (text := said.until(heard_seconds))]
        return {"type": "text", "text": wording().transcript.replace("{lines}", "\n".join(lines))}


def _line(said: Said, text: str) -> str:
    return f"{wording().side(said.speaker)}：{text}" if said.speaker else text


def gold_transcripts(folder: Path) -> Transcripts:
    """Return what the references of a snapshot say was said; their labels are not read."""
    path = folder / "references.jsonl"
    return Transcripts(_of_references(path), path)


def _of_references(path: Path) -> Iterator[Transcribed]:
    for call in read_records(path, _Spoken):
        heard: Mapping[int, Segment] = {segment.turn: segment for segment in call.segments}
        turns = tuple(_said(turn, heard.get(turn.index)) for turn in call.turns)
        yield Transcribed(id=call.id, turns=turns)


def _said(turn: Turn, heard: Segment | None) -> Said:
    start, end = (heard.start_seconds, heard.end_seconds) if heard else (None, None)
    return Said(speaker=turn.speaker, text=turn.text, start_seconds=start, end_seconds=end)


def recognised_transcripts(path: Path) -> Transcripts:
    """Return the texts of a file with a line {id, turns: [{speaker, text, start_seconds, end_seconds}]} a call.

    Raises:
        RecordError: the file cannot be read, or a line is none of these.
    """
    return Transcripts(read_records(path, Transcribed), path)
