"""A pool of worker processes that speak: any may die at any time, what it was asked is asked again.

A worker reads one JSON object a line on its stdin and answers with one JSON line on its stdout, followed by as many
bytes as `bytes` in that line says. Before its first answer it says hello, in the same form. {"refused": why} answers
what can never be done, {"failed": why} what might be done another time; it ends when its stdin does.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from antifraud.errors import EngineError
from antifraud.speech.engines import SpeechFailed

TRIES = 3
"""Deaths in a row over one request before it is given up."""
GRACE_SECONDS = 2.0
"""How long a process may take to end after its stdin did."""
_LONGEST_LINE = 2**24
"""Bytes; what asyncio allows by itself, 64 KiB, is less than a bank of voices needs."""
_LAST_WORDS = 4096
"""Bytes at the end of a dead worker's stderr in which its last line is looked for."""

Request = dict[str, Any]
Reply = dict[str, Any]
Process = asyncio.subprocess.Process


class WorkerDied(Exception):
    """The process ended, fell silent or lost its request; another try may succeed."""


class NotStarted(WorkerDied):
    """The process did not come as far as to say hello."""


@dataclass(frozen=True)
class Launch:
    """How a worker is started."""

    command: Sequence[str]
    environment: Mapping[str, str] | None = None
    """None for the parent's own."""
    opening: Request | None = None
    """Sent before the worker says hello."""
    seconds: float = 30.0
    """Longest wait for its hello."""


class WorkerPool:
    """Workers of one kind, all saying the same hello; any of them can answer any request."""

    def __init__(self, name: str, launches: Sequence[Launch]) -> None:
        """Take the engine's name, for its errors, and how each worker is started."""
        self._name = name
        self._workers = [_Worker(launch) for launch in launches]
        self._idle: asyncio.Queue[_Worker] | None = None
        self._hello: Reply | None = None
        self._asking: set[asyncio.Task[tuple[Reply, bytes]]] = set()

    async def start(self) -> Reply:
        """Start one worker and return its hello; the others are started when they are needed.

        Raises:
            EngineError: it cannot start.
        """
        try:
            hello = await self._workers[0].start()
        except WorkerDied as exc:
            await self.close()
            raise EngineError(f"the {self._name} engine cannot start: {exc}") from exc
        self._hello, self._idle = hello, asyncio.Queue()
        for worker in self._workers:
            self._idle.put_nowait(worker)
        return hello

    async def ask(self, request: Request, seconds: float) -> tuple[Reply, bytes]:
        """Return a worker's reply to a request and the bytes that follow it.

        Args:
            seconds: longest wait for it, once a worker is free.

        Raises:
            SpeechFailed: the worker refuses it, or several died over it.
            EngineError: the pool is not running, or its workers start no more.
        """
        if self._idle is None:
            raise EngineError(f"the {self._name} engine is not running; start it first")
        task = asyncio.create_task(self._ask_idle(self._idle, request, seconds))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)
        try:
            return await task
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None and current.cancelling():
                raise
            raise EngineError(f"the {self._name} engine was closed while it spoke") from None

    async def _ask_idle(self, idle: asyncio.Queue[_Worker], request: Request, seconds: float) -> tuple[Reply, bytes]:
        worker = await idle.get()
        try:
            return await self._persist(worker, request, seconds)
        finally:
            idle.put_nowait(worker)

    async def _persist(self, worker: _Worker, request: Request, seconds: float) -> tuple[Reply, bytes]:
        failure = WorkerDied("not tried")
        for _ in range(TRIES):
            try:
                if not worker.is_running:
                    self._compare(await worker.start())
                head, payload = await worker.exchange(request, seconds)
            except WorkerDied as exc:
                failure = exc
                continue
            if "refused" in head:
                raise SpeechFailed(f"{self._name}: {head['refused']}")
            if "failed" not in head:
                return head, payload
            failure = WorkerDied(head["failed"])
        if isinstance(failure, NotStarted):
            raise EngineError(f"the {self._name} engine starts no more: {failure}") from failure
        raise SpeechFailed(f"{self._name}: {failure}, {TRIES} times in a row") from failure

    def _compare(self, hello: Reply) -> None:
        """Refuse a worker that would speak unlike the others."""
        if hello != self._hello:
            raise EngineError(
                f"a new {self._name} worker says {hello}, the first said {self._hello}."
                " Run again: what it is made of changed while it ran."
            )

    async def close(self) -> None:
        """End every process and wait for it; whoever still asks gets an `EngineError`. May be called twice."""
        self._idle = None
        asking = list(self._asking)
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._workers))


class _Worker:
    """One process, which may be started again after it died."""

    def __init__(self, launch: Launch) -> None:
        self._launch = launch
        self._process: Process | None = None
        self._stderr: IO[bytes] | None = None
        self._killed: list[Process] = []

    @property
    def is_running(self) -> bool:
        return self._process is not None

    async def start(self) -> Reply:
        """Start the process and return its hello.

        Raises:
            NotStarted: it ended, fell silent, or said why it cannot work.
        """
        if self._stderr is not None:
            self._stderr.close()
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115  # closed when the worker ends
        self._process = await asyncio.create_subprocess_exec(
            *self._launch.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._stderr,
            env=self._launch.environment,
            limit=_LONGEST_LINE,
        )
        process = self._process
        try:
            head, _ = await self._guarded(process, self._launch.opening, self._launch.seconds)
        except WorkerDied as exc:
            raise NotStarted(str(exc)) from exc
        if "failed" in head:
            self._give_up(process)
            raise NotStarted(head["failed"])
        return head

    async def exchange(self, request: Request, seconds: float) -> tuple[Reply, bytes]:
        """Return the reply to a request.

        Raises:
            WorkerDied: there is none.
        """
        if self._process is None:
            raise WorkerDied("the process was not started")
        return await self._guarded(self._process, request, seconds)

    async def end(self) -> None:
        """Let the process end by closing its stdin; kill it when it does not."""
        processes = [*self._killed, *([self._process] if self._process is not None else [])]
        self._killed, self._process = [], None
        for process in processes:
            await _bury(process)
        if self._stderr is not None:
            self._stderr.close()
            self._stderr = None

    async def _guarded(self, process: Process, request: Request | None, seconds: float) -> tuple[Reply, bytes]:
        """Exchange a request for a reply; whatever interrupts that kills the worker, for it is out of step.

        A killed process is waited for at the end: to wait here, a second cancellation could break off.
        """
        try:
            async with asyncio.timeout(seconds):
                return await _exchange(process, request)
        except BaseException as exc:
            self._give_up(process)
            if isinstance(exc, TimeoutError):
                raise WorkerDied(f"no answer within {seconds:g} s") from exc
            if isinstance(exc, WorkerDied) and (words := self._last_words()):
                raise WorkerDied(f"{exc}: {words}") from exc
            raise

    def _give_up(self, process: Process) -> None:
        self._process = None
        if process.returncode is None:
            process.kill()
        self._killed.append(process)

    def _last_words(self) -> str:
        """Return the last line the process wrote to its stderr; empty where there is none."""
        if self._stderr is None:
            return ""
        size = self._stderr.seek(0, 2)
        self._stderr.seek(max(0, size - _LAST_WORDS))
        lines = self._stderr.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


async def _bury(process: Process) -> None:
    """Close the stdin of a process, read the rest of its stdout and wait for its end; kill it when it hangs.

    A pipe that is not read to its end would keep asyncio waiting for a process that is gone.
    """
    if process.stdin is not None:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.communicate(), GRACE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.communicate()


async def _exchange(process: Process, request: Request | None) -> tuple[Reply, bytes]:
    if process.stdin is None or process.stdout is None:
        raise WorkerDied("the process has no pipes")
    try:
        if request is not None:
            process.stdin.write(json.dumps(request).encode() + b"\n")
            await process.stdin.drain()
        line = await process.stdout.readline()
        if not line.endswith(b"\n"):
            raise WorkerDied("the process ended")
        head: Reply = json.loads(line)
        return head, await process.stdout.readexactly(head.get("bytes", 0))
    except (ConnectionError, asyncio.IncompleteReadError) as exc:
        raise WorkerDied("the process ended in mid-sentence") from exc
