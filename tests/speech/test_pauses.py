"""Pauses are drawn out and nothing else: every sample of the speech stays."""

from __future__ import annotations

import statistics
from random import Random

import numpy as np
import pytest

from antifraud.acoustics.wave import Wave
from antifraud.records import Voice
from antifraud.speech.pauses import LEAST_GAP_SECONDS, MOST_LONGER_SHARE, draw_out_pauses, insertions

from .conftest import spoken_by_espeak

RATE_HZ = 22050
VOICE = Voice(engine="espeak", version="1.52.0", name="cmn+f2", gender="女", rate=210, pitch=60)
TEXTS = (
    "您好，请问是陈女士吗？我这边是优禾生活会员部的，耽误您一分钟，跟您核实一笔订单。",
    "公众号上名单都公示了，姓方的就您一个，打开就看得见。",
    "我给您开个核验，先做人脸，点短信里的链接，对着前置镜头，做完告诉我。",
    "统一的模板，改不了，系统认的是数字，念过来就恢复了。",
    "一百九十块我们已经点了退，回当时的付款方式，不走别的通道，一个礼拜之内能到。",
)
WITHOUT_MARKS = "今天下午我们去银行网点把那张卡注销了吧。"


@pytest.fixture(scope="module")
def waves() -> list[Wave]:
    return spoken_by_espeak([(text, VOICE) for text in TEXTS])


def noisy(wave: Wave) -> Wave:
    return wave + (0.004 * np.random.default_rng(1).standard_normal(wave.size)).astype(np.float32)


def gap_around(wave: Wave, at: int) -> Wave:
    """Return the middle of the least gap that an insertion may lie in."""
    half = round(LEAST_GAP_SECONDS / 4 * RATE_HZ)
    return wave[at - half : at + half]


def test_what_was_put_in_taken_out_leaves_the_same_speech(waves: list[Wave]) -> None:
    for seed, wave in enumerate(waves):
        longer = draw_out_pauses(wave, RATE_HZ, 1.0, Random(seed))
        inserted = insertions(wave, RATE_HZ, 1.0, Random(seed))
        assert inserted
        keep, shift = np.ones(longer.size, bool), 0
        for insertion in inserted:
            keep[insertion.at + shift : insertion.at + shift + insertion.background.size] = False
            shift += insertion.background.size
        assert longer.size == wave.size + shift
        assert longer[keep].tobytes() == wave.tobytes()


def test_pauses_lie_in_gaps_and_sound_like_them(waves: list[Wave]) -> None:
    for wave in map(noisy, waves):
        for insertion in insertions(wave, RATE_HZ, 1.0, Random(3)):
            own = float(np.sqrt(np.mean(gap_around(wave, insertion.at) ** 2)))
            added = float(np.sqrt(np.mean(insertion.background**2)))
            assert own < 0.1 * np.abs(wave).max()
            assert added == pytest.approx(own, rel=0.5)


def test_background_goes_on_without_a_break(waves: list[Wave]) -> None:
    """Every 5 ms of what was put in is as loud as the noise, from the first to the last."""
    for wave in map(noisy, waves):
        for insertion in insertions(wave, RATE_HZ, 1.0, Random(4)):
            size = RATE_HZ // 200
            pieces = insertion.background[: insertion.background.size // size * size].reshape(-1, size)
            levels = np.sqrt(np.mean(pieces**2, axis=1))
            assert levels.min() > 0.4 * np.median(levels)
            step = max(
                abs(insertion.background[0] - wave[insertion.at - 1]),
                abs(insertion.background[-1] - wave[insertion.at]),
            )
            assert step < 6 * 0.004


def test_share_decides_how_many_pauses_and_0_changes_nothing(waves: list[Wave]) -> None:
    counts = [
        sum(len(insertions(wave, RATE_HZ, share, Random(seed))) for wave in waves for seed in range(20))
        for share in (0.0, 0.3, 1.0)
    ]
    assert counts[0] == 0 < counts[1] < counts[2]
    assert all(draw_out_pauses(wave, RATE_HZ, 0.0, Random(1)) is wave for wave in waves)


def test_drawn_out_pauses_last_half_a_second_in_the_median(waves: list[Wave]) -> None:
    three = np.concatenate([np.tile(wave, 3) for wave in waves])
    added = [i.background.size / RATE_HZ for seed in range(40) for i in insertions(three, RATE_HZ, 0.1, Random(seed))]
    assert 0.25 < statistics.median(added) < 0.45  # the gap itself, 0.1 to 0.25 s, makes up the rest


def test_an_utterance_grows_by_two_fifths_at_most(waves: list[Wave]) -> None:
    for wave in waves:
        for seed in range(20):
            longer = draw_out_pauses(wave, RATE_HZ, 1.0, Random(seed))
            assert longer.size <= wave.size * (1 + MOST_LONGER_SHARE) + 2
            short = draw_out_pauses(wave, RATE_HZ, 1.0, Random(seed), most_seconds=0.05)
            assert short.size <= wave.size + len(insertions(wave, RATE_HZ, 1.0, Random(seed))) * 0.051 * RATE_HZ


def test_the_same_seed_draws_the_same_bytes_and_another_does_not(waves: list[Wave]) -> None:
    drawn = [draw_out_pauses(waves[0], RATE_HZ, 1.0, Random(seed)).tobytes() for seed in (5, 5, 6)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_no_more_gaps_are_pauses_than_the_text_has_marks(waves: list[Wave]) -> None:
    for wave in waves:
        assert len(insertions(wave, RATE_HZ, 1.0, Random(1), marks=1)) == 1
    (unmarked,) = spoken_by_espeak([(WITHOUT_MARKS, VOICE)])
    assert draw_out_pauses(unmarked, RATE_HZ, 1.0, Random(1), marks=0) is unmarked


@pytest.mark.parametrize("samples", [0, 1, 300, 22050])
def test_where_nothing_is_said_nothing_is_drawn_out(samples: int) -> None:
    wave = np.zeros(samples, np.float32)
    assert draw_out_pauses(wave, RATE_HZ, 1.0, Random(1)) is wave
