"""Sound in frames: power over time, and the level of what is loud in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from antifraud.acoustics.wave import SILENT_DBFS, Wave

FRAME_SECONDS = 0.01

_ACTIVE_MARGIN_DB = 15.9
"""Speech lies less than this below its own level: the margin of ITU-T P.56."""
_ROUNDS = 12


def frame_powers(wave: Wave, rate_hz: int, frame_seconds: float = FRAME_SECONDS) -> NDArray[np.float64]:
    """Return the mean square of each whole frame; of the wave as one frame where it is shorter than that."""
    size = min(round(frame_seconds * rate_hz), max(1, wave.size))
    frames = wave[: wave.size // size * size].reshape(-1, size)
    return np.asarray(np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size)


def decibels(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return powers as levels in dBFS, nothing below -100."""
    return np.asarray(10 * np.log10(np.maximum(power, 10 ** (SILENT_DBFS / 10))))


def loud_level_dbfs(power: NDArray[np.float64]) -> float:
    """Return the level of the frames that lie less than 15.9 dB below that level; -100 without any signal.

    Stands for ITU-T P.56 where half a decibel does not matter: it needs no more than the powers that are there anyhow.
    """
    loud = power[power > 0]
    if not loud.size:
        return SILENT_DBFS
    for _ in range(_ROUNDS):
        kept = loud[loud >= loud.mean() * 10 ** (-_ACTIVE_MARGIN_DB / 10)]
        if kept.size == loud.size:
            break
        loud = kept
    return float(10 * np.log10(loud.mean()))
