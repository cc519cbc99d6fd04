"""Background noise of a given kind, drawn anew for every call; all shapes and rates are design choices."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from antifraud.acoustics.wave import Wave
from antifraud.labels import Noise

MAINS_HZ: Final = 50.0
"""Of China, GB/T 15945, which allows 0.2 Hz either way."""
MAINS_DRIFT_HZ: Final = 0.2
_HUM_HARMONICS: Final = 24
_HUM_HISS_DB: Final = -15.0
"""Hiss beside the hum."""
_HUM_TABLE_BITS: Final = 14
"""Entries of one period of the hum; steps between them lie 60 dB below it."""
_PHASE_BITS: Final = 32

_ROOM_SLOPE: Final = 0.5
"""Amplitude falls as f^-0.5: pink."""
_STREET_SLOPE, _SWELL_SLOPE = 1.0, 0.4
"""Far traffic rumbles; a vehicle that passes sounds brighter."""
_COLOUR_FROM_HZ: Final = 50.0
"""Colour is flat below, so that the lowest bins do not hold all the power."""
_STREET_STEP_SECONDS: Final = 0.25
_STREET_SWAY_DB: Final = 2.0
_SECONDS_BETWEEN_SWELLS: Final = 7.0
_SWELL_WIDTH_SECONDS: Final = (0.7, 2.0)
_SWELL_STRENGTH: Final = (1.0, 2.5)
"""Of the amplitude of the far traffic."""


def make_noise(kind: Noise, samples: int, sample_rate_hz: int, rng: np.random.Generator) -> Wave:
    """Return hum, street or room noise, shape (samples,), at any level; babble needs voices, see `babble`.

    Raises:
        ValueError: no generator makes this kind.
    """
    if kind is Noise.HUM:
        return _hum(samples, sample_rate_hz, rng)
    if kind is Noise.STREET:
        return _street(samples, sample_rate_hz, rng)
    if kind is Noise.ROOM:
        return _coloured(samples, sample_rate_hz, _ROOM_SLOPE, rng)
    raise ValueError(f"no generator for {kind.value} noise; expected hum, street or room")


def _coloured(samples: int, sample_rate_hz: int, slope: float, rng: np.random.Generator) -> Wave:
    """Return noise whose amplitude falls as f^-slope, with a mean square of about 1."""
    if not samples:
        return np.zeros(0, np.float32)
    size = fft.next_fast_len(samples, real=True)
    bins = size // 2 + 1
    spectrum = rng.standard_normal((bins, 2), np.float32).view(np.complex64)[:, 0]
    frequency_hz = np.arange(bins, dtype=np.float32) * np.float32(sample_rate_hz / size)
    gain = np.maximum(frequency_hz, np.float32(_COLOUR_FROM_HZ)) ** np.float32(-slope)
    gain[0] = 0
    gain *= np.float32(size / 2 / np.sqrt(np.vdot(gain, gain) or 1.0))
    return np.asarray(fft.irfft(spectrum * gain, size)[:samples], np.float32)


def _hum(samples: int, sample_rate_hz: int, rng: np.random.Generator) -> Wave:
    """Return mains hum: a period with its harmonics, read out at a frequency near 50 Hz, and a little hiss."""
    entries = 1 << _HUM_TABLE_BITS
    harmonic = np.arange(1, _HUM_HARMONICS + 1)
    amplitude = harmonic ** -rng.uniform(0.6, 1.4) * np.where(harmonic % 2, rng.uniform(0.3, 1.0), 1.0)
    spectrum = np.zeros(entries // 2 + 1, np.complex64)
    spectrum[harmonic] = amplitude * np.exp(2j * np.pi * rng.random(_HUM_HARMONICS))
    period = fft.irfft(spectrum)
    period = (period / np.sqrt(np.mean(period**2))).astype(np.float32)
    step = (MAINS_HZ + rng.uniform(-MAINS_DRIFT_HZ, MAINS_DRIFT_HZ)) / sample_rate_hz
    phase = np.arange(samples, dtype=np.uint32) * np.uint32(round(step * (1 << _PHASE_BITS)))
    hiss = np.float32(10 ** (_HUM_HISS_DB / 20)) * rng.standard_normal(samples, np.float32)
    return np.asarray(period[phase >> np.uint32(_PHASE_BITS - _HUM_TABLE_BITS)] + hiss, np.float32)


def _street(samples: int, sample_rate_hz: int, rng: np.random.Generator) -> Wave:
    """Return far traffic that sways slowly, with vehicles passing now and then."""
    seconds = samples / sample_rate_hz
    times = np.arange(0, seconds + 2 * _STREET_STEP_SECONDS, _STREET_STEP_SECONDS)
    sway = 10 ** (_STREET_SWAY_DB * rng.standard_normal(times.size) / 20)
    swell = _swells(times, seconds, rng)
    far = _coloured(samples, sample_rate_hz, _STREET_SLOPE, rng)
    near = _coloured(samples, sample_rate_hz, _SWELL_SLOPE, rng)
    return _drawn_out(sway, samples, sample_rate_hz) * far + _drawn_out(swell, samples, sample_rate_hz) * near


def _swells(times: NDArray[np.float64], seconds: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return how loud the passing vehicles are at the times given."""
    passes = int(rng.poisson(seconds / _SECONDS_BETWEEN_SWELLS))
    middle, width = rng.uniform(0, seconds, (passes, 1)), rng.uniform(*_SWELL_WIDTH_SECONDS, (passes, 1))
    strength = rng.uniform(*_SWELL_STRENGTH, (passes, 1))
    return np.asarray((strength * np.exp(-0.5 * ((times - middle) / width) ** 2)).sum(axis=0))


def _drawn_out(steps: NDArray[np.float64], samples: int, sample_rate_hz: int) -> Wave:
    """Return a value for every sample, between those given every step."""
    size = round(_STREET_STEP_SECONDS * sample_rate_hz)
    ramp = np.arange(size, dtype=np.float32) / np.float32(size)
    values = steps.astype(np.float32)
    return (values[:-1, None] + np.diff(values)[:, None] * ramp).reshape(-1)[:samples]
