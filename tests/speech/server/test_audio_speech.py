"""/v1/audio/speech as OpenAI's clients use it, and the routes that tell."""

from __future__ import annotations

import io
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from prometheus_client.parser import text_string_to_metric_families

from .conftest import Client, client_of
from .tones import RATE_HZ, ToneEngine

TEXT = "您好，再见。"
TOKEN = "a-secret"
SECONDS = len(TEXT) * 0.05


async def say(client: Client, **fields: Any) -> httpx.Response:
    return await client.post("/v1/audio/speech", json={"model": "tone", "input": TEXT, "voice": "high"} | fields)


@pytest.mark.parametrize(
    ("form", "media_type", "container"),
    [
        ("mp3", "audio/mpeg", "MP3"),
        ("wav", "audio/wav", "WAV"),
        ("flac", "audio/flac", "FLAC"),
        ("opus", "audio/ogg", "OGG"),
    ],
)
async def test_speech_comes_in_the_format_asked_for(client: Client, form: str, media_type: str, container: str) -> None:
    response = await say(client, response_format=form)
    assert (response.status_code, response.headers["content-type"]) == (200, media_type)
    assert b"synthetic speech; antifraud" in response.content
    with soundfile.SoundFile(io.BytesIO(response.content)) as file:
        assert (file.format, file.samplerate, file.channels) == (container, RATE_HZ, 1)
        wave = file.read(dtype="float32")
    assert abs(len(wave) / RATE_HZ - SECONDS) < 0.1
    assert 0.4 < np.abs(wave).max() < 0.7


async def test_pcm_is_16_bit_at_24_khz_and_mp3_is_the_default(client: Client) -> None:
    response = await say(client, response_format="pcm")
    samples = np.frombuffer(response.content, "<i2")
    assert len(samples) == round(SECONDS * 24000)
    assert abs(int(np.abs(samples).max()) - 16384) < 20
    assert (await say(client)).headers["content-type"] == "audio/mpeg"


async def test_speed_changes_the_rate_within_what_the_engine_can(client: Client, engine: ToneEngine) -> None:
    for speed in (0.25, 1, 1.1, 4.0):
        assert (await say(client, speed=speed)).status_code == 200
    rates = [batch[0].voice.rate for batch in engine.batches]
    assert rates == sorted(rates)
    assert rates[1] == 5
    assert 0 < rates[0] < 1
    assert rates[2:] == pytest.approx([7, 9])


@pytest.mark.parametrize(
    ("fields", "status", "param"),
    [
        ({"voice": "alloy"}, 422, "voice"),
        ({"model": "tts-1"}, 404, "model"),
        ({"speed": 4.5}, 422, "speed"),
        ({"response_format": "aac"}, 422, "response_format"),
        ({"input": ""}, 422, "input"),
        ({"input": "！！！"}, 422, "input"),
        ({"input": 5}, 422, "input"),
        ({"stream_format": "sse"}, 422, "stream_format"),
    ],
)
async def test_errors_have_openais_shape(client: Client, fields: dict[str, Any], status: int, param: str) -> None:
    response = await say(client, **fields)
    assert response.status_code == status
    error = response.json()["error"]
    assert (error["type"], error["param"]) == ("invalid_request_error", param)
    assert error["message"]


async def test_a_body_that_is_no_json_and_a_path_that_is_none_are_errors_of_the_same_shape(client: Client) -> None:
    for response in (
        await client.post("/v1/audio/speech", content=b"{", headers={"content-type": "application/json"}),
        await client.get("/v1/nothing"),
        await client.get("/generate_voice"),
    ):
        assert response.status_code in (404, 405, 422)
        assert set(response.json()["error"]) == {"message", "type", "param", "code"}


async def test_a_text_with_half_a_character_is_refused(client: Client) -> None:
    body = b'{"model": "tone", "voice": "high", "input": "\\ud800"}'
    response = await client.post("/v1/audio/speech", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422


async def test_an_engine_that_gives_up_is_a_500_and_the_server_is_not_ready_until_it_speaks(client: Client) -> None:
    response = await say(client, input="死了。")
    assert (response.status_code, response.json()["error"]["code"]) == (500, "engine_failed")
    assert (await client.get("/ready")).status_code == 503
    status = (await client.get("/status")).json()
    assert (status["is_ready"], status["trouble"]) == (False, "tone: no sound at all")
    await say(client)
    assert (await client.get("/ready")).json() == {"status": "ready"}


async def test_voices_and_models_are_listed(client: Client) -> None:
    voices = (await client.get("/v1/voices")).json()["voices"]
    assert [(voice["name"], voice["gender"]) for voice in voices] == [
        ("low", "男"),
        ("deep", "男"),
        ("high", "女"),
        ("bright", "女"),
    ]
    assert (voices[0]["youngest"], voices[0]["oldest"]) == (18, 70)
    assert [model["id"] for model in (await client.get("/v1/models")).json()["data"]] == ["tone"]


async def test_status_and_metrics_count_what_was_spoken_and_what_failed(client: Client) -> None:
    await say(client)
    await say(client, input="坏。")
    status = (await client.get("/status")).json()
    assert (status["engine"], status["version"], status["batch_size"], status["device"]) == ("tone", "1", 4, None)
    assert (status["served"], status["failed"], status["waiting"], status["running"]) == (1, 1, 0, 0)
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    samples = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }
    assert samples["antifraud_tts_utterances_total", "spoken"] == 1
    assert samples["antifraud_tts_utterances_total", "failed"] == 1
    assert samples["antifraud_tts_batch_utterances_count",] == 2
    assert samples["antifraud_tts_ready",] == 1
    assert abs(samples["antifraud_tts_audio_seconds_total",] - SECONDS) < 1e-6


async def test_the_token_is_asked_of_everything_but_ready(engine: ToneEngine) -> None:
    async with client_of(engine, token=TOKEN) as client:
        assert (await client.get("/ready")).status_code == 200
        for path in ("/status", "/metrics", "/v1/voices", "/v1/models", "/openapi.json", "/nothing"):
            refused = await client.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"] == "Bearer"
        for wrong in ("Bearer a-secre", "Bearer a-secret-", "Basic a-secret", "a-secret", "Bearer ¿"):
            headers = [(b"authorization", wrong.encode())]
            assert (await client.get("/status", headers=headers)).status_code == 401
        assert (await say(client)).status_code == 401
        client.headers["authorization"] = "Bearer a-secret"
        assert (await client.get("/status")).status_code == 200
        assert (await say(client)).status_code == 200
    assert len(engine.batches) == 1
