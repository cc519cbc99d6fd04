"""Many people talking at once, made of the engine's own voices."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import soxr

from antifraud.acoustics.levels import active_level_dbfs
from antifraud.acoustics.wave import SILENT_DBFS, Wave

LEAST_TALKERS: Final = 6
"""From about six talkers on no single word can be made out."""
_RMS: Final = 0.1
"""Of the finished babble; the line sets its own level."""


def make_babble(waves: Sequence[Wave], sample_rate_hz: int, seconds: float, seed: int) -> Wave:
    """Return a steady babble, shape (samples,), that joins its own end to its start.

    Every wave is a talker, repeated from a place of its own; fewer than six are used more than once.

    Raises:
        ValueError: no wave holds any sound.
    """
    rng = np.random.default_rng(seed)
    samples = round(seconds * sample_rate_hz)
    levelled = [wave * np.float32(10 ** (-level / 20)) for wave in waves if (level := _level(wave, sample_rate_hz))]
    if not levelled:
        raise ValueError("no wave holds any sound; babble needs at least one voice")
    babble = np.zeros(samples, np.float32)
    for talker in range(max(LEAST_TALKERS, len(levelled))):
        wave = levelled[talker % len(levelled)]
        babble += np.resize(np.roll(wave, int(rng.integers(len(wave)))), samples)
    babble *= np.float32(_RMS / np.sqrt(np.mean(babble**2)))
    return babble


def _level(wave: Wave, sample_rate_hz: int) -> float | None:
    level_dbfs = active_level_dbfs(wave, sample_rate_hz)
    return None if level_dbfs == SILENT_DBFS else level_dbfs


def stretch(babble: Wave, samples: int, from_rate_hz: int, to_rate_hz: int, rng: np.random.Generator) -> Wave:
    """Return a random stretch at another rate, shape (samples,), going round where the babble ends."""
    needed = -(-samples * from_rate_hz // to_rate_hz) + 1
    first = int(rng.integers(len(babble)))
    part = np.resize(np.concatenate([babble[first:], babble[:first]]), needed)
    if from_rate_hz != to_rate_hz:
        part = soxr.resample(part, from_rate_hz, to_rate_hz)
    return np.resize(part, samples)
