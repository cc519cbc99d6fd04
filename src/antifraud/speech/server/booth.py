"""The engine while the server runs: opened beside the first requests, drained at the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Protocol, runtime_checkable

from fastapi import Depends, Request

from antifraud import __version__
from antifraud.errors import AntifraudError
from antifraud.speech.engines import SpeechEngine
from antifraud.speech.server.bounds import ServerSettings
from antifraud.speech.server.metrics import Metrics
from antifraud.speech.server.problems import not_ready
from antifraud.speech.server.queueing import Batcher
from antifraud.speech.server.replies import Status
from antifraud.speech.server.voicing import Cast

Opening = AbstractAsyncContextManager[SpeechEngine]
"""Starts an engine on the way in and ends it on the way out."""


@runtime_checkable
class HasDevice(Protocol):
    """What an engine also tells that can run on several kinds of device."""

    @property
    def device(self) -> str:
        """cuda, mps or cpu."""
        ...


@dataclass(frozen=True)
class Desk:
    """A started engine, its voices and the queue before it."""

    engine: SpeechEngine
    cast: Cast
    batcher: Batcher

    @property
    def spoke(self) -> str:
        """Name and version of what speaks, for the files."""
        return f"{self.engine.name} {self.engine.version}"


class Booth:
    """Everything the routes share."""

    def __init__(self, opening: Opening, settings: ServerSettings) -> None:
        self.settings, self.metrics = settings, Metrics()
        self.settled = asyncio.Event()
        """The engine has started, or failed to."""
        self.failure: AntifraudError | None = None
        self._opening, self._closing = opening, asyncio.Event()
        self._desk: Desk | None = None
        self._began = time.monotonic()
        self.metrics.watch(
            waiting=lambda: self._desk.batcher.waiting if self._desk else 0,
            running=lambda: self._desk.batcher.running if self._desk else 0,
            ready=lambda: float(self.is_ready),
        )

    @property
    def is_ready(self) -> bool:
        """Whether a request would be spoken."""
        return self._desk is not None and not self._closing.is_set() and self._desk.batcher.trouble is None

    def desk(self) -> Desk:
        """Return the engine and its queue.

        Raises:
            Refused: the engine is still starting, or the server is shutting down.
        """
        if self._closing.is_set():
            raise not_ready("the server is shutting down")
        if self._desk is None:
            raise not_ready("the engine is starting; try again later")
        return self._desk

    def status(self) -> Status:
        """Return what the server tells of itself.

        Raises:
            Refused: as `desk`.
        """
        desk = self.desk()
        engine, batcher = desk.engine, desk.batcher
        return Status(
            server=__version__,
            engine=engine.name,
            version=engine.version,
            licence=engine.licence,
            device=engine.device if isinstance(engine, HasDevice) else None,
            sample_rate_hz=engine.sample_rate_hz,
            batch_size=engine.batch_size,
            block_calls=engine.block_calls,
            lanes=self.settings.lanes,
            voices_sha256=desk.cast.sha256,
            sound=self.settings.sound,
            is_ready=self.is_ready,
            trouble=batcher.trouble,
            waiting=batcher.waiting,
            running=batcher.running,
            served=self.metrics.counted("spoken"),
            failed=self.metrics.counted("failed"),
            uptime_seconds=time.monotonic() - self._began,
        )

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Open the engine beside this block; at its end finish what waits, then end the engine."""
        keeper = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            self._closing.set()
            if not self.settled.is_set():
                keeper.cancel()
            await asyncio.wait([keeper])
            if not keeper.cancelled():
                keeper.result()

    async def _keep(self) -> None:
        try:
            async with self._opening as engine, self._batcher(engine) as batcher:
                self._desk = Desk(engine, Cast(engine), batcher)
                self.settled.set()
                await self._closing.wait()
                await batcher.drain(self.settings.drain_seconds)
        except AntifraudError as exc:
            self.failure = exc
        finally:
            self._desk = None
            self.settled.set()

    def _batcher(self, engine: SpeechEngine) -> Batcher:
        settings = self.settings
        return Batcher(engine, settings.lanes, settings.queue, settings.join_seconds, self.metrics)


def _booth(request: Request) -> Booth:
    booth: Booth = request.app.state.booth
    return booth


OpenBooth = Annotated[Booth, Depends(_booth)]
