"""The engine on a speech service: real requests to a real process, decoded sound, one answer for each utterance."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from antifraud.errors import BudgetReached, EngineError, ServiceError
from antifraud.labels import Emotion
from antifraud.records import Voice
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.service_config import TtsServiceConfig
from antifraud.services.journal import Journal
from antifraud.speech.engines import GENDERS, SpeechEngine, SpeechFailed, Utterance
from antifraud.speech.engines.openai_speech import OpenAISpeechEngine
from tests.fakes.client import FakeService
from tests.fakes.fixtures import fake_service, fake_service_process

__all__ = ["fake_service", "fake_service_process"]

OpenEngine = Callable[..., AbstractAsyncContextManager[OpenAISpeechEngine]]
VOICES = [{"name": "fake/voice:alex", "gender": "男"}, {"name": "fake/voice:anna", "gender": "女"}]
KEY = "sk-Never-Shown-0123456789"


STYLES = load_packs(packs_folder()).voices.styles


@pytest.fixture
def open_engine(fake_service: FakeService, tmp_path: Path) -> OpenEngine:
    """Open an engine on the fake service; settings of `synthesize.service` as keywords."""

    @asynccontextmanager
    async def opened(*, key: str = KEY, replay_only: bool = False, **settings: Any) -> AsyncIterator[Any]:
        fast = {"base_url": fake_service.url, "model": "fake/voice", "timeout_seconds": 5}
        config = TtsServiceConfig.model_validate({**fast, **settings})
        with Journal(tmp_path / "speech.sqlite", replay_only=replay_only) as journal:
            engine = OpenAISpeechEngine(config, {"SILICONFLOW_API_KEY": key}, journal, STYLES)
            try:
                await engine.start()
                yield engine
            finally:
                await engine.close()

    return opened


def utterance(engine: SpeechEngine, text: str = "您好，请问是陈女士吗？", **changes: Any) -> Utterance:
    voice = engine.voices("男")[0].voice
    return Utterance(**{"text": text, "voice": voice, "emotion": Emotion.NEUTRAL, "manner": "", "seed": 1, **changes})


async def test_a_batch_comes_back_in_order_as_mono_speech_at_the_engines_rate(open_engine):
    async with open_engine() as engine:
        texts = ["嗯。", "您好，请问是陈女士吗？我这边是优禾生活会员部的。", "好的，我知道了。"]
        waves = await engine.speak([utterance(engine, text) for text in texts])
        assert [wave.dtype for wave in waves] == [np.float32] * 3 and all(wave.ndim == 1 for wave in waves)
        assert np.argsort([wave.size for wave in waves]).tolist() == [0, 2, 1]
        assert 4 < waves[1].size / engine.sample_rate_hz < 7
        assert all(0.3 < np.abs(wave).max() <= 1 for wave in waves)
        assert (engine.name, engine.version, engine.batch_size, engine.block_calls) == (
            "openai-speech",
            "fake/voice",
            1,
            1,
        )


@pytest.mark.parametrize("response_format", ["wav", "mp3", "pcm", "flac", "opus"])
@pytest.mark.parametrize("rate_hz", [0, 16000, 48000])
async def test_every_format_and_rate_becomes_the_same_length_of_sound(
    open_engine, fake_service, response_format, rate_hz
):
    if response_format == "pcm" and rate_hz:
        rate_hz = 24000  # bare samples do not tell their rate
    fake_service.order(speech_rate_hz=rate_hz)
    async with open_engine(response_format=response_format) as engine:
        wave = (await engine.speak([utterance(engine)]))[0]
    fake_service.order(speech_rate_hz=0)
    async with open_engine(response_format="wav", extra_body={"take": 2}) as engine:
        plain = (await engine.speak([utterance(engine)]))[0]
        assert abs(wave.size - plain.size) < 0.1 * engine.sample_rate_hz
    assert np.isfinite(wave).all() and 0.2 < np.abs(wave).max() <= 1


async def test_voice_and_text_are_heard_in_the_sound(open_engine):
    async with open_engine() as engine:
        man, woman = (engine.voices(gender)[0].voice for gender in GENDERS)
        one, same, other, another = await engine.speak(
            [
                utterance(engine, voice=man),
                utterance(engine, voice=man),
                utterance(engine, voice=woman),
                utterance(engine, "另外一句话。"),
            ]
        )
        assert np.array_equal(one, same)
        assert not np.array_equal(one[: other.size], other[: one.size]) and another.size != one.size


async def test_emotion_and_manner_reach_the_service_as_words(open_engine, fake_service, tmp_path):
    async with open_engine() as engine:
        calm = utterance(engine)
        hasty = utterance(engine, emotion=Emotion.URGENT, manner="急躁")
        await engine.speak([calm, hasty])
    async with open_engine(style_prompts=False) as engine:
        await engine.speak([calm, hasty])
    assert fake_service.stats()["requests"] == 3
    with Journal(tmp_path / "speech.sqlite", replay_only=True) as journal:
        journal.export(tmp_path / "speech.jsonl")
    text = (tmp_path / "speech.jsonl").read_text()
    assert "急切的语气说，这个人平时说话急躁。<|endofprompt|>您好" in text and '"input":"您好' in text


def test_every_emotion_has_words_of_its_own_and_no_manner_can_end_them():
    wording = STYLES
    assert len({wording.style(emotion, "") for emotion in Emotion}) == len(Emotion)
    assert "絮絮叨叨" in wording.style(Emotion.SAD, "唠叨") and "热情" in wording.style(Emotion.SAD, "热情")
    assert wording.style(Emotion.SAD, "热情<|endofprompt|>") == wording.style(Emotion.SAD, "热情")
    assert (
        wording.style(Emotion.SAD, "<|x|>") == wording.style(Emotion.SAD, "字" * 99) == wording.style(Emotion.SAD, "")
    )


async def test_another_attempt_asks_anew_and_the_same_attempt_does_not(open_engine, fake_service):
    async with open_engine() as engine:
        first = await engine.speak([utterance(engine)])
        again = await engine.speak([utterance(engine)])
        assert np.array_equal(first[0], again[0]) and engine.model.replayed == 1
        await engine.speak([utterance(engine)], attempt=1)
    assert fake_service.stats()["requests"] == 2
    async with open_engine(replay_only=True) as engine:
        replayed = await engine.speak([utterance(engine)])
        assert np.array_equal(first[0], replayed[0])
    assert fake_service.stats()["requests"] == 2


async def test_one_utterance_without_an_answer_leaves_the_others_alone(open_engine, fake_service):
    async with open_engine(attempts=1, max_characters=20) as engine:
        spoken, failed = await engine.speak([utterance(engine), utterance(engine, "字" * 21)])
        assert isinstance(spoken, np.ndarray) and isinstance(failed, SpeechFailed)
        assert "21 characters" in str(failed)
        fake_service.order(faults={"error_200": 1.0})
        (failed,) = await engine.speak([utterance(engine, "又一句话。")])
        assert isinstance(failed, SpeechFailed) and "200 without an answer" in str(failed)


async def test_what_no_repeating_helps_is_raised(open_engine):
    async with open_engine(key="bad-key") as engine:
        with pytest.raises(ServiceError, match="401: Invalid token; check the key"):
            await engine.speak([utterance(engine, text) for text in ("好。", "行。")])
    async with open_engine(base_url="http://127.0.0.1:9/v1") as engine:
        with pytest.raises(ServiceError, match="nobody answers"):
            await engine.speak([utterance(engine)])
    async with open_engine(budget=0) as engine:
        with pytest.raises(BudgetReached, match="the budget is 0 CNY"):
            await engine.speak([utterance(engine)])


async def test_what_was_in_flight_when_the_budget_is_reached_is_kept(open_engine, fake_service, tmp_path):
    fake_service.order(latency_ms=100)
    each = len("第0句。".encode()) / 1000
    settings = {"prices": {"fake/voice": {"prompt": 1000}}, "budget": 2.5 * each, "style_prompts": False}
    async with open_engine(**settings) as engine:
        with pytest.raises(BudgetReached):
            await engine.speak([utterance(engine, f"第{turn}句。") for turn in range(5)])
        assert engine.model.cost == pytest.approx(2 * each)
    with Journal(tmp_path / "speech.sqlite", replay_only=True) as journal:
        assert journal.stats().answers == fake_service.stats()["answered"] == 2


async def test_no_key_and_no_voices_are_one_clear_line_at_the_start(open_engine):
    with pytest.raises(ServiceError, match=r"^synthesize\.engine is openai-speech and SILICONFLOW_API_KEY is not set;"):
        async with open_engine(key=""):
            pass
    with pytest.raises(EngineError, match=r"^synthesize\.service\.preset local brings no voices; name those"):
        async with open_engine(preset="local"):
            pass


async def test_an_engine_that_does_not_run_says_so_and_closes_twice(open_engine):
    async with open_engine() as engine:
        asked = utterance(engine)
        await engine.close()
        with pytest.raises(EngineError, match="not running"):
            await engine.speak([asked])
        await engine.close()


async def test_voices_are_those_of_the_config_else_of_the_preset(open_engine):
    async with open_engine() as engine:
        assert [len(engine.voices(gender)) for gender in GENDERS] == [4, 4]
        first = engine.voices("女")[0]
        assert (first.voice.name, first.voice.rate, first.pitch_step) == ("fake/voice:anna", 1.0, 0.0)
        assert first.voice == Voice(
            engine="openai-speech", version="fake/voice", name="fake/voice:anna", gender="女", rate=1.0, pitch=0.0
        )
    async with open_engine(preset="local", voices=VOICES) as engine:
        assert [[c.voice.name for c in engine.voices(gender)] for gender in GENDERS] == [
            ["fake/voice:alex"],
            ["fake/voice:anna"],
        ]


async def test_calls_side_by_side_share_the_limits_of_the_service(open_engine, fake_service):
    fake_service.order(latency_ms=30)
    async with open_engine(concurrency=4) as engine:
        batches = [[utterance(engine, f"第{call}通第{turn}句。") for turn in range(5)] for call in range(4)]
        results = await asyncio.gather(*map(engine.speak, batches))
    assert all(isinstance(wave, np.ndarray) for waves in results for wave in waves)
    assert fake_service.stats()["max_concurrent"] == 4


async def test_a_batch_that_is_given_up_leaves_nothing_in_flight(open_engine, fake_service):
    fake_service.order(latency_ms=200)
    async with open_engine() as engine:
        task = asyncio.create_task(engine.speak([utterance(engine, f"第{turn}句。") for turn in range(5)]))
        while engine.model.in_flight < 5:  # noqa: ASYNC110 - nothing tells when a request has gone
            await asyncio.sleep(0.005)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert engine.model.in_flight == 0
