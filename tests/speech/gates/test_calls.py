"""Finished calls: clean, over a noisy line, and with what can go wrong on the way."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from antifraud.labels import Speaker
from antifraud.records import Quality, Segment
from antifraud.speech.gates.call_figures import measure_call
from antifraud.speech.gates.faults import call_faults
from antifraud.speech.mixing import Stereo, Utterance, cut, mix
from antifraud.speech.timing import place
from antifraud.speech_config import TimingConfig
from tests.speech.conftest import make_turns

from .conftest import RATE_HZ as ENGINE_RATE_HZ
from .conftest import Spoken

RATE_HZ = 16000
SIDES = (Speaker.CALLER, Speaker.CALLEE)


class Talk:
    """A call of eight turns, two voices."""

    def __init__(self, turns: list[Spoken], seed: int) -> None:
        rng = Random(seed)
        self.spoken = rng.sample(turns, 8)
        lines = make_turns(*((SIDES[i % 2], speech.text) for i, speech in enumerate(self.spoken)))
        waves = [cut(speech.wave, ENGINE_RATE_HZ, RATE_HZ) for speech in self.spoken]
        starts, seconds = place(lines, [wave.size / RATE_HZ for wave in waves], rng, TimingConfig())
        parts = [Utterance(line, w, round(s * RATE_HZ)) for line, w, s in zip(lines, waves, starts, strict=True)]
        self.segments: list[Segment] = [part.segment(RATE_HZ) for part in parts]
        self.stereo = mix(parts, round(seconds * RATE_HZ), RATE_HZ, -26.0, rng)

    def quality(self, stereo: Stereo | None = None) -> Quality:
        figures = [speech.figures() for speech in self.spoken]
        return measure_call(self.stereo if stereo is None else stereo, RATE_HZ, self.segments, figures)

    def failed(self, stereo: Stereo | None = None) -> set[str]:
        heard = self.stereo if stereo is None else stereo
        return {fault.gate.name for fault in call_faults(self.quality(heard), len(heard) / RATE_HZ)}


@pytest.fixture(scope="module")
def talks(turns: list[Spoken]) -> list[Talk]:
    return [Talk(turns, seed) for seed in range(12)]


def noisy(stereo: Stereo, snr_db: float, swell: bool = False) -> Stereo:
    """Add noise below the -26 dBFS of the speech; where asked one that swells, on each side its own."""
    rng = np.random.default_rng(int(snr_db))
    noise = rng.standard_normal(stereo.shape) * 10 ** ((-26 - snr_db) / 20)
    if swell:
        knots = np.arange(0, len(stereo) + RATE_HZ, RATE_HZ // 2)
        for side in range(2):
            noise[:, side] *= np.interp(np.arange(len(stereo)), knots, rng.uniform(0.2, 1.5, knots.size))
    return (stereo + noise).astype(np.float32)


def leaking(stereo: Stereo, loss_db: float, delay_seconds: float = 0.08) -> Stereo:
    late = np.roll(stereo[:, ::-1], round(delay_seconds * RATE_HZ), axis=0)
    return np.asarray(stereo + np.float32(10 ** (-loss_db / 20)) * late)


def test_good_calls_pass_clean_and_over_a_noisy_line(talks: list[Talk]) -> None:
    for talk in talks:
        assert not talk.failed()
        for snr_db in (5, 20):
            assert not talk.failed(noisy(talk.stereo, snr_db))
            assert not talk.failed(noisy(talk.stereo, snr_db, swell=True))


def test_the_echo_of_a_line_passes_and_its_level_is_told(talks: list[Talk]) -> None:
    for talk in talks:
        echoing = leaking(talk.stereo, 35)
        assert not talk.failed(noisy(echoing, 15))
        assert talk.quality(echoing).leakage_db == pytest.approx(-35, abs=2.5)


def test_a_side_in_the_others_channel_is_caught_with_and_without_noise(talks: list[Talk]) -> None:
    for talk in talks:
        assert "leakage_db" in talk.failed(leaking(talk.stereo, 15))
        assert "leakage_db" in talk.failed(noisy(leaking(talk.stereo, 10), 20))
        assert "leakage_db" in talk.failed(np.repeat(talk.stereo.mean(axis=1, keepdims=True), 2, axis=1))


@pytest.mark.parametrize("channel", [0, 1])
def test_a_dead_channel_is_caught_even_where_noise_fills_it(talks: list[Talk], channel: int) -> None:
    name = ("caller_level_dbfs", "callee_level_dbfs")[channel]
    for talk in talks:
        dead = talk.stereo.copy()
        dead[:, channel] = 0
        assert name in talk.failed(dead)
        assert name in talk.failed(noisy(dead, 15))


def test_a_ring_before_the_talk_does_not_hide_the_speech(talks: list[Talk]) -> None:
    tone = 0.2 * np.sin(2 * np.pi * 450 * np.arange(5 * RATE_HZ) / RATE_HZ, dtype=np.float32)
    ring = np.repeat(tone[:, None], 2, axis=1)
    for talk in talks:
        later = [
            s.model_copy(update={"start_seconds": s.start_seconds + 5, "end_seconds": s.end_seconds + 5})
            for s in talk.segments
        ]
        stereo: NDArray[np.float32] = np.concatenate([ring, talk.stereo])
        quality = measure_call(stereo, RATE_HZ, later, [speech.figures() for speech in talk.spoken])
        assert not call_faults(quality, len(stereo) / RATE_HZ)


def test_silence_overlap_and_the_extremes_of_the_utterances_are_told(talks: list[Talk]) -> None:
    talk = talks[0]
    quality = talk.quality()
    covered = sum(segment.end_seconds - segment.start_seconds for segment in talk.segments)
    duration = len(talk.stereo) / RATE_HZ
    assert 1 - quality.silence_share + quality.overlap_share == pytest.approx(covered / duration, abs=1e-4)
    figures = [speech.figures() for speech in talk.spoken]
    assert quality.least_snr_db == min(f.snr_db for f in figures if f.snr_db is not None)
    assert quality.most_repetition == max(f.repetition for f in figures)
    assert quality.slowest_characters_per_second == min(f.characters_per_second or 99 for f in figures)
    assert quality.caller_level_dbfs == pytest.approx(-26, abs=3.2)
    assert quality.peak == pytest.approx(np.abs(talk.stereo).max())


def test_a_call_of_two_words_leaves_out_what_cannot_be_told(good_speech: list[Spoken]) -> None:
    words = [s for s in good_speech if s.text == "嗯。"][:2]
    waves = [cut(word.wave, ENGINE_RATE_HZ, RATE_HZ) for word in words]
    lines = make_turns((SIDES[0], "嗯。"), (SIDES[1], "嗯。"))
    parts = [Utterance(line, wave, 8000 * i) for i, (line, wave) in enumerate(zip(lines, waves, strict=True))]
    stereo = mix(parts, 20000, RATE_HZ, -26.0, Random(1))
    quality = measure_call(stereo, RATE_HZ, [p.segment(RATE_HZ) for p in parts], [w.figures() for w in words])
    assert quality.leakage_db is None
    assert quality.least_snr_db is quality.slowest_characters_per_second is None


def test_nothing_cannot_be_measured(talks: list[Talk]) -> None:
    with pytest.raises(ValueError, match="0 samples"):
        talks[0].quality(np.zeros((0, 2), np.float32))
    with pytest.raises(ValueError, match="0 utterances"):
        measure_call(talks[0].stereo, RATE_HZ, talks[0].segments, [])
