"""Lost frames and their concealment."""

from __future__ import annotations

import numpy as np
import pytest

from antifraud.acoustics.wave import Wave
from antifraud.speech.line.loss import LossModel, conceal, lost_frames

RATE_HZ, FRAME = 8000, 160
USUAL = LossModel(enter=0.01, leave=0.3, drop=0.5)


def steepest(wave: Wave) -> float:
    return float(np.abs(np.diff(wave)).max())


@pytest.mark.parametrize("model", [USUAL, LossModel(0.1, 0.2, 1.0), LossModel(1.0, 1.0, 0.3)])
def test_as_many_frames_are_lost_as_the_model_expects(model: LossModel) -> None:
    lost = lost_frames(400_000, model, np.random.default_rng(1))
    assert lost.mean() == pytest.approx(model.expected_share, rel=0.05)


def test_losses_come_in_bursts() -> None:
    lost = lost_frames(400_000, LossModel(0.01, 0.25, 1.0), np.random.default_rng(1))
    bursts = np.count_nonzero(np.diff(lost.astype(int)) == 1)
    assert lost.sum() / bursts == pytest.approx(1 / 0.25, rel=0.05)


def test_a_line_that_never_turns_bad_loses_nothing() -> None:
    assert not lost_frames(1000, LossModel(0.0, 0.3, 1.0), np.random.default_rng(1)).any()
    assert lost_frames(0, USUAL, np.random.default_rng(1)).shape == (0,)


def test_a_voiced_sound_goes_on_through_a_lost_frame_without_a_step() -> None:
    seconds = np.arange(RATE_HZ) / RATE_HZ
    voiced = sum(np.sin(2 * np.pi * 125 * k * seconds) / k for k in range(1, 9)).astype(np.float32) / 10
    lost = np.zeros(50, bool)
    lost[20] = True
    heard = conceal(voiced, lost, RATE_HZ)
    assert np.abs(heard[20 * FRAME : 20 * FRAME + 80] - voiced[20 * FRAME : 20 * FRAME + 80]).max() < 0.01
    assert steepest(heard) <= 1.05 * steepest(voiced)


def test_concealed_speech_has_no_clicks_and_differs_only_near_the_losses(utterances: list[Wave]) -> None:
    speech = np.concatenate([wave[::2] for wave in utterances])
    lost = lost_frames(-(-len(speech) // FRAME), LossModel(0.1, 0.3, 0.7), np.random.default_rng(3))
    heard = conceal(speech, lost, RATE_HZ)
    assert np.isfinite(heard).all() and heard.shape == speech.shape
    assert np.abs(heard).max() <= 1.1 * np.abs(speech).max()
    assert steepest(heard) <= 1.1 * steepest(speech)
    near = np.repeat(lost | np.append(lost[1:], False) | np.append(False, lost[:-1]), FRAME)[: len(speech)]
    assert np.array_equal(heard[~near], speech[~near]) and not np.array_equal(heard, speech)


def test_a_long_loss_fades_to_silence_and_the_sound_returns_softly() -> None:
    noise = 0.1 * np.random.default_rng(1).standard_normal(RATE_HZ).astype(np.float32)
    lost = np.zeros(50, bool)
    lost[20:30] = True
    heard = conceal(noise, lost, RATE_HZ)
    assert not heard[20 * FRAME + 480 : 30 * FRAME].any() and heard[20 * FRAME : 20 * FRAME + 400].any()
    assert np.abs(heard[30 * FRAME]) < np.abs(noise[30 * FRAME])
    assert np.array_equal(heard[30 * FRAME + 32 :], noise[30 * FRAME + 32 :])


def test_a_loss_at_the_very_start_or_end_or_everywhere_is_safe() -> None:
    noise = 0.1 * np.random.default_rng(1).standard_normal(1650).astype(np.float32)
    for frames in ([0], [0, 1], [10], list(range(11))):
        lost = np.zeros(11, bool)
        lost[frames] = True
        heard = conceal(noise, lost, RATE_HZ)
        assert np.isfinite(heard).all() and heard.shape == noise.shape
    assert not heard.any()
