"""The speech service over HTTP: what counts as sound, what is repeated, what is kept and what it costs."""

from __future__ import annotations

import asyncio
import io

import numpy as np
import orjson
import pytest
import soundfile
from aiohttp import web

from antifraud.errors import ServiceError, Unanswered
from antifraud.service_config import TtsServiceConfig
from antifraud.services.exchange import Usage
from antifraud.services.journal import Journal
from antifraud.services.speech import SpeechModel
from antifraud.services.speech_presets import SPEECH_PRESETS

from .conftest import ENVIRONMENT

VOICE = "fake/voice:alex"
TEXT = "您好，请问是陈女士吗？"
PRICES = {"fake/voice": {"prompt": 1000.0}}


def seconds_of(audio: bytes) -> float:
    info = soundfile.info(io.BytesIO(audio))
    return float(info.frames / info.samplerate)


async def test_a_sound_is_paid_once_and_then_comes_from_the_journal(open_speech, fake_service):
    async with open_speech(prices=PRICES) as speech:
        first = await speech.say(TEXT, VOICE)
        again = await speech.say(TEXT, VOICE)
        assert (first.media_type, first.sample_rate_hz, first.model) == ("audio/wav", 24000, "fake/voice")
        assert 1.5 < seconds_of(first.audio) < 4
        assert (first.replayed, again.replayed, again.audio) == (False, True, first.audio)
        assert (again.usage, again.media_type, again.model) == (first.usage, first.media_type, first.model)
        assert (speech.requests, speech.replayed) == (1, 1)
        assert speech.spent == Usage(prompt=len(TEXT.encode()))
        assert speech.cost == pytest.approx(len(TEXT.encode()) / 1000)
    async with open_speech(replay_only=True) as speech:
        assert (await speech.say(TEXT, VOICE)).audio == first.audio
        with pytest.raises(ServiceError, match="no answer to this request is recorded; run without --replay"):
            await speech.say(TEXT, VOICE, sample=1)
    stats = fake_service.stats()
    assert (stats["by_kind"], stats["prompt_tokens"]) == ({"speech": 1}, len(TEXT.encode()))


async def test_all_that_decides_a_sound_is_in_its_key(open_speech, fake_service):
    async with open_speech() as speech:
        await speech.say(TEXT, VOICE)
        await speech.say("好的。", VOICE)
        await speech.say(TEXT, "fake/voice:anna")
        await speech.say(TEXT, VOICE, speed=1.2)
        await speech.say(TEXT, VOICE, style="用急切的语气说")
        await speech.say(TEXT, VOICE, sample=1)
    for settings in ({"response_format": "mp3"}, {"sample_rate_hz": 16000}, {"extra_body": {"gain": 1}}):
        async with open_speech(**settings) as speech:
            await speech.say(TEXT, VOICE)
    assert fake_service.stats()["requests"] == 9
    async with open_speech() as speech:
        assert (await speech.say(TEXT, VOICE, speed=1.2, style="")).replayed
        assert (await speech.say(TEXT, VOICE, 1.0, "用急切的语气说")).replayed


async def test_the_same_utterance_wanted_twice_at_once_is_paid_once(open_speech, fake_service):
    fake_service.order(latency_ms=50)
    async with open_speech() as speech:
        one, two = await asyncio.gather(speech.say(TEXT, VOICE), speech.say(TEXT, VOICE))
        assert one.audio == two.audio
    assert fake_service.stats()["requests"] == 1


@pytest.fixture
def heard(odd_service):
    """Open a speech service that notes the bodies it gets and answers with one sound."""
    bodies: list[dict] = []

    async def handle(request: web.Request) -> web.Response:
        assert request.path == "/v1/audio/speech"
        bodies.append(orjson.loads(await request.read()))
        return web.Response(body=wav())

    async def url() -> str:
        return await odd_service(handle)

    return url, bodies


def wav(seconds: float = 0.5, rate_hz: int = 24000) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, [[0.1, 0.2]] * int(seconds * rate_hz), rate_hz, format="WAV")
    return file.getvalue()


async def test_siliconflow_gets_rate_and_style_before_the_text_and_no_stream(open_speech, heard):
    url, bodies = heard
    async with open_speech(base_url=await url(), extra_body={"gain": 2}) as speech:
        reply = await speech.say("好的。", VOICE, 1.1, "用急切的语气说。")
        assert reply.usage.prompt == len("用急切的语气说。<|endofprompt|>好的。".encode())
    assert bodies == [
        {
            "model": "fake/voice",
            "input": "用急切的语气说。<|endofprompt|>好的。",
            "voice": VOICE,
            "speed": 1.1,
            "response_format": "wav",
            "sample_rate": 24000,
            "stream": False,
            "gain": 2,
        }
    ]


async def test_openai_gets_instructions_and_no_field_it_does_not_know(open_speech, heard):
    url, bodies = heard
    settings = {"preset": "openai", "api_key_env": "SILICONFLOW_API_KEY", "response_format": "mp3", "model": None}
    async with open_speech(base_url=await url(), **settings) as speech:
        await speech.say("好的。", "alloy", 1.0, "用急切的语气说。")
    assert bodies[0].keys() == {"model", "input", "voice", "speed", "response_format", "instructions"}
    assert (bodies[0]["model"], bodies[0]["input"]) == ("gpt-4o-mini-tts", "好的。")


async def test_style_is_left_out_where_it_is_not_wanted_or_not_known(open_speech, heard):
    url, bodies = heard
    root = await url()
    async with open_speech(base_url=root, style_prompts=False) as speech:
        await speech.say("好的。", VOICE, style="用急切的语气说。")
    async with open_speech(base_url=root, preset="local") as speech:
        await speech.say("好的。", "seed-1", style="用急切的语气说。")
    assert [body["input"] for body in bodies] == ["好的。", "好的。"] and "instructions" not in bodies[1]


async def test_a_speed_beyond_what_services_take_becomes_their_limit(open_speech, heard):
    url, bodies = heard
    async with open_speech(base_url=await url()) as speech:
        await speech.say("好的。", VOICE, 9.0)
        await speech.say("好的。", VOICE, 0.1)
    assert [body["speed"] for body in bodies] == [4.0, 0.25]


FAULTS = ("429", "500", "503", "drop", "cut", "error_200", "key_echo", "empty", "malformed_json", "wrong_schema")


@pytest.mark.parametrize("fault", [*FAULTS, "refusal"])
@pytest.mark.parametrize("response_format", ["wav", "mp3"])
async def test_what_is_no_sound_is_asked_for_again(open_speech, fake_service, fault, response_format):
    fake_service.order(faults_first=[fault])
    async with open_speech(response_format=response_format) as speech:
        reply = await speech.say(TEXT, VOICE)
        assert seconds_of(reply.audio) > 1.5 and speech.requests == 2 and speech.in_flight == 0
    stats = fake_service.stats()
    assert (stats["by_fault"], stats["answered"]) == ({fault: 1}, 1)


async def test_a_service_that_hangs_is_asked_again_after_the_timeout(open_speech, fake_service):
    fake_service.order(faults_first=["hang"])
    async with open_speech(timeout_seconds=0.3, connect_seconds=0.2) as speech:
        assert (await speech.say(TEXT, VOICE)).audio and speech.requests == 2


@pytest.mark.parametrize("fault", ["error_200", "empty"])
async def test_bare_samples_are_believed_only_where_they_can_be_samples(open_speech, fake_service, fault):
    fake_service.order(faults_first=[fault])
    async with open_speech(response_format="pcm") as speech:
        reply = await speech.say(TEXT, VOICE)
        assert (reply.media_type, reply.sample_rate_hz, speech.requests) == ("audio/pcm", 24000, 2)
        assert 1.5 < len(reply.audio) / 2 / 24000 < 4
        again = await speech.say(TEXT, VOICE)
        assert (again.replayed, again.media_type, again.sample_rate_hz) == (True, "audio/pcm", 24000)


@pytest.mark.parametrize("body", [b"", b"123", b'{"code":1}', b"null"])
async def test_bare_samples_are_neither_json_nor_half_a_sample(open_speech, odd_service, body):
    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=body)

    async with open_speech(base_url=await odd_service(handle), attempts=1, response_format="pcm") as speech:
        with pytest.raises(Unanswered, match="200 without an answer"):
            await speech.say(TEXT, VOICE)


async def test_bare_samples_that_begin_like_an_mp3_stay_samples(open_speech, odd_service):
    samples = bytes.fromhex("fff3004dffa90003") + np.random.default_rng(0).bytes(48000)

    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=samples)

    url = await odd_service(handle)
    async with open_speech(base_url=url, response_format="pcm") as speech:
        assert (await speech.say(TEXT, VOICE)).media_type == "audio/pcm"
    async with open_speech(base_url=url, attempts=1) as speech:
        with pytest.raises(Unanswered, match="200 without an answer"):
            await speech.say(TEXT, VOICE)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'{"code":50505,"message":"overloaded"}',
        b"<html>busy</html>",
        wav(0),
        b"\x00" * 4000,
        wav(601, 100),
    ],
)
async def test_a_200_without_sound_is_no_answer(open_speech, odd_service, body):
    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=body)

    async with open_speech(base_url=await odd_service(handle), attempts=1) as speech:
        with pytest.raises(Unanswered, match=r"fake/voice: 200 without an answer: [^\n\x00]*$"):
            await speech.say(TEXT, VOICE)


async def test_other_formats_and_rates_than_asked_for_are_told_as_they_are(open_speech, fake_service):
    fake_service.order(speech_format="mp3", speech_rate_hz=32000)
    async with open_speech() as speech:
        reply = await speech.say(TEXT, VOICE)
        assert (reply.media_type, reply.sample_rate_hz) == ("audio/mpeg", 32000)
        again = await speech.say(TEXT, VOICE)
        assert (again.media_type, again.sample_rate_hz, again.replayed) == ("audio/mpeg", 32000, True)


@pytest.mark.parametrize("text", ["", "字" * 51])
async def test_a_text_that_is_empty_or_too_long_is_not_sent(open_speech, fake_service, text):
    async with open_speech(max_characters=50) as speech:
        with pytest.raises(Unanswered, match=r"expected 1 to 50 \(synthesize\.service\.max_characters\)"):
            await speech.say(text, VOICE)
    assert fake_service.stats()["requests"] == 0


async def test_an_unknown_voice_stops_with_the_words_of_the_provider(open_speech):
    async with open_speech() as speech:
        with pytest.raises(ServiceError, match=r"400: Invalid voice.*; check synthesize\.service\.model") as refused:
            await speech.say(TEXT, "other/model:alex")
        assert not isinstance(refused.value, Unanswered)


async def test_retry_after_above_the_longest_wait_names_the_setting(open_speech, fake_service):
    fake_service.order(faults={"429_retry_after": 1.0}, retry_after="121")
    async with open_speech() as speech:
        with pytest.raises(Unanswered, match=r"above synthesize\.service\.longest_wait_seconds"):
            await speech.say(TEXT, VOICE)


def test_every_preset_of_the_config_is_known_and_has_voices_for_both_sides_or_none(tmp_path):
    assert SPEECH_PRESETS.keys() == set(TtsServiceConfig.model_fields["preset"].annotation.__args__)
    for preset in SPEECH_PRESETS.values():
        counts = [sum(voice.gender == gender for voice in preset.voices) for gender in ("男", "女")]
        assert counts == [0, 0] or min(counts) >= 4
    with Journal(tmp_path / "speech.sqlite") as journal:
        speech = SpeechModel.open(TtsServiceConfig(), ENVIRONMENT, journal)
        assert (speech.model, len(speech.voices)) == ("FunAudioLLM/CosyVoice2-0.5B", 8)
        assert speech.voices[0].name == "FunAudioLLM/CosyVoice2-0.5B:alex"
        own = TtsServiceConfig.model_validate({"voices": [{"name": "speech:mine:1", "gender": "女"}]})
        assert [voice.name for voice in SpeechModel.open(own, ENVIRONMENT, journal).voices] == ["speech:mine:1"]
