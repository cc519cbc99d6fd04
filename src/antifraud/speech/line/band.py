"""The band that a line lets through."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import signal

_LENGTH_SECONDS: Final = 0.05
"""Of the filter; a transition of about 70 Hz."""
_KAISER_BETA: Final = 5.0
"""About 53 dB down outside."""
_EDGE_HZ: Final = 30.0
"""How far inside the band the filter is 6 dB down, so that it is well down at the band's own edges."""


@dataclass(frozen=True)
class Band:
    """What a line lets through, and the rate it works at."""

    limits_hz: tuple[int, int]
    """The upper one lies below half the rate."""
    sample_rate_hz: int


def band_limited(stereo: NDArray[np.float32], band: Band) -> NDArray[np.float32]:
    """Return the sound without what lies outside the band, not shifted; shape (samples, channels) as what went in."""
    if not len(stereo):
        return stereo
    taps = _taps(band)
    late = signal.oaconvolve(stereo, taps[:, None], mode="full", axes=0)
    return np.asarray(late[len(taps) // 2 :][: len(stereo)], np.float32)


@cache
def _taps(band: Band) -> NDArray[np.float32]:
    """Return a linear-phase filter of odd length: its delay is a whole number of samples."""
    low_hz, high_hz = band.limits_hz
    length = round(_LENGTH_SECONDS * band.sample_rate_hz) | 1
    taps = signal.firwin(
        length,
        [low_hz + _EDGE_HZ, high_hz - _EDGE_HZ],
        fs=band.sample_rate_hz,
        pass_zero=False,
        window=("kaiser", _KAISER_BETA),
    )
    return np.asarray(taps, np.float32)
