"""Tones, and keys that a receiver still reads at the end of a line."""

from __future__ import annotations

import numpy as np
import pytest

from antifraud.acoustics.wave import Wave
from antifraud.labels import Codec, Noise
from antifraud.speech.line.line import through_line
from antifraud.speech.line.profile import LineProfile
from antifraud.speech.line.tones import DTMF_HZ, busy_tone, dtmf, ring_back

from .conftest import profile

ALL_KEYS = "1234567890*#"
BLOCK_SECONDS = 0.02


def amplitudes(wave: Wave, frequencies_hz: list[int], rate_hz: int) -> list[float]:
    time_seconds = np.arange(len(wave)) / rate_hz
    window = np.hanning(len(wave))
    return [float(abs(np.vdot(np.exp(2j * np.pi * hz * time_seconds), wave * window))) for hz in frequencies_hz]


def read_keys(wave: Wave, rate_hz: int) -> str:
    """Read keys as a receiver does: the strongest pair of every stretch of sound that lasts 40 ms or longer."""
    size = round(BLOCK_SECONDS * rate_hz)
    blocks = wave[: len(wave) // size * size].reshape(-1, size)
    loud = np.sqrt(np.square(blocks).mean(axis=1)) > 0.02
    edges = np.flatnonzero(np.diff(loud.astype(int), prepend=0, append=0)).reshape(-1, 2)
    lows, highs = (sorted({pair[index] for pair in DTMF_HZ.values()}) for index in (0, 1))
    keys = {pair: key for key, pair in DTMF_HZ.items()}
    read = ""
    for first, after in edges:
        if (after - first) * BLOCK_SECONDS >= 0.04:
            sound = blocks[first:after].reshape(-1)
            pair = tuple(group[int(np.argmax(amplitudes(sound, group, rate_hz)))] for group in (lows, highs))
            read += keys[pair[0], pair[1]]
    return read


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 48000])
def test_every_key_is_read_back(rate_hz: int) -> None:
    assert read_keys(dtmf(ALL_KEYS, rate_hz), rate_hz) == ALL_KEYS


@pytest.mark.parametrize(
    "line", [profile(Codec.ALAW, 64, Noise.ROOM, 30.0), profile(Codec.AMR_NB, 12.2), profile(Codec.OPUS, 24)]
)
def test_every_key_is_read_back_at_the_end_of_a_line(line: LineProfile) -> None:
    silence = np.zeros(8000, np.float32)
    mono = np.concatenate([silence, dtmf(ALL_KEYS, 16000), silence])
    heard, _ = through_line(np.stack([mono, mono], axis=1), 16000, line)
    assert read_keys(heard[:, 0], 16000) == ALL_KEYS


def test_keys_and_pauses_last_longer_than_a_receiver_needs() -> None:
    wave = dtmf("55", 8000)
    assert len(wave) / 8000 == pytest.approx(0.3)
    assert not wave[800:1600].any() and wave[400] != 0
    assert dtmf("", 8000).shape == (0,)


def test_a_key_that_no_telephone_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no telephone has the key 'A'"):
        dtmf("1A", 8000)


@pytest.mark.parametrize(("make", "on_seconds", "off_seconds"), [(ring_back, 1.0, 4.0), (busy_tone, 0.35, 0.35)])
def test_signal_tones_have_450_hz_and_their_cadence(make: type, on_seconds: float, off_seconds: float) -> None:
    rate_hz = 8000
    wave = make(11.0, rate_hz)
    sounding = np.abs(wave).reshape(-1, 80).max(axis=1) > 0.05
    starts, ends = np.flatnonzero(np.diff(sounding.astype(int), prepend=0, append=0)).reshape(-1, 2).T / 100
    assert len(wave) == 11 * rate_hz
    assert np.diff(starts) == pytest.approx(on_seconds + off_seconds, abs=0.011)
    assert (ends - starts)[:-1] == pytest.approx(on_seconds, abs=0.011)
    spectrum = np.abs(np.fft.rfft(wave[: round(on_seconds * rate_hz)]))
    assert np.argmax(spectrum) / on_seconds == pytest.approx(450, abs=3)
    assert np.abs(wave).max() < 0.2
    assert make(0, rate_hz).shape == (0,)
