"""Background noise of every kind, and babble from voices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from antifraud.acoustics.wave import Wave
from antifraud.labels import Noise
from antifraud.speech.line.babble import make_babble, stretch
from antifraud.speech.line.noise import make_noise

from .conftest import RATE_HZ

GENERATED = (Noise.HUM, Noise.STREET, Noise.ROOM)


def noise(kind: Noise, seconds: float = 30, rate_hz: int = 8000, seed: int = 1) -> Wave:
    return make_noise(kind, round(seconds * rate_hz), rate_hz, np.random.default_rng(seed))


def level_spread_db(wave: Wave, rate_hz: int) -> float:
    """Return the standard deviation of the level of half seconds."""
    power = np.square(wave[: len(wave) // (rate_hz // 2) * (rate_hz // 2)]).reshape(-1, rate_hz // 2).mean(axis=1)
    return float(np.std(10 * np.log10(power)))


@pytest.mark.parametrize("kind", GENERATED)
def test_a_seed_decides_the_noise(kind: Noise) -> None:
    assert np.array_equal(noise(kind), noise(kind))
    assert not np.array_equal(noise(kind), noise(kind, seed=2))


@pytest.mark.parametrize("kind", GENERATED)
@pytest.mark.parametrize("samples", [0, 1, 2, 3, 100])
def test_a_few_samples_of_noise_are_safe(kind: Noise, samples: int) -> None:
    wave = make_noise(kind, samples, 8000, np.random.default_rng(1))
    assert wave.shape == (samples,) and wave.dtype == np.float32 and np.isfinite(wave).all()


def test_hum_lies_at_the_harmonics_of_50_hz() -> None:
    frequency_hz, power = signal.welch(noise(Noise.HUM), 8000, nperseg=8000)
    at_harmonics = np.abs((frequency_hz + 25) % 50 - 25) <= 6
    voiced = frequency_hz <= 1000
    assert power[at_harmonics & voiced].sum() > 20 * power[~at_harmonics & voiced].sum()


def test_room_noise_falls_3_db_an_octave() -> None:
    frequency_hz, power = signal.welch(noise(Noise.ROOM), 8000, nperseg=4096)
    octave_db = [
        10 * np.log10(power[(frequency_hz >= low) & (frequency_hz < 2 * low)].mean()) for low in (200, 400, 800, 1600)
    ]
    assert np.diff(octave_db) == pytest.approx([-3, -3, -3], abs=0.5)


def test_the_street_swells_and_a_room_does_not() -> None:
    street = [level_spread_db(noise(Noise.STREET, seed=seed), 8000) for seed in range(5)]
    room = [level_spread_db(noise(Noise.ROOM, seed=seed), 8000) for seed in range(5)]
    assert min(street) > 1.5 > 1.0 > max(room)


def test_babble_cannot_be_generated_without_voices() -> None:
    with pytest.raises(ValueError, match="babble"):
        noise(Noise.BABBLE)


def test_babble_is_steadier_than_a_single_voice_and_keeps_its_length(utterances: list[Wave]) -> None:
    babble = make_babble(utterances, RATE_HZ, 12.5, seed=1)
    assert babble.shape == (round(12.5 * RATE_HZ),) and babble.dtype == np.float32
    assert level_spread_db(babble, RATE_HZ) < 0.7 * level_spread_db(utterances[0] + np.float32(1e-4), RATE_HZ)
    assert np.array_equal(babble, make_babble(utterances, RATE_HZ, 12.5, seed=1))
    assert not np.array_equal(babble, make_babble(utterances, RATE_HZ, 12.5, seed=2))


def test_a_soft_voice_is_heard_in_babble_as_loud_as_the_others(utterances: list[Wave]) -> None:
    soft = [utterances[0] * np.float32(0.001), *utterances[1:]]
    usual, levelled = (make_babble(waves, RATE_HZ, 5, seed=1) for waves in (utterances, soft))
    assert np.allclose(usual, levelled, atol=1e-3)


def test_silence_gives_no_babble() -> None:
    with pytest.raises(ValueError, match="no wave holds any sound"):
        make_babble([np.zeros(100, np.float32)], RATE_HZ, 1, seed=1)


@pytest.mark.parametrize("samples", [1, 100, 8000, 100_000])
def test_a_stretch_of_babble_goes_round_its_end(samples: int, utterances: list[Wave]) -> None:
    babble = make_babble(utterances, RATE_HZ, 2, seed=1)
    part = stretch(babble, samples, RATE_HZ, 8000, np.random.default_rng(1))
    assert part.shape == (samples,) and np.isfinite(part).all()
    if samples > 2 * 2 * 8000 + 4000:
        assert np.allclose(part[2000:17000], part[18000:33000], atol=0.01)
