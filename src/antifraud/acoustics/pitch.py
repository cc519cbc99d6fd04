"""The pitch of a voice: its fundamental frequency, by autocorrelation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from antifraud.acoustics.wave import Wave

FRAME_SECONDS = 0.04
"""Two periods of the lowest pitch and a bit; Boersma 1993 asks for three at 75 Hz."""
STEP_SECONDS = 0.01
LOWEST_HZ, HIGHEST_HZ = 65.0, 400.0
"""Speech of men and women; children are not spoken of here."""
VOICED = 0.5
"""Least height of the peak, of the frame's energy: Praat's default is 0.45 (Boersma 1993)."""
OCTAVE_TOLERANCE = 0.85
"""The shortest lag within this of the highest peak wins, against readings an octave too low; a design choice."""
QUIET_BELOW_LOUDEST = 0.05
"""Frames with less than this of the loudest frame's level are not speech."""


def pitch_hz(wave: Wave, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the pitch of each voiced frame, shape (frames,), in Hz; empty where nothing is voiced."""
    frames = _frames(wave, sample_rate_hz)
    if not len(frames):
        return np.empty(0)
    spectrum = np.fft.rfft(frames, n=2 * frames.shape[1])
    correlation = np.fft.irfft(np.abs(spectrum) ** 2)[:, : frames.shape[1]]
    window = np.hanning(frames.shape[1])
    own = np.fft.irfft(np.abs(np.fft.rfft(window, n=2 * window.size)) ** 2)[: window.size]
    with np.errstate(divide="ignore", invalid="ignore"):
        normal = correlation / correlation[:, :1] / (own / own[0])  # Boersma's division by the window's own
    low, high = int(sample_rate_hz / HIGHEST_HZ), int(sample_rate_hz / LOWEST_HZ)
    lags = np.nan_to_num(normal[:, low : high + 1])
    inner = lags[:, 1:-1]
    is_peak = (inner > lags[:, :-2]) & (inner >= lags[:, 2:])
    heights = np.where(is_peak, inner, 0.0)
    best = heights.max(axis=1, initial=0.0)
    first = np.argmax(heights >= OCTAVE_TOLERANCE * best[:, None], axis=1)
    return np.asarray(sample_rate_hz / (low + 1 + first[best >= VOICED]))


def _frames(wave: Wave, sample_rate_hz: int) -> NDArray[np.float64]:
    """Return the windowed frames that are loud enough to be speech."""
    size, step = int(FRAME_SECONDS * sample_rate_hz), int(STEP_SECONDS * sample_rate_hz)
    if wave.size < size:
        return np.empty((0, size))
    frames = np.lib.stride_tricks.sliding_window_view(wave.astype(np.float64), size)[::step]
    frames = frames - frames.mean(axis=1, keepdims=True)
    level = np.sqrt((frames**2).mean(axis=1))
    return np.asarray(frames[level > QUIET_BELOW_LOUDEST * level.max()] * np.hanning(size))
