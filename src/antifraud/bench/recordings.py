"""The recordings of a benchmark and of what it is compared with, as one voice mix each."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from antifraud.acoustics.wave import Wave
from antifraud.errors import IntegrityError
from antifraud.records import AnnotatedCall

_TOLERANCE_SECONDS: Final = 0.1
"""Between the length that a record tells and that of its file: MP3 counts whole frames."""


def mixed(path: Path) -> tuple[Wave, int]:
    """Return both sides of a recording in one wave, and its sample rate in Hz.

    Raises:
        IntegrityError: there is no such file, or it is no sound.
    """
    try:
        with soundfile.SoundFile(path) as file:
            sound = file.read(dtype="float32", always_2d=True)
            return np.asarray(sound.mean(axis=1), np.float32), int(file.samplerate)
    except soundfile.LibsndfileError as exc:
        found = "cannot be read as sound" if path.is_file() else "not found"
        raise IntegrityError(f"{path}: {found}. Remove its record and run synthesize again.") from exc


def heard(path: Path, call: AnnotatedCall) -> tuple[Wave, int]:
    """Return the same of a call, whose record tells how it must be.

    Raises:
        IntegrityError: it is not as its record says.
    """
    wave, rate_hz = mixed(path)
    seconds = len(wave) / rate_hz
    if rate_hz != call.sample_rate_hz or abs(seconds - call.duration_seconds) > _TOLERANCE_SECONDS:
        raise IntegrityError(
            f"{path}: holds {seconds:.1f} s at {rate_hz} Hz; its record says {call.duration_seconds:.1f} s at"
            f" {call.sample_rate_hz} Hz. Remove its record and run synthesize again."
        )
    return wave, rate_hz
