"""Utterances are cut, levelled and placed to the sample."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from antifraud.acoustics.levels import active_level_dbfs, trimmed
from antifraud.acoustics.wave import SILENT_DBFS, Wave
from antifraud.labels import Speaker
from antifraud.speech.mixing import Stereo, Utterance, cut, mix

from .conftest import make_turns

RATE_HZ = 16000
CALLER, CALLEE = make_turns((Speaker.CALLER, "您好。"), (Speaker.CALLEE, "你好。"))


def tone(seconds: float, amplitude: float, rate_hz: int = RATE_HZ) -> Wave:
    time_seconds = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * 200 * time_seconds)).astype(np.float32)


def silence(seconds: float, rate_hz: int = RATE_HZ) -> Wave:
    return np.zeros(round(seconds * rate_hz), np.float32)


def two_sides(caller: Wave, callee: Wave, level_dbfs: float = -26) -> tuple[list[Utterance], Stereo]:
    utterances = [Utterance(CALLER, caller, 4000), Utterance(CALLEE, callee, 4000 + len(caller))]
    return utterances, mix(utterances, 60000, RATE_HZ, level_dbfs, Random(1))


def test_the_active_level_does_not_count_pauses() -> None:
    speech = tone(2, 0.1)
    with_pauses = np.concatenate([speech, silence(3), speech])
    assert active_level_dbfs(speech, RATE_HZ) == pytest.approx(20 * np.log10(0.1 / 2**0.5), abs=0.05)
    # the 0.2 s hangover of P.56 after each burst counts as speech: 0.3 dB of 2 s
    assert active_level_dbfs(with_pauses, RATE_HZ) == pytest.approx(active_level_dbfs(speech, RATE_HZ), abs=0.4)
    assert active_level_dbfs(silence(1), RATE_HZ) == SILENT_DBFS


def test_silence_is_cut_from_both_ends_and_only_there() -> None:
    wave = np.concatenate([silence(0.5), tone(1, 0.3), silence(0.4), tone(1, 0.3), silence(0.7)])
    assert len(trimmed(wave, RATE_HZ)) / RATE_HZ == pytest.approx(2.4, abs=0.03)
    assert len(trimmed(silence(1), RATE_HZ)) == 0
    assert len(trimmed(silence(0), RATE_HZ)) == 0


def test_cutting_resamples_and_fades() -> None:
    speech = cut(tone(1, 0.3, 22050), 22050, RATE_HZ)
    assert len(speech) / RATE_HZ == pytest.approx(1, abs=0.001)
    assert speech[0] == speech[-1] == 0
    assert np.abs(speech[:40]).max() < np.abs(speech[200:400]).max()
    assert cut(silence(1, 22050), 22050, RATE_HZ).size == 0
    assert cut(tone(0.0002, 0.3), RATE_HZ, RATE_HZ).size <= 4


def test_sides_are_brought_to_one_level_and_stay_on_their_channel() -> None:
    utterances, stereo = two_sides(tone(1, 0.9), tone(1, 0.01))
    for channel, utterance in enumerate(utterances):
        assert active_level_dbfs(stereo[:, channel], RATE_HZ) == pytest.approx(-26, abs=3.1)
        outside = np.delete(stereo[:, channel], np.s_[utterance.first : utterance.end])
        assert not outside.any()


def test_a_high_peak_turns_both_channels_down_together() -> None:
    sharp = tone(1, 0.05)
    sharp[8000] = 1.0
    _, quiet = two_sides(sharp, tone(1, 0.05))
    _, loud = two_sides(sharp, tone(1, 0.05), level_dbfs=-10)
    assert 0.89 < np.abs(loud).max() <= 0.9
    left, right = (np.abs(loud).max(axis=0) / np.abs(quiet).max(axis=0)).tolist()
    assert left == pytest.approx(right, rel=1e-5)
