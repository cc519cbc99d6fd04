"""What stays of a recording whatever line it went through: 32 bits for each 64 ms.

A bit tells whether the energy of a band over that of the next one grew or fell. Method: Haitsma and Kalker, A Highly
Robust Audio Fingerprinting System, ISMIR 2002; bands and frame are theirs, the step is longer, for less to keep.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray
from scipy import fft

from antifraud.acoustics.wave import Wave

Prints = NDArray[np.uint32]
"""Shape (steps,); 0 where nothing is heard."""

STEP_SECONDS: Final = 0.064
FINE: Final = 4
"""Fine prints are taken so many times a step, so that one of them meets a recording that begins at another moment."""

_RATE_HZ: Final = 8000
_FRAME: Final = 3072
_STEP: Final = round(STEP_SECONDS * _RATE_HZ)
_BANDS: Final = 33
_BAND_HZ: Final = (300.0, 2000.0)
_QUIET: Final = 1e-3
"""Power against the loudest frame below which nothing is heard."""
_STEADY: Final = 0.02
"""Share of its energy that a frame must have moved between bands; ringing tones do not."""
_BLOCK: Final = 1024
"""Frames transformed at once: 25 MB."""
_WEIGHTS: Final = (1 << np.arange(_BANDS - 1, dtype=np.uint64)).astype(np.uint32)
_EDGES: Final = np.rint(np.geomspace(*_BAND_HZ, _BANDS + 1) * _FRAME / _RATE_HZ).astype(np.intp)
_WINDOW: Final = np.hanning(_FRAME)


def prints_of(wave: Wave, sample_rate_hz: int, *, fine: bool = False) -> Prints:
    """Return the prints of a recording; every fourth of the fine ones, from the first on, is a plain one.

    Args:
        wave: both sides mixed, shape (samples,).
        fine: four a step instead of one.
    """
    heard = soxr.resample(wave, sample_rate_hz, _RATE_HZ) if sample_rate_hz != _RATE_HZ else wave
    hop = _STEP // FINE if fine else _STEP
    lag = _STEP // hop
    energies = _band_energies(np.asarray(heard, np.float64), hop)
    if len(energies) <= lag:
        return np.zeros(0, np.uint32)
    slopes = energies[:, :-1] - energies[:, 1:]
    moved = slopes[lag:] - slopes[:-lag]
    power = energies.sum(axis=1)
    power = power[lag:] + power[:-lag]
    is_heard = (power > _QUIET * power[::lag].max()) & (np.abs(moved).sum(axis=1) > _STEADY * power)
    bits = ((moved > 0) * _WEIGHTS).sum(axis=1, dtype=np.uint32)
    return np.where(is_heard, bits, np.uint32(0))


def _band_energies(wave: NDArray[np.float64], hop: int) -> NDArray[np.float64]:
    """Return the energy of each band in each frame, shape (frames, bands)."""
    if len(wave) < _FRAME:
        return np.zeros((0, _BANDS))
    frames = np.lib.stride_tricks.sliding_window_view(wave, _FRAME)[::hop]
    blocks = []
    for first in range(0, len(frames), _BLOCK):
        spectrum = fft.rfft(frames[first : first + _BLOCK] * _WINDOW, axis=1)
        power = spectrum.real**2 + spectrum.imag**2
        blocks.append(np.add.reduceat(power[:, : _EDGES[-1]], _EDGES[:-1], axis=1))
    return np.concatenate(blocks)


def dumped(prints: Prints) -> str:
    """Return prints as text, 5.3 characters a step."""
    return b64encode(prints.astype("<u4").tobytes()).decode()


def loaded(text: str) -> Prints:
    """Return prints from text.

    Raises:
        ValueError: it holds none.
    """
    return np.frombuffer(b64decode(text, validate=True), "<u4").astype(np.uint32)
