"""Measures of speech: its level, where it begins and ends."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from antifraud.acoustics.wave import SILENT_DBFS, Wave

_ACTIVE_MARGIN_DB = 15.9
_ENVELOPE_SECONDS = 0.03
_HANGOVER_SECONDS = 0.2
"""Margin, time constant and hangover of ITU-T P.56, method B."""
_ENVELOPE_RATE_HZ = 800
"""P.56 allows 694 Hz and more."""
_OCTAVE_DB = 20 * math.log10(2)
_EDGE_FRAME_SECONDS = 0.005
_EDGE_BELOW_PEAK_DB = 45.0
_EDGE_KEPT_SECONDS = 0.01
"""Kept before the first and after the last frame of speech, for soft consonants."""


def active_level_dbfs(wave: Wave, sample_rate_hz: int) -> float:
    """Return the active speech level by method B of ITU-T P.56, relative to the RMS of a full-scale square wave."""
    return _speech_voltmeter(wave, sample_rate_hz)[0]


def activity_factor(wave: Wave, sample_rate_hz: int) -> float:
    """Return the share of the time that holds speech by method B of ITU-T P.56, with its hangover; 0 for silence."""
    return _speech_voltmeter(wave, sample_rate_hz)[1]


def _speech_voltmeter(wave: Wave, sample_rate_hz: int) -> tuple[float, float]:
    """Return active level (dBFS) and activity factor.

    For each threshold the level of all the energy is spread over the time the envelope is above it; the threshold that
    lies 15.9 dB below that level parts speech from pauses, interpolated between powers of two.
    """
    energy = float(np.vdot(wave, wave))
    if not 0 < energy < math.inf:  # not a number is no speech either
        return SILENT_DBFS, 0.0
    long_term_db = 10 * math.log10(energy / len(wave))
    envelope, envelope_rate_hz = _envelope(wave, sample_rate_hz)
    hangover = round(_HANGOVER_SECONDS * envelope_rate_hz)
    below: tuple[float, float] | None = None  # level and margin at the threshold before
    level_db = long_term_db
    for power in range(math.floor((long_term_db - _ACTIVE_MARGIN_DB) / _OCTAVE_DB), 1):
        share = _active_share(envelope, 2.0**power, hangover)
        if share == 0:
            break
        level_db = long_term_db - 10 * math.log10(share)
        margin_db = level_db - power * _OCTAVE_DB
        if margin_db <= _ACTIVE_MARGIN_DB:
            if below is not None:
                part = (below[1] - _ACTIVE_MARGIN_DB) / (below[1] - margin_db)
                level_db = below[0] + part * (level_db - below[0])
            break
        below = level_db, margin_db
    return level_db, min(1.0, 10 ** ((long_term_db - level_db) / 10))


def _envelope(wave: Wave, sample_rate_hz: int) -> tuple[NDArray[np.float64], float]:
    """Return the rectified wave, smoothed twice, and its rate in Hz: at least the 694 Hz that P.56 asks for."""
    size = max(1, sample_rate_hz // _ENVELOPE_RATE_HZ)
    whole = len(wave) // size * size
    rectified = np.abs(wave[:whole]).reshape(-1, size) @ np.full(size, 1 / size, np.float32)
    if whole < len(wave):
        rectified = np.append(rectified, np.abs(wave[whole:]).mean())
    rate_hz = sample_rate_hz / size
    decay = math.exp(-1 / (rate_hz * _ENVELOPE_SECONDS))
    # two stages of y[n] = decay * y[n - 1] + (1 - decay) * x[n] in one filter
    return signal.lfilter([(1 - decay) ** 2], [1, -2 * decay, decay**2], rectified), rate_hz


def _active_share(envelope: NDArray[np.float64], threshold: float, hangover: int) -> float:
    """Return the share of the time at or above the threshold, or no longer below it than the hangover."""
    above = np.flatnonzero(envelope >= threshold)
    if not above.size:
        return 0.0
    after_last = min(hangover, len(envelope) - 1 - int(above[-1]))
    active = np.minimum(np.diff(above), hangover + 1).sum() + 1 + after_last
    return float(active) / len(envelope)


def trimmed(wave: Wave, sample_rate_hz: int) -> Wave:
    """Return the part from the first to the last sound: a view, empty where there is no sound."""
    size = int(_EDGE_FRAME_SECONDS * sample_rate_hz)
    power = _frame_power(wave, size)
    loud = np.flatnonzero(power > power.max(initial=0.0) * 10 ** (-_EDGE_BELOW_PEAK_DB / 10))
    if not loud.size:
        return wave[:0]
    kept = int(_EDGE_KEPT_SECONDS * sample_rate_hz)
    return wave[max(0, int(loud[0]) * size - kept) : (int(loud[-1]) + 1) * size + kept]


def _frame_power(wave: Wave, size: int) -> NDArray[np.float64]:
    """Return the mean square of each frame; zeros fill the last one."""
    frames = np.pad(wave, (0, -len(wave) % size)).reshape(-1, size)
    return np.asarray(np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size)
