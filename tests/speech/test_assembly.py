"""What a recording holds besides voices: ringing, the busy tone, keys, copies before the line, other formats."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from antifraud.labels import Codec, Speaker
from antifraud.records import Ending, Outcome
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech_config import LineConfig, SpeechConfig, TimingConfig

from .conftest import CLEAN, MakeDialogue, made

TONES = CLEAN.model_copy(update={"timing": TimingConfig(ring_share=1, hang_up_tone_share=1)})
LAST_BIT = 2.0**-15
"""WAV and FLAC of libsndfile round to 16 bits in two ways."""
NETWORK_HZ = 450
"""Ringing and busy tones of China."""


def share_at(piece: NDArray[np.float64], rate_hz: int, *wanted_hz: float) -> float:
    """Return the share of the energy within 10 Hz of some frequencies."""
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)))) ** 2
    at = np.fft.rfftfreq(len(piece), 1 / rate_hz)
    near = np.any([np.abs(at - hz) < 10 for hz in wanted_hz], axis=0)
    return float(spectrum[near].sum() / max(spectrum.sum(), 1e-12))


async def test_a_recording_may_begin_with_ringing_where_the_callee_will_be_heard(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    call = await made(make_dialogue(), engine, tmp_path, TONES)
    stereo, rate_hz = soundfile.read(tmp_path / call.audio)
    answered = call.segments[0].start_seconds
    assert 0.8 < answered < 4
    before = stereo[: round(0.35 * rate_hz)]
    assert share_at(before[:, 1], rate_hz, NETWORK_HZ) > 0.95
    assert not before[:, 0].any()
    assert not stereo[round((answered - 0.2) * rate_hz) : round(answered * rate_hz)].any()


@pytest.mark.parametrize(("ended_by", "channel"), [("caller", 0), ("callee", 1)])
async def test_who_hangs_up_leaves_a_busy_tone_on_their_own_channel(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path, ended_by: Any, channel: int
) -> None:
    dialogue = make_dialogue().model_copy(
        update={"ending": Ending(ended_by=ended_by, outcome=Outcome.UNRESOLVED, reason="挂断了")}
    )
    call = await made(dialogue, engine, tmp_path, TONES)
    stereo, rate_hz = soundfile.read(tmp_path / call.audio)
    tail = stereo[-round(2.1 * rate_hz) :]
    assert share_at(tail[:, channel], rate_hz, NETWORK_HZ) > 0.9
    assert not tail[round(0.9 * rate_hz) :, 1 - channel].any()
    sounding = np.abs(tail[:, channel]).reshape(-1, rate_hz // 100).max(axis=1) > 0.01
    assert 0.4 < sounding.mean() < 0.6


async def test_without_tones_a_recording_is_nothing_but_the_call(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    call = await made(make_dialogue(), engine, tmp_path)
    assert call.segments[0].start_seconds <= 1.0
    assert call.duration_seconds - max(segment.end_seconds for segment in call.segments) <= 0.8 + 1e-3


async def test_a_pressed_key_is_heard_at_the_end_of_the_turn_that_says_so(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    call = await made(
        make_dialogue(
            (Speaker.CALLER, "您好，查询积分请按1，转人工请按2。"),
            (Speaker.CALLEE, "好，我按二，按好了。"),
            (Speaker.CALLER, "好的，马上为您转接。"),
        ),
        engine,
        tmp_path,
    )
    stereo, rate_hz = soundfile.read(tmp_path / call.audio)
    pressed = call.segments[1]
    key = stereo[round((pressed.end_seconds - 0.1) * rate_hz) : round(pressed.end_seconds * rate_hz), 1]
    assert share_at(key, rate_hz, 697, 1336) > 0.6  # 2 in ITU-T Q.23
    spoken = stereo[round(pressed.start_seconds * rate_hz) : round((pressed.end_seconds - 0.5) * rate_hz), 1]
    assert share_at(spoken, rate_hz, 697, 1336) < 0.1


@pytest.mark.parametrize("file_format", ["flac", "mp3"])
async def test_other_formats_hold_the_same_call_and_say_they_are_synthetic(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path, file_format: Any
) -> None:
    wav = await made(make_dialogue(), engine, tmp_path)
    other = await made(make_dialogue(), engine, tmp_path, CLEAN.model_copy(update={"format": file_format}))
    assert other.audio == f"audio/{other.id}.{file_format}"
    plain, rate_hz = soundfile.read(tmp_path / wav.audio)
    with soundfile.SoundFile(tmp_path / other.audio) as sound:
        assert sound.samplerate == rate_hz
        packed = sound.read()
    assert packed.shape == plain.shape
    assert np.abs(packed - plain).max() <= (LAST_BIT if file_format == "flac" else 0.1)
    assert b"synthetic speech" in (tmp_path / other.audio).read_bytes()
    assert (other.duration_seconds, other.segments) == (wav.duration_seconds, wav.segments)


async def test_the_copy_before_the_line_is_the_call_without_a_line(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    line = LineConfig(codecs={Codec.ALAW: 1}, keep_clean=True)
    noisy = await made(make_dialogue(), engine, tmp_path, CLEAN.model_copy(update={"line": line}))
    plain = await made(make_dialogue(), engine, tmp_path / "plain")
    assert noisy.clean_sha256 == plain.sha256 != noisy.sha256
    assert (plain.clean_audio, plain.line.codec, noisy.line.codec) == (None, Codec.NONE, Codec.ALAW)
    assert noisy.segments == plain.segments


async def test_pauses_within_turns_are_drawn_out_where_the_config_says_so(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    lengths = {}
    for share in (0.0, 1.0):
        timing = TimingConfig(ring_share=0, hang_up_tone_share=0, pause_share=share)
        call = await made(make_dialogue(), engine, tmp_path, CLEAN.model_copy(update={"timing": timing}))
        lengths[share] = sum(segment.end_seconds - segment.start_seconds for segment in call.segments)
    assert lengths[0.0] + 0.5 < lengths[1.0] < 1.4 * lengths[0.0]


def test_the_settings_of_a_call_do_not_tell_where_it_was_spoken() -> None:
    here = SpeechConfig(workers=1, servers=("http://a:1",), timeout_seconds=3)
    assert here.portable() == SpeechConfig().portable()
    assert SpeechConfig(format="flac").portable() != SpeechConfig().portable()
