"""Lines are drawn as the settings say."""

from __future__ import annotations

from collections import Counter

import pytest

from antifraud.labels import Codec, Noise, Speaker
from antifraud.speech.line.profile import AMR_WEIGHTS, LineProfile, draw_profile
from antifraud.speech_config import LineConfig

CALLS = 2000


def profiles(config: LineConfig) -> list[LineProfile]:
    return [draw_profile(config, f"fraud-{index:06}", seed=7) for index in range(CALLS)]


def test_a_call_and_a_seed_decide_the_line() -> None:
    config = LineConfig()
    assert draw_profile(config, "fraud-000001", 7) == draw_profile(config, "fraud-000001", 7)
    assert draw_profile(config, "fraud-000001", 7) != draw_profile(config, "fraud-000002", 7)
    assert draw_profile(config, "fraud-000001", 7).seed != draw_profile(config, "fraud-000001", 8).seed


def test_codecs_noises_echo_and_loss_have_their_shares() -> None:
    config = LineConfig()
    drawn = profiles(config)
    codecs = Counter(line.codec for line in drawn)
    noises = Counter(line.sides[speaker].noise for line in drawn for speaker in Speaker)
    for codec, share in config.codecs.items():
        assert codecs[codec] / CALLS == pytest.approx(share, abs=0.04)
    for noise, share in config.noises.items():
        assert noises[noise] / CALLS / 2 == pytest.approx(share, abs=0.04)
    assert sum(line.echo_loss_db is not None for line in drawn) / CALLS == pytest.approx(0.3, abs=0.04)
    assert sum(line.loss is not None for line in drawn) / CALLS == pytest.approx(0.3, abs=0.04)


def test_figures_lie_within_their_limits() -> None:
    for line in profiles(LineConfig(snr_mean_db=20, snr_sd_db=15)):
        for side in line.sides.values():
            assert (side.snr_db is None) == (side.noise is Noise.NONE)
            assert side.snr_db is None or 5 <= side.snr_db <= 40
        assert line.echo_loss_db is None or 35 <= line.echo_loss_db <= 55
        assert line.echo_delay_seconds is None or 0.04 <= line.echo_delay_seconds <= 0.15


def test_bit_rates_are_those_of_the_codec() -> None:
    drawn = profiles(LineConfig(codecs=dict.fromkeys(Codec, 1.0)))
    rates = {codec: Counter(line.bit_rate_kbps for line in drawn if line.codec is codec) for codec in Codec}
    assert set(rates[Codec.ALAW]) == set(rates[Codec.ULAW]) == {64.0}
    assert set(rates[Codec.AMR_NB]) == set(AMR_WEIGHTS) and rates[Codec.AMR_NB].most_common(1)[0][0] == 12.2
    assert set(rates[Codec.OPUS]) == {float(rate) for rate in range(12, 25)}
    assert set(rates[Codec.NONE]) == {None}


def test_only_opus_is_ever_wide() -> None:
    drawn = profiles(LineConfig(wide_share=1.0))
    assert all(line.is_wide == (line.codec is Codec.OPUS) for line in drawn)
    assert not any(line.is_wide for line in profiles(LineConfig()))


def test_one_setting_moves_only_what_it_is_about() -> None:
    usual, other = profiles(LineConfig()), profiles(LineConfig(codecs={Codec.AMR_NB: 1.0}, lossy_share=1.0))
    assert [line.sides for line in usual] == [line.sides for line in other]
    assert [line.echo_loss_db for line in usual] == [line.echo_loss_db for line in other]
