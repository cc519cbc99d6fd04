"""What can be heard of a voice: its pitch, and from it whom it suits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from antifraud.acoustics.pitch import pitch_hz
from antifraud.acoustics.wave import Wave
from antifraud.errors import EngineError
from antifraud.scenarios.packs import Packs
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech.engines.espeak_voices import candidates
from antifraud.speech.reading import spoken
from antifraud.speech.voices.bank import Audition, BankVoice, read_bank
from antifraud.speech.voices.build import measured_voices, voice_name, write_bank

from .conftest import spoken_by_espeak

RATE_HZ = 24000


def harmonics(pitch: float, seconds: float = 1.0, noise: float = 0.0) -> Wave:
    times = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * pitch * number * times) / number for number in range(1, 12))
    return (0.1 * (wave + noise * np.random.default_rng(1).normal(size=times.size))).astype(np.float32)


@pytest.mark.parametrize("pitch", [75, 98, 120, 165, 210, 262, 350])
@pytest.mark.parametrize("noise", [0.0, 0.3])
def test_the_pitch_of_a_voiced_sound_is_found_within_a_hundredth(pitch: float, noise: float) -> None:
    found = pitch_hz(harmonics(pitch, noise=noise), RATE_HZ)
    assert len(found) > 80
    assert float(np.median(found)) == pytest.approx(pitch, rel=0.012)


@pytest.mark.parametrize("seconds", [0.0, 0.01, 1.0])
def test_noise_and_silence_have_no_pitch(seconds: float) -> None:
    samples = round(seconds * RATE_HZ)
    assert len(pitch_hz(np.zeros(samples, np.float32), RATE_HZ)) == 0
    noise = np.random.default_rng(1).normal(0, 0.1, samples).astype(np.float32)
    assert len(pitch_hz(noise, RATE_HZ)) <= 2


@pytest.fixture(scope="module")
def text(packs: Packs) -> str:
    return spoken(packs.voices.audition)


@pytest.fixture(scope="module")
def bank(text: str) -> list[BankVoice]:
    """Every voice of espeak-ng, heard as if nothing were known of it."""
    table = candidates("test")
    waves = spoken_by_espeak([(text, candidate.voice) for candidate in table])
    auditions = [Audition(candidate.voice.name, wave) for candidate, wave in zip(table, waves)]
    return list(measured_voices(auditions, "espeak", EspeakEngine.sample_rate_hz, text))


def test_men_and_women_are_told_apart_by_ear(bank: list[BankVoice]) -> None:
    table = candidates("test")
    assert [voice.gender for voice in bank] == [candidate.voice.gender for candidate in table]
    assert all(85 < voice.f0_hz < 115 for voice in bank if voice.gender == "男")
    assert all(165 < voice.f0_hz < 225 for voice in bank if voice.gender == "女")


def test_pace_and_level_are_those_of_the_reading(bank: list[BankVoice]) -> None:
    assert all(4.5 < voice.characters_per_second < 5.5 for voice in bank)
    assert all(-32 < voice.level_dbfs < -20 for voice in bank)
    assert all(18 <= voice.youngest < voice.oldest <= 70 for voice in bank)


def test_who_cannot_be_measured_is_left_out(text: str) -> None:
    rng = np.random.default_rng(2)
    noise = rng.normal(0, 0.1, 10 * RATE_HZ).astype(np.float32)
    broken = np.full(10 * RATE_HZ, np.nan, np.float32)
    silent = np.zeros(10 * RATE_HZ, np.float32)
    heard = [Audition(name, wave) for name, wave in (("a", noise), ("b", broken), ("c", silent))]
    assert list(measured_voices(heard, "chattts", RATE_HZ, text)) == []


def test_a_bank_is_text_and_comes_back_as_it_was(bank: list[BankVoice], tmp_path: Path) -> None:
    write_bank(tmp_path / "voices.jsonl", bank)
    assert read_bank(tmp_path / "voices.jsonl") == bank
    assert (tmp_path / "voices.jsonl").read_text(encoding="utf-8").count("\n") == len(bank)
    with pytest.raises(EngineError, match="no speaker could be measured"):
        write_bank(tmp_path / "none.jsonl", [])
    assert not (tmp_path / "none.jsonl").exists()


def test_a_speaker_has_the_same_name_in_every_bank() -> None:
    assert voice_name("chattts", "蘁淰敉") == voice_name("chattts", "蘁淰敉")
    assert voice_name("chattts", "蘁淰敉") != voice_name("chattts", "蘁淰敊")
