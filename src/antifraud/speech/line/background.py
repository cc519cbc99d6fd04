"""Which noise lies behind each side, and how loud it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antifraud.acoustics.levels import active_level_dbfs
from antifraud.acoustics.wave import SILENT_DBFS, Wave
from antifraud.labels import Noise, Speaker
from antifraud.records import Side
from antifraud.speech.line.babble import stretch
from antifraud.speech.line.band import Band, band_limited
from antifraud.speech.line.noise import make_noise

NOMINAL_DBFS: Final = -26.0
"""Active speech of the telephone network, ITU-T P.56; noise is set against it where nobody speaks."""


@dataclass(frozen=True)
class Babble:
    """Voices to make a background of, see `make_babble`."""

    wave: Wave
    sample_rate_hz: int


def possible_sides(sides: Mapping[Speaker, Side], babble: Babble | None) -> dict[Speaker, Side]:
    """Return the sides as they can be heard: without voices, a room stands in for babble."""
    return {
        speaker: side.model_copy(update={"noise": Noise.ROOM})
        if side.noise is Noise.BABBLE and babble is None
        else side
        for speaker, side in sides.items()
    }


def speech_levels_dbfs(speech: NDArray[np.float32], sample_rate_hz: int) -> list[float]:
    """Return the active level of each channel; that of the other side, or the nominal one, for a silent channel."""
    levels = [active_level_dbfs(channel, sample_rate_hz) for channel in speech.T]
    loudest = max(levels, default=SILENT_DBFS)
    instead = NOMINAL_DBFS if loudest == SILENT_DBFS else loudest
    return [instead if level == SILENT_DBFS else level for level in levels]


def background(
    side: Side,
    speech_dbfs: float,
    samples: int,
    band: Band,
    babble: Babble | None,
    rng: np.random.Generator,
) -> Wave:
    """Return the noise of one side within the band, shape (samples,), as far below its speech as its SNR says."""
    if side.noise is Noise.NONE or side.snr_db is None or not samples:
        return np.zeros(samples, np.float32)
    if side.noise is Noise.BABBLE and babble is not None:
        noise = stretch(babble.wave, samples, babble.sample_rate_hz, band.sample_rate_hz, rng)
    else:
        noise = make_noise(side.noise, samples, band.sample_rate_hz, rng)
    noise = band_limited(noise[:, None], band)[:, 0]
    rms = float(np.sqrt(np.mean(noise**2)))
    target = 10 ** ((speech_dbfs - side.snr_db) / 20)
    return noise * np.float32(target / rms) if rms > 0 else noise
