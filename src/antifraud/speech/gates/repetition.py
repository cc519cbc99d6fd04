"""How much of an utterance is said again: loops show as self-similarity of its sound at one distance in time.

The sound is described by the shape of its spectrum, frame by frame; the mean likeness of all frames with those a
distance later is the share of the time that repeats at that distance. Texts repeat too (好的，好的): what the text
itself repeats is taken off.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from antifraud.acoustics.wave import Wave

LEAST_DISTANCE_SECONDS = 0.35
"""Neighbouring sounds are alike; about two syllables apart they no longer are."""

_ABOUT_HZ = 8000
"""Neighbouring samples are averaged down to about this: aliasing does not hide a loop."""
_WINDOW, _HOP = 256, 128
"""Samples at that rate: 32 and 16 ms."""
_BANDS = 16
_EDGES = np.unique(np.round(np.geomspace(3, 120, _BANDS + 1)).astype(int))
"""Bins between the bands, about 90 to 3750 Hz."""
_QUIET_BELOW_PEAK_DB = 35.0
"""Frames so far below the loudest are no sound."""
_RANGE_DB = 50.0
_FLAT = 1e-3
"""Keeps a frame without any shape from being divided by 0."""


def repetition(wave: Wave, rate_hz: int, text: str) -> float:
    """Return the share of the time that sounds like an earlier part, 0 to 1, less the share that the text repeats.

    A text spoken twice gives up to 1/2, four times 3/4; the last second of a 5 s turn ten times over 9/14.
    """
    shapes, hop_seconds = _shapes(wave, rate_hz)
    least = int(LEAST_DISTANCE_SECONDS / hop_seconds)
    if len(shapes) <= least:
        return 0.0
    size = scipy.fft.next_fast_len(2 * len(shapes), real=True)
    spectrum = scipy.fft.rfft(shapes, size, axis=0)
    alike = scipy.fft.irfft((np.abs(spectrum) ** 2).sum(axis=1), size)[: len(shapes)]
    heard = float(alike[least:].max()) / max(1.0, float(alike[0]))
    return min(1.0, max(0.0, heard - text_repetition(text)))


def text_repetition(text: str) -> float:
    """Return the largest share of the characters that stand again a fixed distance later; marks do not count."""
    codes = np.array([ord(character) for character in text if character.isalnum()])
    shares = (np.count_nonzero(codes[distance:] == codes[:-distance]) for distance in range(1, codes.size))
    return float(max(shares, default=0)) / max(1, codes.size)


def _shapes(wave: Wave, rate_hz: int) -> tuple[NDArray[np.float32], float]:
    """Return the spectral shape of each frame, shape (frames, bands), length 1 or 0, and the seconds between them."""
    factor = max(1, round(rate_hz / _ABOUT_HZ))
    slow = wave[: wave.size // factor * factor].reshape(-1, factor).mean(axis=1)
    hop_seconds = _HOP * factor / rate_hz
    if slow.size < _WINDOW:
        return np.zeros((0, _BANDS), np.float32), hop_seconds
    frames = np.lib.stride_tricks.sliding_window_view(slow, _WINDOW)[::_HOP] * np.hanning(_WINDOW).astype(np.float32)
    power = np.square(np.abs(scipy.fft.rfft(frames, axis=1)))
    bands = 10 * np.log10(np.add.reduceat(power[:, : _EDGES[-1]], _EDGES[:-1], axis=1) + np.float32(1e-9))
    total = power.sum(axis=1)
    sounds = total > total.max() * 10 ** (-_QUIET_BELOW_PEAK_DB / 10)
    if not sounds.any():
        return np.zeros((0, _BANDS), np.float32), hop_seconds
    bands = np.maximum(bands, bands.max() - _RANGE_DB)
    bands -= bands[sounds].mean(axis=0)
    bands -= bands.mean(axis=1, keepdims=True)
    bands /= np.linalg.norm(bands, axis=1, keepdims=True) + _FLAT
    bands[~sounds] = 0
    return bands, hop_seconds
