"""A server on a socket, from its first connection to its graceful end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn

from antifraud.errors import UsageError
from antifraud.speech.server.app import create_app
from antifraud.speech.server.booth import Booth, Opening
from antifraud.speech.server.bounds import ServerSettings

BACKLOG = 1024
KEEP_ALIVE_SECONDS = 60
"""Longer than the pauses of a client between two batches."""


async def serve(opening: Opening, settings: ServerSettings, say: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT, then finish what runs and what waits, within `drain_seconds`.

    Args:
        say: called once with one line, when the engine is ready.

    Raises:
        UsageError: the address cannot be listened on.
        EngineError: the engine cannot start.
    """
    with listening_socket(settings.host, settings.port) as listener:
        app = create_app(opening, settings)
        booth: Booth = app.state.booth
        server = uvicorn.Server(_config(app, settings))
        watching = asyncio.create_task(_watch(booth, server, say, _address(listener)))
        try:
            with _signals_swallowed():
                await server.serve(sockets=[listener])
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    if booth.failure is not None:
        raise booth.failure


def _config(app: object, settings: ServerSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        lifespan="on",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, round(settings.drain_seconds)),
    )


async def _watch(booth: Booth, server: uvicorn.Server, say: Callable[[str], None], address: str) -> None:
    """Say that the engine is ready, or end a server whose engine is not."""
    await booth.settled.wait()
    if not booth.is_ready:
        server.should_exit = True
        return
    status = booth.status()
    say(f"{address} speaks with {status.engine} {status.version}. Ctrl-C ends it.")


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        UsageError: nobody can listen there.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        listener = socket.socket(family, kind)
    except OSError as exc:
        raise UsageError(f"--host {host} is no address to listen on: {exc}") from exc
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as exc:
        listener.close()
        raise UsageError(f"cannot listen on {host}, port {port}: {exc}; choose another --port, or 0.") from exc
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _signals_swallowed() -> Iterator[None]:
    """Keep uvicorn from raising the signals it caught once more: for a server they are a good end."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
