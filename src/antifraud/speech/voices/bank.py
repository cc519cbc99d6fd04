"""The voice bank: the voices of an engine that has none of its own, as one JSON object a line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from antifraud.errors import RecordError
from antifraud.records import Id, Record
from antifraud.store.lines import read_records


@dataclass(frozen=True)
class Audition:
    """A speaker who has read a text."""

    speaker: str
    """The engine's own description of the voice."""
    wave: NDArray[np.float32]


class BankVoice(Record):
    """One voice, how it was measured and whom it suits."""

    name: Id
    engine: str
    speaker: str = Field(min_length=1)
    """The engine's own description of the voice."""
    gender: Literal["男", "女"]
    youngest: int
    oldest: int
    """Ages of speaker, in years, that it can pass for, both included."""
    f0_hz: float = Field(gt=0)
    """Median pitch of a fixed text."""
    characters_per_second: float = Field(gt=0)
    """Of that text, while it speaks, at the engine's neutral rate."""
    level_dbfs: float
    """Active speech level of that text."""


def read_bank(path: Path) -> list[BankVoice]:
    """Return the voices of a bank, in the order of the file.

    Raises:
        RecordError: the file is missing or empty, a line is not a voice, or two share a name.
    """
    voices = list(read_records(path, BankVoice))
    if not voices:
        raise RecordError(f"{path}: holds no voices. Run: antifraud voices build")
    names = [voice.name for voice in voices]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RecordError(f"{path}: {', '.join(twice)} is there more than once. Give each voice a name of its own.")
    return voices
