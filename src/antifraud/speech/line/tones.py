"""Tones of the telephone network as mono waves: keys, ring-back and busy tone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from antifraud.acoustics.wave import Wave

_LOW_HZ: Final = (697, 770, 852, 941)
_HIGH_HZ: Final = (1209, 1336, 1477)
_KEYPAD: Final = ("123", "456", "789", "*0#")
DTMF_HZ: Final[Mapping[str, tuple[int, int]]] = {
    key: (low, high) for low, row in zip(_LOW_HZ, _KEYPAD) for high, key in zip(_HIGH_HZ, row)
}
"""Pairs of ITU-T Q.23, table 1; A to D are on no telephone that people use."""
KEY_SECONDS, KEY_PAUSE_SECONDS = 0.1, 0.1
"""ITU-T Q.24 has receivers accept 40 ms and more of each; people press longer, dialling programs about this long."""
DTMF_LOW_DBFS, DTMF_HIGH_DBFS = -16.0, -14.0
"""RMS. GB/T 3378 sends the groups at -9 and -7 dBm; a full-scale sine is 3.14 dBm0 (G.711), -3 dB here; and a little
softer, so that the keys do not drown active speech at -26 dB."""

TONE_HZ: Final = 450
TONE_DBFS: Final = -20.0
"""RMS; GB/T 3380 sends signal tones at -10 dBm0, give or take 5, about -16 dB here: the soft half of the range."""
RING_BACK_SECONDS: Final = (1.0, 4.0)
BUSY_SECONDS: Final = (0.35, 0.35)
"""On and off: GB/T 3380, as listed for China in ITU-T E.180 Supplement 2."""
_FADE_SECONDS: Final = 0.002
"""At both ends of every tone, against clicks."""


def dtmf(keys: str, sample_rate_hz: int) -> Wave:
    """Return the keys pressed one after the other, shape (samples,), a pause after each but the last.

    Raises:
        ValueError: a key is none of 0 to 9, * and #.
    """
    unknown = sorted(set(keys) - set(DTMF_HZ))
    if unknown:
        raise ValueError(f"no telephone has the key {unknown[0]!r}; expected 0 to 9, * or #")
    pause = np.zeros(round(KEY_PAUSE_SECONDS * sample_rate_hz), np.float32)
    parts: list[Wave] = []
    for key in keys:
        low_hz, high_hz = DTMF_HZ[key]
        low = _tone(low_hz, KEY_SECONDS, sample_rate_hz, DTMF_LOW_DBFS)
        parts += [low + _tone(high_hz, KEY_SECONDS, sample_rate_hz, DTMF_HIGH_DBFS), pause]
    return np.concatenate(parts[:-1]) if parts else pause[:0]


def ring_back(seconds: float, sample_rate_hz: int) -> Wave:
    """Return what a caller hears while the other telephone rings: 450 Hz, 1 s on and 4 s off, from its start."""
    return _cadence(RING_BACK_SECONDS, seconds, sample_rate_hz)


def busy_tone(seconds: float, sample_rate_hz: int) -> Wave:
    """Return what is heard after the other side hung up: 450 Hz, 0.35 s on and 0.35 s off, from its start."""
    return _cadence(BUSY_SECONDS, seconds, sample_rate_hz)


def _cadence(on_off_seconds: tuple[float, float], seconds: float, sample_rate_hz: int) -> Wave:
    """Return the tone switched on and off; one that the end would cut fades out."""
    wave = np.zeros(round(seconds * sample_rate_hz), np.float32)
    on, off = on_off_seconds
    for cycle in range(int(seconds / (on + off)) + 1):
        first = round(cycle * (on + off) * sample_rate_hz)
        length = min(on, (len(wave) - first) / sample_rate_hz)
        tone = _tone(TONE_HZ, length, sample_rate_hz, TONE_DBFS)
        wave[first : first + len(tone)] = tone
    return wave


def _tone(frequency_hz: float, seconds: float, sample_rate_hz: int, level_dbfs: float) -> Wave:
    time_seconds = np.arange(max(0, round(seconds * sample_rate_hz))) / sample_rate_hz
    amplitude = 2**0.5 * 10 ** (level_dbfs / 20)
    wave = amplitude * np.sin(2 * np.pi * frequency_hz * time_seconds)
    ramp = np.linspace(0, 1, min(round(_FADE_SECONDS * sample_rate_hz), len(wave) // 2), endpoint=False)
    wave[: ramp.size] *= ramp
    wave[wave.size - ramp.size :] *= ramp[::-1]
    return wave.astype(np.float32)
