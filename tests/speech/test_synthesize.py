"""A dialogue becomes a call that one can listen to, or a reason why not."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from antifraud.acoustics.wave import Wave
from antifraud.labels import Act, RejectReason, Speaker
from antifraud.records import Call, Rejected
from antifraud.speech.engines import SpeechFailed, Utterance
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech.opening import open_engine
from antifraud.speech.studio import Studio
from antifraud.speech.synthesize import synthesize
from antifraud.speech.voices.reserves import Reserves
from antifraud.speech_config import SpeechConfig

from .conftest import CLEAN, MakeDialogue, made, person, speak_call


async def test_each_side_is_heard_on_its_channel_while_it_speaks(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    call = await made(make_dialogue(), engine, tmp_path)
    stereo, rate_hz = soundfile.read(tmp_path / call.audio)
    assert (rate_hz, stereo.shape[1]) == (call.sample_rate_hz, call.channels)
    assert len(stereo) / rate_hz == call.duration_seconds
    assert hashlib.sha256((tmp_path / call.audio).read_bytes()).hexdigest() == call.sha256
    outside = stereo.copy()
    for segment in call.segments:
        first, end = round(segment.start_seconds * rate_hz), round(segment.end_seconds * rate_hz)
        own = [Speaker.CALLER, Speaker.CALLEE].index(segment.speaker)
        assert np.abs(stereo[first:end, own]).max() > 0.05
        outside[first:end, own] = 0
    assert not outside.any()


async def test_segments_are_in_order_within_the_call_and_a_backchannel_is_under_its_turn(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    for seed in range(5):
        call = await made(make_dialogue(seed=seed), engine, tmp_path)
        assert [segment.turn for segment in call.segments] == list(range(len(call.turns)))
        starts = [segment.start_seconds for segment in call.segments]
        assert starts == sorted(starts)
        assert max(segment.end_seconds for segment in call.segments) < call.duration_seconds
        first, murmur = call.segments[:2]
        assert first.start_seconds < murmur.start_seconds < murmur.end_seconds < first.end_seconds
        assert call.quality.overlap_share > 0


async def test_levels_and_peaks_of_finished_calls_are_in_bounds(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    for seed in range(8):
        quality = (await made(make_dialogue(seed=seed), engine, tmp_path)).quality
        assert quality.peak <= 0.9
        assert quality.clipped_share < 0.001
        assert quality.caller_level_dbfs == pytest.approx(-26, abs=3.2)
        assert quality.callee_level_dbfs == pytest.approx(-26, abs=3.2)


async def test_the_same_dialogue_makes_the_same_file_whatever_runs_beside_it(
    make_dialogue: MakeDialogue, tmp_path: Path
) -> None:
    """The whole default chain: timing, tones, line, gates."""
    dialogues = [make_dialogue(id=f"lawful-{number:06d}", seed=number) for number in range(4)]
    config = SpeechConfig()
    async with open_engine(config) as engine, Studio(engine, config, Reserves([], 0, 0)) as studio:
        together = await asyncio.gather(
            *(synthesize(booking, studio, tmp_path / "a") for booking in studio.book(dialogues))
        )
    async with open_engine(SpeechConfig(workers=1)) as engine:
        alone = [await made(dialogue, engine, tmp_path / "b", config) for dialogue in reversed(dialogues)]
    assert together == list(reversed(alone))
    for dialogue in dialogues:
        name = f"audio/{dialogue.id}.wav"
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


async def test_another_seed_makes_another_call(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    calls = [await made(make_dialogue(seed=seed), engine, tmp_path) for seed in (1, 2)]
    assert calls[0].sha256 != calls[1].sha256
    assert calls[0].segments != calls[1].segments


async def test_a_dialogue_without_personas_is_spoken_too(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    call = await made(make_dialogue(caller=None, callee=person("未知", 50, "")), engine, tmp_path)
    assert call.voices[Speaker.CALLER].name != call.voices[Speaker.CALLEE].name


@pytest.mark.parametrize("text", ["。！？……", "😀😀😀", "[laugh]", "<b>", "\\", "\u200b"], ids=ascii)
async def test_a_turn_that_nobody_could_say_rejects_the_call(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path, text: str
) -> None:
    result = await speak_call(make_dialogue((Speaker.CALLER, "您好。"), (Speaker.CALLEE, text)), engine, tmp_path)
    assert isinstance(result, Rejected)
    assert (result.reason, result.stage) == (RejectReason.UNSPEAKABLE, "synthesize")
    assert "turn 1 holds nothing that can be spoken" in result.detail
    assert not os.listdir(tmp_path)


async def test_markup_around_words_is_not_spoken(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    plain = make_dialogue((Speaker.CALLER, "您好。"), (Speaker.CALLEE, "好的，您说。"))
    marked = make_dialogue((Speaker.CALLER, "[laugh]您好。😀"), (Speaker.CALLEE, "<b>好的</b>，您说。"))
    calls = [await made(dialogue, engine, tmp_path) for dialogue in (plain, marked)]
    assert calls[0].sha256 == calls[1].sha256


async def test_a_turn_over_the_limit_rejects_the_call(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    dialogue = make_dialogue((Speaker.CALLER, "您好。"), (Speaker.CALLEE, "好" * 2000))
    result = await speak_call(dialogue, engine, tmp_path)
    assert isinstance(result, Rejected)
    assert result.detail == "turn 1 has 2000 characters; at most 400 (synthesize.max_turn_characters)"
    result = await speak_call(dialogue, engine, tmp_path, CLEAN.model_copy(update={"max_turn_characters": 3000}))
    assert isinstance(result, Call)


async def test_what_the_engine_cannot_speak_is_rejected_as_such(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    dialogue = make_dialogue((Speaker.CALLER, "您好。"), (Speaker.CALLEE, "好" * 2500))
    result = await speak_call(dialogue, engine, tmp_path, CLEAN.model_copy(update={"max_turn_characters": 3000}))
    assert isinstance(result, Rejected)
    assert result.reason == RejectReason.SPEECH_FAILED
    assert "2500 characters" in result.detail
    assert await speak_call(make_dialogue(), engine, tmp_path)


async def test_a_call_in_which_one_side_never_speaks_is_rejected(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    result = await speak_call(make_dialogue((Speaker.CALLER, "喂？您好？")), engine, tmp_path)
    assert isinstance(result, Rejected)
    assert (result.reason, result.detail) == (RejectReason.UNSPEAKABLE, "the callee never speaks")


class FaultyEngine(EspeakEngine):
    """Spoils what espeak-ng speaks."""

    fault = ""
    faulty_attempts = 10

    async def speak(self, batch: Sequence[Utterance], attempt: int = 0) -> list[Wave | SpeechFailed]:
        waves = await super().speak(batch, attempt)
        if attempt >= self.faulty_attempts:
            return waves
        return [wave if isinstance(wave, SpeechFailed) else self._spoilt(wave) for wave in waves]

    def _spoilt(self, wave: Wave) -> Wave:
        if self.fault == "nan":
            wave[100] = np.nan
        if self.fault == "silence":
            wave[:] = 0
        if self.fault == "clipping":
            wave = np.clip(wave * 50, -1, 1)
        return wave


@pytest.mark.parametrize(
    ("fault", "detail"),
    [("nan", "turn 0"), ("silence", "turn 0"), ("clipping", "turn 0: clipped")],
)
async def test_spoilt_audio_is_rejected_with_its_figures(
    make_dialogue: MakeDialogue, tmp_path: Path, fault: str, detail: str
) -> None:
    engine = FaultyEngine(workers=1, timeout_seconds=30)
    engine.fault = fault
    await engine.start()
    result = await speak_call(make_dialogue(), engine, tmp_path)
    await engine.close()
    assert isinstance(result, Rejected)
    assert result.reason == RejectReason.BAD_AUDIO
    assert detail in result.detail
    assert not os.listdir(tmp_path)


async def test_an_utterance_that_fails_a_gate_is_spoken_again_and_counted(
    make_dialogue: MakeDialogue, tmp_path: Path
) -> None:
    engine = FaultyEngine(workers=2, timeout_seconds=30)
    engine.fault, engine.faulty_attempts = "clipping", 1
    await engine.start()
    call = await made(make_dialogue(), engine, tmp_path)
    await engine.close()
    assert call.quality.respoken == len(call.turns)
    assert call.quality.clipped_share < 0.001


async def test_waiting_for_someone_is_silence(
    make_dialogue: MakeDialogue, engine: EspeakEngine, tmp_path: Path
) -> None:
    call = await made(
        make_dialogue(
            (Speaker.CALLER, "您看一下。"),
            (Speaker.CALLEE, "等一下啊，有人敲门。", Act.DISTRACTED),
            (Speaker.CALLER, "没事，您忙。", Act.WAIT),
            (Speaker.CALLEE, "好了，你说。"),
        ),
        engine,
        tmp_path,
    )
    assert call.segments[3].start_seconds - call.segments[2].end_seconds >= 1
