"""The transcription service over HTTP: what is uploaded, what counts as a transcript, what is kept."""

from __future__ import annotations

import asyncio
import io

import numpy as np
import pytest
import soundfile
from aiohttp import web

from antifraud.errors import BudgetReached, ServiceError, Unanswered
from antifraud.labels import Emotion
from antifraud.service_config import AsrServiceConfig
from antifraud.services.exchange import Usage
from antifraud.services.journal import Journal
from antifraud.services.speech_presets import TRANSCRIPTION_PRESETS
from antifraud.services.transcription import Timed, TranscriptionModel

from .conftest import KEY

TEXT = "您好，请问是陈女士吗？"
NAME = "fraud-000001.wav"


def sound(number: int = 0, seconds: float = 1.2, kind: str = "WAV") -> bytes:
    wave = np.random.default_rng(number).normal(0, 0.1, int(seconds * 16000))
    file = io.BytesIO()
    soundfile.write(file, wave, 16000, format=kind)
    return file.getvalue()


async def test_a_file_is_paid_once_and_then_comes_from_the_journal_whatever_it_is_called(
    open_transcription, fake_service
):
    fake_service.order(transcripts={"fraud-000001": TEXT})
    async with open_transcription(prices={"fake/ears": {"prompt": 1000.0}}) as ears:
        first = await ears.transcribe(sound(), NAME)
        again = await ears.transcribe(sound(), "other.wav")
        assert (first.text, first.model, first.usage, first.replayed) == (TEXT, "fake/ears", Usage(prompt=2), False)
        assert (again.text, again.model, again.usage, again.replayed) == (TEXT, "fake/ears", Usage(prompt=2), True)
        assert (ears.requests, ears.replayed, ears.cost) == (1, 1, pytest.approx(0.002))
    async with open_transcription(replay_only=True) as ears:
        assert (await ears.transcribe(sound(), NAME)).text == TEXT
        with pytest.raises(ServiceError, match="no answer to this request is recorded"):
            await ears.transcribe(sound(1), NAME)
    assert fake_service.stats()["by_kind"] == {"transcription": 1}


async def test_what_a_speech_service_said_is_heard_again(open_speech, open_transcription):
    async with open_speech() as speech:
        spoken = await speech.say(TEXT, "fake/voice:anna")
    async with open_transcription() as ears:
        assert (await ears.transcribe(spoken.audio, "call.wav")).text == TEXT


async def test_the_file_goes_up_as_it_is_with_its_name_and_the_fields_of_the_config(open_transcription, odd_service):
    seen = []

    async def handle(request: web.Request) -> web.Response:
        form = await request.post()
        part = form["file"]
        fields = {name: value for name, value in form.items() if name != "file"}
        seen.append((request.path, part.filename, part.content_type, part.file.read(), fields))
        return web.json_response({"text": TEXT})

    content = sound(kind="FLAC")
    async with open_transcription(base_url=await odd_service(handle), extra_fields={"language": "zh"}) as ears:
        await ears.transcribe(content, "call.flac")
    fields = {"model": "fake/ears", "language": "zh"}
    assert seen == [("/v1/audio/transcriptions", "call.flac", "audio/flac", content, fields)]


async def test_tags_of_sensevoice_are_no_part_of_the_text(open_transcription, fake_service):
    fake_service.order(transcripts=[TEXT], sensevoice_tags=True)
    async with open_transcription() as ears:
        assert (await ears.transcribe(sound(), NAME)).text == TEXT


@pytest.mark.parametrize(
    ("written", "text", "emotion", "events"),
    [
        ("<|zh|><|ANGRY|><|Speech|><|withitn|>你别再打了。", "你别再打了。", Emotion.ANGRY, ()),
        ("<|zh|><|HAPPY|><|Laughter|>好啊。", "好啊。", None, ("laughter",)),
        (
            "<|zh|><|NEUTRAL|><|BGM|>喂？ <|zh|><|SAD|><|Cry|>我的钱没了。",
            "喂？ 我的钱没了。",
            Emotion.SAD,
            ("bgm", "cry"),
        ),
        ("🎼你说什么？😮", "你说什么？", Emotion.SURPRISED, ("bgm",)),
        ("没有标记。", "没有标记。", None, ()),
    ],
)
async def test_emotion_and_events_are_read_from_the_tags_and_kept(
    written, text, emotion, events, open_transcription, fake_service
):
    fake_service.order(transcripts=[written])
    for _ in range(2):
        async with open_transcription() as ears:
            heard = await ears.transcribe(sound(), NAME)
            assert (heard.text, heard.emotion, heard.events) == (text, emotion, events)
    assert heard.replayed


async def test_times_are_kept_where_the_service_gives_them(open_transcription, odd_service):
    segments = [
        {"id": 0, "start": 0.1, "end": 0.6, "text": "您好，", "tokens": [1]},
        {"start": 0.7, "end": 1.1, "text": " "},
    ]

    async def handle(request: web.Request) -> web.Response:
        return web.json_response({"task": "transcribe", "text": "您好，", "segments": segments})

    url = await odd_service(handle)
    for _ in range(2):
        async with open_transcription(base_url=url, extra_fields={"response_format": "verbose_json"}) as ears:
            assert (await ears.transcribe(sound(), NAME)).segments == (Timed(0.1, 0.6, "您好，"),)


async def test_a_piece_without_words_is_an_answer_only_where_that_is_expected(open_transcription, fake_service):
    fake_service.order(transcripts={"cough": ""})
    async with open_transcription(attempts=1) as ears:
        with pytest.raises(Unanswered):
            await ears.transcribe(sound(), "cough.wav")
        assert (await ears.transcribe(sound(), "cough.wav", may_be_wordless=True)).text == ""


FAULTS = ("429", "500", "503", "drop", "cut", "error_200", "key_echo", "empty", "malformed_json", "wrong_schema")


@pytest.mark.parametrize("fault", FAULTS)
async def test_what_is_no_transcript_is_asked_for_again(open_transcription, fake_service, fault):
    fake_service.order(faults_first=[fault], transcripts={"fraud": TEXT})
    async with open_transcription() as ears:
        assert (await ears.transcribe(sound(), NAME)).text == TEXT
        assert ears.requests == 2 and ears.in_flight == 0


@pytest.mark.parametrize("body", [b"", b"null", b'{"text": 7}', b'{"text": "<|zh|><|nospeech|>"}', b'{"text": null}'])
async def test_a_200_without_a_word_is_no_answer(open_transcription, odd_service, body):
    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=body)

    async with open_transcription(base_url=await odd_service(handle), attempts=1) as ears:
        with pytest.raises(Unanswered, match="200 without an answer"):
            await ears.transcribe(sound(), NAME)


async def test_what_is_no_sound_file_or_too_large_is_not_sent(open_transcription, fake_service):
    async with open_transcription(max_file_seconds=2) as ears:
        with pytest.raises(Unanswered, match=r"fraud-000001\.wav: 4 bytes that are no sound file"):
            await ears.transcribe(b"MZ\x00\x00", NAME)
        with pytest.raises(Unanswered, match=r"at most .* \(synthesize\.transcription\.max_file_bytes, "):
            await ears.transcribe(sound(seconds=2.1), NAME)
    async with open_transcription(max_file_bytes=1000) as ears:
        with pytest.raises(Unanswered, match="at most 1000 bytes"):
            await ears.transcribe(sound(), NAME)
    assert fake_service.stats()["requests"] == 0


async def test_a_file_the_provider_finds_too_large_costs_one_record_and_not_the_run(open_transcription, odd_service):
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=413, text="Request Entity Too Large")

    async with open_transcription(base_url=await odd_service(handle)) as ears:
        with pytest.raises(Unanswered, match="413: Request Entity Too Large"):
            await ears.transcribe(sound(), NAME)
        assert ears.requests == 1


async def test_a_fallback_model_hears_in_its_turn(open_transcription, odd_service):
    asked = []

    async def handle(request: web.Request) -> web.Response:
        asked.append((await request.post())["model"])
        return web.json_response({"text": TEXT}, status=200 if asked[-1] == "second" else 503)

    settings = {"model": "first", "fallback_models": ["second"], "attempts": 1}
    async with open_transcription(base_url=await odd_service(handle), **settings) as ears:
        assert (await ears.transcribe(sound(), NAME)).model == "second"
        again = await ears.transcribe(sound(), NAME)
        assert (again.model, again.replayed) == ("second", True)
    assert asked == ["first", "second"]


async def test_no_key_is_one_line_that_says_how_to_go_without(tmp_path):
    said = r"^synthesize\.transcription is set and SILICONFLOW_API_KEY is not set; .* leave it out"
    with Journal(tmp_path / "journal.sqlite") as journal, pytest.raises(ServiceError, match=said):
        TranscriptionModel.open(AsrServiceConfig(), {}, journal)


async def test_nobody_there_names_the_setting(open_transcription):
    async with open_transcription(base_url="http://127.0.0.1:9/v1") as ears:
        with pytest.raises(ServiceError, match=r"nobody answers .*check synthesize\.transcription\.base_url"):
            await ears.transcribe(sound(), NAME)


async def test_an_echoed_key_is_in_no_transcript(open_transcription, odd_service, tmp_path):
    async def handle(request: web.Request) -> web.Response:
        return web.json_response({"text": f"好的{request.headers['Authorization']}"})

    async with open_transcription(base_url=await odd_service(handle)) as ears:
        assert (await ears.transcribe(sound(), NAME)).text == "好的Bearer [key]"
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.iterdir())


async def test_budget_and_concurrency_hold(open_transcription, fake_service):
    fake_service.order(transcripts=[TEXT] * 20, latency_ms=30)
    prices = {"fake/ears": {"prompt": 1e6}}
    async with open_transcription(concurrency=2, budget=11, prices=prices) as ears:
        asked = (ears.transcribe(sound(number), f"{number}.wav") for number in range(10))
        results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(result, BudgetReached) for result in results) == 5
    stats = fake_service.stats()
    assert (stats["answered"], stats["max_concurrent"]) == (5, 2)


def test_every_preset_of_the_config_is_known():
    assert TRANSCRIPTION_PRESETS.keys() == set(AsrServiceConfig.model_fields["preset"].annotation.__args__)
