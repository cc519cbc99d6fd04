"""How a recording sounds, in 256 figures: mean and spread of the power in 64 mel bands of each side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy import fft

from antifraud.acoustics.wave import SILENT_DBFS
from antifraud.errors import IntegrityError
from antifraud.evaluation.baselines.excerpts import Excerpt

BANDS: Final = 64
SIDES: Final = 2
_RATE_HZ: Final = 8000
"""What telephone lines carry."""
_FRAME: Final = 512
"""64 ms: shorter frames leave the lowest of 64 bands without a line of the spectrum."""
_HOP: Final = 256
_FLOOR: Final = 10 ** (SILENT_DBFS / 10)
_WINDOW: Final = np.hanning(_FRAME).astype(np.float32)

Figures = NDArray[np.float64]


def mel_statistics(excerpts: Iterable[Excerpt]) -> Figures:
    """Return the figures of each recording, shape (calls, 256), in dB.

    Raises:
        IntegrityError: a recording cannot be read.
    """
    return np.array([_figures(excerpt) for excerpt in excerpts], dtype=np.float64)


def _figures(excerpt: Excerpt) -> Figures:
    sound = _heard(excerpt)
    sides = []
    for side in range(SIDES):
        levels = _mel_levels(sound[:, min(side, sound.shape[1] - 1)])
        sides += [levels.mean(axis=0), levels.std(axis=0)]
    return np.concatenate(sides)


def _heard(excerpt: Excerpt) -> NDArray[np.float32]:
    """Return the sound at 8 kHz, shape (samples, channels), at least one frame of it."""
    try:
        with soundfile.SoundFile(excerpt.sound) as file:
            heard = excerpt.heard_seconds
            frames = -1 if heard is None else round(heard * file.samplerate)
            sound = file.read(frames, dtype="float32", always_2d=True)
            rate_hz = file.samplerate
    except (OSError, soundfile.LibsndfileError) as exc:
        raise IntegrityError(f"{excerpt.sound}: cannot be read as sound: {exc}. Restore the file.") from exc
    if rate_hz != _RATE_HZ:
        sound = soxr.resample(sound, rate_hz, _RATE_HZ)
    return np.pad(sound, ((0, max(0, _FRAME - len(sound))), (0, 0)))


def _mel_levels(wave: NDArray[np.float32]) -> Figures:
    """Return the level of each band in each frame, shape (frames, bands), in dB."""
    frames = np.lib.stride_tricks.sliding_window_view(wave, _FRAME)[::_HOP]
    spectrum = fft.rfft(frames * _WINDOW, axis=1)
    power = (spectrum.real**2 + spectrum.imag**2) @ _FILTERS
    return np.asarray(10 * np.log10(np.maximum(power, _FLOOR)), np.float64)


def _mel_filters() -> NDArray[np.float32]:
    """Return triangles that are even on the mel scale (2595 log10(1 + f/700)), shape (lines, bands)."""
    top = 2595 * np.log10(1 + _RATE_HZ / 2 / 700)
    edges_hz = 700 * (10 ** (np.linspace(0, top, BANDS + 2) / 2595) - 1)
    lines_hz = np.fft.rfftfreq(_FRAME, 1 / _RATE_HZ)[:, None]
    rising = (lines_hz - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
    falling = (edges_hz[2:] - lines_hz) / (edges_hz[2:] - edges_hz[1:-1])
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


_FILTERS: Final = _mel_filters()
