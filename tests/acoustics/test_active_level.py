"""Active speech level and activity factor by ITU-T P.56."""

from __future__ import annotations

import numpy as np
import pytest

from antifraud.acoustics.levels import active_level_dbfs, activity_factor
from antifraud.acoustics.wave import SILENT_DBFS, Wave

RATES_HZ = (8000, 16000, 22050, 24000, 48000)


def tone(seconds: float, rms_dbfs: float, rate_hz: int) -> Wave:
    time_seconds = np.arange(round(seconds * rate_hz)) / rate_hz
    return (2**0.5 * 10 ** (rms_dbfs / 20) * np.sin(2 * np.pi * 300 * time_seconds)).astype(np.float32)


def talk(rate_hz: int, bursts: int = 6, on_seconds: float = 1.0, off_seconds: float = 1.0) -> Wave:
    """Noise that swells four times a second like syllables, with pauses of a known length."""
    rng = np.random.default_rng(1)
    time_seconds = np.arange(round(on_seconds * rate_hz)) / rate_hz
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time_seconds)
    pause = np.zeros(round(off_seconds * rate_hz))
    parts = [part for _ in range(bursts) for part in (0.1 * syllables * rng.standard_normal(syllables.size), pause)]
    return np.concatenate(parts).astype(np.float32)


def by_the_book(wave: Wave, rate_hz: int) -> tuple[float, float]:
    """P.56 sample by sample as the recommendation words it: slow, and for 16-bit thresholds."""
    decay, hangover = np.exp(-1 / (rate_hz * 0.03)), round(0.2 * rate_hz)
    thresholds = 2.0 ** np.arange(-15, 0)
    active, quiet = np.zeros(15), np.full(15, hangover)
    first = second = 0.0
    for sample in np.abs(wave.astype(np.float64)):
        first = decay * first + (1 - decay) * sample
        second = decay * second + (1 - decay) * first
        above = second >= thresholds
        active += above | (quiet < hangover)
        quiet = np.where(above, 0, np.minimum(quiet + 1, hangover))
    energy = float(np.sum(wave.astype(np.float64) ** 2))
    with np.errstate(divide="ignore"):
        levels = 10 * np.log10(energy / active)
    margins = levels - 20 * np.log10(thresholds)
    upper = int(np.argmax(margins <= 15.9))
    part = (margins[upper - 1] - 15.9) / (margins[upper - 1] - margins[upper])
    level = levels[upper - 1] + part * (levels[upper] - levels[upper - 1])
    return float(level), energy / len(wave) / 10 ** (level / 10)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
@pytest.mark.parametrize("rms_dbfs", [-6.0, -26.0, -50.0])
def test_a_steady_tone_has_the_level_of_its_rms(rate_hz: int, rms_dbfs: float) -> None:
    wave = tone(4, rms_dbfs, rate_hz)
    assert active_level_dbfs(wave, rate_hz) == pytest.approx(rms_dbfs, abs=0.05)
    assert activity_factor(wave, rate_hz) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("rate_hz", [8000, 22050])
def test_it_agrees_with_the_recommendation_followed_sample_by_sample(rate_hz: int) -> None:
    wave = talk(rate_hz, bursts=2)
    level_dbfs, factor = by_the_book(wave, rate_hz)
    assert active_level_dbfs(wave, rate_hz) == pytest.approx(level_dbfs, abs=0.1)
    assert activity_factor(wave, rate_hz) == pytest.approx(factor, abs=0.02)


@pytest.mark.parametrize("rate_hz", RATES_HZ)
def test_pauses_do_not_count_but_for_the_hangover(rate_hz: int) -> None:
    wave = talk(rate_hz)
    burst_dbfs = 10 * np.log10(np.mean(wave[:rate_hz] ** 2))
    # a second of speech, 0.2 s of hangover and about 0.1 s for the envelope to fall, of every two seconds
    assert activity_factor(wave, rate_hz) == pytest.approx(1.3 / 2, abs=0.05)
    assert active_level_dbfs(wave, rate_hz) == pytest.approx(burst_dbfs - 10 * np.log10(1.3), abs=0.3)


def test_longer_pauses_change_the_activity_and_not_the_level() -> None:
    short, long = talk(8000), talk(8000, off_seconds=4)
    assert active_level_dbfs(long, 8000) == pytest.approx(active_level_dbfs(short, 8000), abs=0.1)
    assert activity_factor(long, 8000) == pytest.approx(activity_factor(short, 8000) * 2 / 5, abs=0.02)


@pytest.mark.parametrize("gain_db", [-60.0, -33.3, -10.0, -1.7, 0.0, 3.0, 9.9])
def test_a_gain_moves_the_level_by_as_much(gain_db: float) -> None:
    wave = talk(8000)
    louder = wave * np.float32(10 ** (gain_db / 20))
    assert active_level_dbfs(louder, 8000) - active_level_dbfs(wave, 8000) == pytest.approx(gain_db, abs=0.15)
    assert activity_factor(louder, 8000) == pytest.approx(activity_factor(wave, 8000), abs=0.03)


def test_soft_noise_in_the_pauses_does_not_count_as_speech() -> None:
    wave = talk(8000)
    noisy = wave + np.float32(10 ** (-60 / 20)) * np.random.default_rng(2).standard_normal(len(wave), np.float32)
    assert active_level_dbfs(noisy, 8000) == pytest.approx(active_level_dbfs(wave, 8000), abs=0.1)


@pytest.mark.parametrize("samples", [0, 1, 2, 9, 10, 11, 80])
def test_silence_no_numbers_and_very_short_waves_are_safe(samples: int) -> None:
    assert active_level_dbfs(np.zeros(samples, np.float32), 8000) == SILENT_DBFS
    assert activity_factor(np.zeros(samples, np.float32), 8000) == 0
    assert active_level_dbfs(np.full(samples, np.nan, np.float32), 8000) == SILENT_DBFS
    if samples:
        assert active_level_dbfs(np.full(samples, 0.1, np.float32), 8000) == pytest.approx(-20, abs=0.5)
        assert 0 < activity_factor(np.full(samples, 0.1, np.float32), 8000) <= 1
