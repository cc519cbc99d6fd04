"""Speech servers as one engine: the least loaded is asked, a lost one is left out until it is well again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from antifraud.errors import AntifraudError, EngineError
from antifraud.speech.engines import Candidate, Gender, SpeechFailed, Utterance
from antifraud.speech.engines.server_dialects import Answer, Dialect, Identity, OriginalDialect, OwnDialect
from antifraud.speech.engines.server_exchange import Busy, Exchange, Lost, Nobody, Unfit, shown
from antifraud.speech.voices.bank import read_bank
from antifraud.speech_config import SpeechConfig

log = logging.getLogger(__name__)

HEALTH_SECONDS = 2.0
OUTAGE_SECONDS = 120.0
"""So long may all servers be away; a server that restarts usually loads its model in less."""
BUSY_SECONDS = 900.0
"""So long may a batch wait while all servers are busy with the work of others."""
TRIES = 3
"""A batch that three servers were lost over is given up; design choices all."""
POLL_SECONDS = 0.2
NOBODY_SECONDS = 10.0
"""So long may nobody be at any address when the stage starts: a server listens before it loads its model, so a longer
wait helps against no mistake in an address."""
AHEAD = 1
"""Batches that wait at a server besides those it speaks, so that it never waits for the network."""


@dataclass(eq=False)
class _Server:
    address: str
    exchange: Exchange
    dialect: Dialect | None = None
    lanes: int = 1
    is_up: bool = False
    trouble: str = "not asked yet"
    away_since: float = 0.0
    rests_until: float = 0.0
    batches: int = 0
    utterances: int = 0

    def has_room(self) -> bool:
        return self.is_up and self.batches < self.lanes + AHEAD and time.monotonic() >= self.rests_until

    def take_out(self, why: str) -> None:
        if self.is_up:
            log.warning("speech server %s is left out: %s", shown(self.address), why)
            self.away_since = time.monotonic()
        self.is_up, self.trouble, self.dialect = False, why, None


class ServerEngine:
    """The servers of `synthesize.servers`; a `SpeechEngine`.

    A request is a whole batch, so that the same batch sounds the same whichever server speaks it.
    """

    name = "chattts-server"
    version = ""
    licence = ""
    sample_rate_hz = 24000
    batch_size = 1
    block_calls = 1

    def __init__(
        self,
        config: SpeechConfig,
        environment: Mapping[str, str],
        outage_seconds: float = OUTAGE_SECONDS,
    ) -> None:
        if not config.servers:
            raise EngineError("synthesize.servers is empty; expected addresses such as http://127.0.0.1:8006")
        token = _token(config.server_token_env, environment)
        self._servers = [_Server(address, Exchange(address, token)) for address in config.servers]
        self._config, self._outage_seconds = config, outage_seconds
        self._identity: Identity | None = None
        self._candidates: tuple[Candidate, ...] = ()
        self._changed = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Ask every server; those that are away may come later, if one is there.

        Raises:
            EngineError: none is there, the token is wrong, or two speak differently.
        """
        for server in self._servers:
            server.away_since = time.monotonic()
        while self._identity is None:
            is_anybody_there = False
            for server in self._servers:
                try:
                    await self._check(server)
                except Lost as exc:
                    is_anybody_there |= not isinstance(exc, Nobody)
                    if server.trouble != str(exc):
                        log.warning("speech server %s is away: %s", shown(server.address), exc)
                    server.take_out(str(exc))
            seconds = self._outage_seconds if is_anybody_there else min(NOBODY_SECONDS, self._outage_seconds)
            self._check_outage(seconds)
            await asyncio.sleep(0 if self._identity else POLL_SECONDS)
        self._watching = asyncio.create_task(self._watch())

    async def speak(self, batch: Sequence[Utterance], attempt: int = 0) -> list[Answer]:
        """Speak a batch at the least loaded server; at another one where that is lost."""
        if self._watching is None:
            raise EngineError("the engine chattts-server is not running; start it first")
        lost: list[str] = []
        deadline = time.monotonic() + BUSY_SECONDS
        while len(lost) < TRIES:
            async with self._borrowed(len(batch), deadline) as server:
                try:
                    return await _speak_at(server, batch, attempt)
                except Unfit as exc:
                    return [SpeechFailed(f"{shown(server.address)}: {exc}") for _ in batch]
                except Busy as exc:
                    server.rests_until = time.monotonic() + exc.rest_seconds
                except Lost as exc:
                    server.take_out(str(exc))
                    lost += [f"{shown(server.address)}: {exc}"] if exc.was_sent else []
        return [SpeechFailed(f"{TRIES} speech servers were lost over it, the last one {lost[-1]}") for _ in batch]

    async def close(self) -> None:
        """Stop asking; the servers go on for others."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._watching = None
        await asyncio.gather(*(server.exchange.close() for server in self._servers))

    def voices(self, gender: Gender) -> Sequence[Candidate]:
        return tuple(candidate for candidate in self._candidates if candidate.voice.gender == gender)

    async def _check(self, server: _Server) -> None:
        """Find out whether a server can be asked; the first one settles what all must be.

        Raises:
            Lost: not now.
            EngineError: it speaks differently, the token is wrong, or a voice bank is missing.
            RecordError: the voice bank cannot be read.
        """
        dialect = server.dialect or await self._meet(server)
        identity, server.lanes = await dialect.identity()
        if self._identity is None:
            self._candidates = await dialect.candidates()
            self._identity = identity
            self.version, self.licence = identity.version, identity.licence
            self.sample_rate_hz = identity.sample_rate_hz
            self.batch_size, self.block_calls = identity.batch_size, identity.block_calls
        if identity != self._identity:
            raise EngineError(
                f"the speech server {shown(server.address)} speaks with {identity}; expected {self._identity} as the"
                " others of synthesize.servers. Start the same engine with the same voices everywhere."
            )
        server.dialect, server.is_up = dialect, True
        self._changed.set()

    async def _meet(self, server: _Server) -> Dialect:
        """Find out how a server is asked: ours lists its voices, the original has no such address.

        Raises:
            Lost: it does not answer.
            EngineError: the token is wrong, or the server needs a voice bank and there is none.
            RecordError: the voice bank cannot be read.
        """
        exchange, config = server.exchange, self._config
        if (await exchange.get("/v1/voices")).status != 404:
            return OwnDialect(exchange, config.timeout_seconds)
        if config.voices is None:
            raise EngineError(
                f"the speech server {shown(server.address)} has no /v1/voices, as ChatTTS's example server, which knows"
                " no voices; set synthesize.voices to a bank that `antifraud voices build` made, or start"
                " `antifraud serve-tts` there."
            )
        return OriginalDialect(exchange, config.timeout_seconds, read_bank(config.voices))

    async def _watch(self) -> None:
        """Keep asking how the servers are; one that was lost and is as before takes part again."""
        while True:
            await asyncio.sleep(HEALTH_SECONDS)
            await asyncio.gather(*(self._recheck(server) for server in self._servers))

    async def _recheck(self, server: _Server) -> None:
        try:
            await self._check(server)
        except (Lost, AntifraudError) as exc:
            server.take_out(str(exc))

    @asynccontextmanager
    async def _borrowed(self, utterances: int, deadline: float) -> AsyncIterator[_Server]:
        server = await self._least_loaded(deadline)
        server.batches += 1
        server.utterances += utterances
        try:
            yield server
        finally:
            server.batches -= 1
            server.utterances -= utterances
            self._changed.set()

    async def _least_loaded(self, deadline: float) -> _Server:
        """Wait for a server with room, as `time.monotonic` counts.

        Raises:
            EngineError: all are away, or busy, for too long.
        """
        while not (free := [server for server in self._servers if server.has_room()]):
            self._check_outage(self._outage_seconds)
            if time.monotonic() > deadline:
                raise EngineError(f"no speech server had room in {BUSY_SECONDS:g} s; add to synthesize.servers.")
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), POLL_SECONDS)
        return min(free, key=lambda server: server.utterances)

    def _check_outage(self, most_seconds: float) -> None:
        """Give up when no server was there for longer than that.

        Raises:
            EngineError: that is so.
        """
        latest = max(server.away_since for server in self._servers)
        if any(server.is_up for server in self._servers) or time.monotonic() - latest < most_seconds:
            return
        told = "; ".join(f"{shown(server.address)}: {server.trouble}" for server in self._servers)
        raise EngineError(
            f"no speech server answered for {most_seconds:g} s ({told});"
            " start `antifraud serve-tts` there, or correct synthesize.servers."
        )


async def _speak_at(server: _Server, batch: Sequence[Utterance], attempt: int) -> list[Answer]:
    if server.dialect is None:
        raise Lost(server.trouble, was_sent=False)
    return await server.dialect.speak(batch, attempt)


def _token(name: str | None, environment: Mapping[str, str]) -> str | None:
    if name is None:
        return None
    if not environment.get(name):
        raise EngineError(f"synthesize.server_token_env names {name}, which is not set; put the servers' token there.")
    return environment[name]
