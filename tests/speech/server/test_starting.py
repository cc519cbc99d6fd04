"""The moments at which there is no engine: before it has started, when it cannot start, after its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from antifraud.errors import AntifraudError, EngineError, RecordError
from antifraud.speech.engines import SpeechEngine
from antifraud.speech.server.app import create_app
from antifraud.speech.server.bounds import ServerSettings
from antifraud.speech.server.listening import serve

from .tones import ToneEngine


async def test_until_the_engine_has_started_everything_but_metrics_is_503() -> None:
    may_start, ended = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slow() -> AsyncIterator[SpeechEngine]:
        await may_start.wait()
        yield ToneEngine()
        ended.set()

    app = create_app(slow(), ServerSettings())
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://it") as client:
        async with app.router.lifespan_context(app):
            for path in ("/ready", "/status", "/v1/voices", "/v1/models"):
                response = await client.get(path)
                assert (response.status_code, response.json()["error"]["code"]) == (503, "not_ready")
            assert "antifraud_tts_ready 0.0" in (await client.get("/metrics")).text
            body = {"text": ["好。"]}
            assert (await client.post("/generate_voice", json=body)).status_code == 503
            may_start.set()
            await app.state.booth.settled.wait()
            assert (await client.get("/ready")).status_code == 200
            assert (await client.post("/generate_voice", json=body)).status_code == 200
        assert ended.is_set()
        assert (await client.get("/ready")).status_code == 503


async def test_a_server_that_ends_before_its_engine_has_started_does_not_wait_for_it() -> None:
    @asynccontextmanager
    async def never() -> AsyncIterator[SpeechEngine]:
        await asyncio.Event().wait()
        yield ToneEngine()

    app = create_app(never(), ServerSettings())
    async with asyncio.timeout(5), app.router.lifespan_context(app):
        await asyncio.sleep(0)


@pytest.mark.parametrize("error", [EngineError("no weights"), RecordError("bank.jsonl:1: no voice")])
async def test_an_engine_that_cannot_start_ends_the_server_with_its_reason(error: AntifraudError) -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[SpeechEngine]:
        raise error
        yield ToneEngine()

    said: list[str] = []
    with pytest.raises(type(error), match=str(error)):
        await serve(broken(), ServerSettings(port=0), said.append)
    assert said == []


async def test_an_engine_without_voices_is_one_clear_line() -> None:
    class Mute(ToneEngine):
        def voices(self, gender: str) -> tuple[()]:
            return ()

    @asynccontextmanager
    async def opening() -> AsyncIterator[SpeechEngine]:
        yield Mute()

    with pytest.raises(EngineError, match=r"offers no voices; set synthesize.voices"):
        await serve(opening(), ServerSettings(port=0), print)
