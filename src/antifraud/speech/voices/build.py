"""Builds a voice bank: speakers are drawn, read one text, and are measured by it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from antifraud.acoustics.levels import active_level_dbfs
from antifraud.acoustics.pitch import pitch_hz
from antifraud.errors import EngineError
from antifraud.speech.engines import Gender
from antifraud.speech.gates.figures import measure_utterance
from antifraud.speech.voices.bank import Audition, BankVoice
from antifraud.store.files import write_atomic
from antifraud.store.lines import dump_line

PARTING_HZ = 165.0
"""Between men's and women's speech; the usual ranges are 85 to 155 and 165 to 255 Hz (Titze 1994)."""
LEAST_VOICED_FRAMES = 30
"""0.3 s; with less there is nothing to measure."""
SLOW_CHARACTERS_PER_SECOND = 4.0
"""Older people speak more slowly; the bounds here and below are design choices that follow the direction alone."""
LOW_WOMAN_HZ, HIGH_WOMAN_HZ = 190.0, 225.0
"""Women's pitch falls with age."""
HIGH_MAN_HZ = 130.0
"""Men's pitch is lowest in middle age."""
YOUNG, ADULT, OLD = (18, 35), (22, 58), (45, 70)
"""Ages a voice can pass for, in years."""


def measured_voices(auditions: Sequence[Audition], engine: str, sample_rate_hz: int, text: str) -> Iterator[BankVoice]:
    """Yield the speakers in whose reading a voice can be measured, tagged by ear of the measures alone.

    Gender follows from pitch, ages from pitch and pace: an estimate of how a voice sounds, not of any person.

    Args:
        text: what was read, as it is said.
    """
    for audition in auditions:
        voiced = pitch_hz(audition.wave, sample_rate_hz) if np.isfinite(audition.wave).all() else np.empty(0)
        figures = measure_utterance(audition.wave, sample_rate_hz, text, None)
        pace = figures.characters_per_second
        if voiced.size < LEAST_VOICED_FRAMES or not pace:
            continue
        f0_hz = float(np.median(voiced))
        gender: Gender = "男" if f0_hz < PARTING_HZ else "女"
        youngest, oldest = _ages(gender, f0_hz, pace)
        yield BankVoice(
            name=voice_name(engine, audition.speaker),
            engine=engine,
            speaker=audition.speaker,
            gender=gender,
            youngest=youngest,
            oldest=oldest,
            f0_hz=round(f0_hz, 1),
            characters_per_second=round(pace, 2),
            level_dbfs=round(active_level_dbfs(audition.wave, sample_rate_hz), 1),
        )


def voice_name(engine: str, speaker: str) -> str:
    """Return the name of a speaker: the same string always has the same name, in every bank."""
    return f"{engine}-{hashlib.sha256(speaker.encode()).hexdigest()[:10]}"


def _ages(gender: Gender, f0_hz: float, pace: float) -> tuple[int, int]:
    if pace < SLOW_CHARACTERS_PER_SECOND or (gender == "女" and f0_hz < LOW_WOMAN_HZ):
        return OLD
    if (gender == "女" and f0_hz >= HIGH_WOMAN_HZ) or (gender == "男" and f0_hz >= HIGH_MAN_HZ):
        return YOUNG
    return ADULT


def write_bank(path: Path, voices: Sequence[BankVoice]) -> None:
    """Write a bank as JSON lines, one voice each.

    Raises:
        EngineError: there is no voice.
        StoreError: the file cannot be written.
    """
    if not voices:
        raise EngineError("no speaker could be measured: nothing voiced was heard. Are these the released weights?")
    write_atomic(path, b"".join(map(dump_line, voices)))
