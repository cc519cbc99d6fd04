"""Chat, speech and transcription on the fake service, and odd servers that the fake is too well-behaved for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from antifraud.service_config import AsrServiceConfig, LlmConfig, TtsServiceConfig
from antifraud.services.chat import ChatModel, ChatRequest
from antifraud.services.journal import Journal
from antifraud.services.speech import SpeechModel
from antifraud.services.transcription import TranscriptionModel
from tests.fakes.client import FakeService
from tests.fakes.fixtures import fake_service, fake_service_process

__all__ = ["fake_service", "fake_service_process"]

KEY = "sk-Never-Shown-0123456789"
ENVIRONMENT = {"SILICONFLOW_API_KEY": KEY}

OpenChat = Callable[..., AbstractAsyncContextManager[ChatModel]]
OpenSpeech = Callable[..., AbstractAsyncContextManager[SpeechModel]]
OpenTranscription = Callable[..., AbstractAsyncContextManager[TranscriptionModel]]
Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


def question(number: int = 0, **changes: Any) -> ChatRequest:
    """Return a request that differs by its number."""
    messages = ({"role": "user", "content": f"第{number}通电话：喂，您好？"},)
    return ChatRequest(**{"messages": messages, **PLAIN, **changes})


PLAIN: dict[str, Any] = {"schema_name": "", "schema": None, "max_tokens": 100, "temperature": 0.5}


@pytest.fixture
def open_chat(fake_service: FakeService, tmp_path: Path) -> OpenChat:
    """Open a chat service on the fake one; settings of `llm` as keywords."""

    @asynccontextmanager
    async def opened(*, replay_only: bool = False, **settings: Any) -> AsyncIterator[ChatModel]:
        fast = {"base_url": fake_service.url, "model": "fake/chat", "timeout_seconds": 5}
        config = LlmConfig.model_validate({**fast, **settings})
        with Journal(tmp_path / "journal.sqlite", replay_only=replay_only) as journal:
            async with ChatModel.open(config, {} if replay_only else ENVIRONMENT, journal) as chat:
                yield chat

    return opened


@pytest.fixture
def open_speech(fake_service: FakeService, tmp_path: Path) -> OpenSpeech:
    """Open a speech service on the fake one; settings of `synthesize.service` as keywords."""

    @asynccontextmanager
    async def opened(*, replay_only: bool = False, key: str = KEY, **settings: Any) -> AsyncIterator[SpeechModel]:
        fast = {"base_url": fake_service.url, "model": "fake/voice", "timeout_seconds": 5}
        config = TtsServiceConfig.model_validate({**fast, **settings})
        with Journal(tmp_path / "speech.sqlite", replay_only=replay_only) as journal:
            environment = {} if replay_only else {"SILICONFLOW_API_KEY": key}
            async with SpeechModel.open(config, environment, journal) as speech:
                yield speech

    return opened


@pytest.fixture
def open_transcription(fake_service: FakeService, tmp_path: Path) -> OpenTranscription:
    """Open a transcription service on the fake one; settings of `synthesize.transcription` as keywords."""

    @asynccontextmanager
    async def opened(*, replay_only: bool = False, **settings: Any) -> AsyncIterator[TranscriptionModel]:
        fast = {"base_url": fake_service.url, "model": "fake/ears", "timeout_seconds": 5}
        config = AsrServiceConfig.model_validate({**fast, **settings})
        with Journal(tmp_path / "transcripts.sqlite", replay_only=replay_only) as journal:
            environment = {} if replay_only else ENVIRONMENT
            async with TranscriptionModel.open(config, environment, journal) as transcription:
                yield transcription

    return opened


@pytest.fixture
async def odd_service() -> AsyncIterator[Callable[[Handle], Awaitable[str]]]:
    """Start a server with one handler of the test's own; return its base URL."""
    servers = []

    async def start(handle: Handle) -> str:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return str(server.make_url("/v1"))

    yield start
    for server in servers:
        await server.close()
