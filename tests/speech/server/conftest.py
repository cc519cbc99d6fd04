"""The application around a tone engine, asked without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

import httpx
import pytest

from antifraud.speech.engines import SpeechEngine
from antifraud.speech.server.app import create_app
from antifraud.speech.server.bounds import ServerSettings

from .tones import ToneEngine

Client = httpx.AsyncClient


@asynccontextmanager
async def client_of(engine: SpeechEngine, **settings: Any) -> AsyncIterator[Client]:
    """A client of a running application."""
    app = create_app(nullcontext(engine), ServerSettings(**{"lanes": 1} | settings))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://it") as client:
        await app.state.booth.settled.wait()
        yield client


@pytest.fixture
async def engine() -> ToneEngine:
    return ToneEngine()


@pytest.fixture
async def client(engine: ToneEngine) -> AsyncIterator[Client]:
    async with client_of(engine) as running:
        yield running
