"""What a baseline gets of a call: its transcript and its recording, up to where it may listen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from antifraud.likeness.turn_lengths import SaidTurn
from antifraud.records import Turn
from antifraud.snapshot import Item, Reference


@dataclass(frozen=True)
class Excerpt:
    """A call, or its beginning."""

    turns: Sequence[SaidTurn]
    """What has been said to its end, word for word."""
    duration_seconds: float
    sound: Path
    heard_seconds: float | None = None
    """Where the beginning ends; None for the whole call."""


def excerpt_of(item: Item, reference: Reference, folder: Path, heard_seconds: float | None) -> Excerpt:
    """Return what is heard of a call; a turn that goes on where the beginning ends is not in it."""
    sound = folder / item.audio
    if heard_seconds is None:
        return Excerpt(reference.turns, item.duration_seconds, sound)
    turns = turns_heard(reference, heard_seconds)
    return Excerpt(turns, min(heard_seconds, item.duration_seconds), sound, heard_seconds)


def turns_heard(reference: Reference, heard_seconds: float | None) -> Sequence[Turn]:
    """Return the turns that were said to their end; all of them for None."""
    if heard_seconds is None:
        return reference.turns
    said = {segment.turn for segment in reference.segments if segment.end_seconds <= heard_seconds}
    return [turn for turn in reference.turns if turn.index in said]
