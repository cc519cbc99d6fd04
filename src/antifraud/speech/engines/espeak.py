"""espeak-ng behind a pool of worker processes: a worker may die at any time, an utterance is tried again."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from antifraud.errors import EngineError
from antifraud.records import Voice
from antifraud.speech.engines import Candidate, Gender, SpeechFailed
from antifraud.speech.engines.espeak_voices import ENGINE, NAMES, candidates

WORKER = Path(__file__).with_name("espeak_worker.py")
TRIES = 3
BYTES_PER_SAMPLE = 2
FULL_SCALE = 32768.0
START_SECONDS = 30.0
"""Longest wait for a worker to load the library; 0.2 s is usual."""
GRACE_SECONDS = 2.0
"""The worker ends a hanging utterance by itself; this much later it is taken for hanging too."""
ENGLISH_ARTICLE = re.compile(r"(?<![A-Za-z])A(?= [A-Za-z])")
"""espeak-ng takes the first letter of A P P for the English article; Mandarin names that letter 诶."""

Request = dict[str, Any]
Reply = dict[str, Any]
Process = asyncio.subprocess.Process


class WorkerDied(Exception):
    """The process ended, fell silent or lost its utterance; another try may succeed."""


class EspeakEngine:
    """A pool of espeak-ng processes; a `SpeechEngine`."""

    name = ENGINE
    licence = "GPL-3.0-or-later"
    sample_rate_hz = 22050
    version = ""

    def __init__(self, workers: int, timeout_seconds: float) -> None:
        self._count, self._timeout_seconds = workers, timeout_seconds
        self._workers: list[_Worker] = []
        self._idle: asyncio.Queue[_Worker] | None = None

    async def start(self) -> None:
        if importlib.util.find_spec("espeakng_loader") is None:
            raise EngineError("espeak engine is not installed: pip install 'antifraud[espeak]'")
        self._workers = [_Worker(self._timeout_seconds) for _ in range(self._count)]
        try:
            self._check(await self._workers[0].start())
        except WorkerDied as exc:
            raise EngineError(f"the espeak engine cannot start: {exc}") from exc
        self._idle = asyncio.Queue()
        for worker in self._workers:
            self._idle.put_nowait(worker)

    def _check(self, hello: Reply) -> None:
        """Refuse an espeak-ng that would draw other voices than the same config draws elsewhere."""
        missing = sorted(NAMES - set(hello["voices"]))
        if missing or hello["sample_rate_hz"] != self.sample_rate_hz:
            raise EngineError(
                f"espeak-ng {hello['version']} speaks at {hello['sample_rate_hz']} Hz and lacks"
                f" {', '.join(missing) or 'no voice'}; expected {self.sample_rate_hz} Hz and every voice of"
                " espeak_voices.py. Run: pip install espeakng-loader==0.2.4"
            )
        self.version = hello["version"]

    async def speak(self, text: str, voice: Voice) -> NDArray[np.float32]:
        idle = self._idle
        if idle is None:
            raise EngineError("the espeak engine is not running; start it first")
        text = ENGLISH_ARTICLE.sub("诶", text)
        request = {"text": text, "voice": voice.name, "rate": round(voice.rate), "pitch": round(voice.pitch)}
        worker = await idle.get()
        try:
            samples = await _persist(worker, request)
        finally:
            idle.put_nowait(worker)
        return np.frombuffer(samples, dtype="<i2").astype(np.float32) / np.float32(FULL_SCALE)

    async def close(self) -> None:
        self._idle = None
        await asyncio.gather(*(worker.end() for worker in self._workers))

    def voices(self, gender: Gender) -> Sequence[Candidate]:
        return tuple(candidate for candidate in candidates(self.version) if candidate.voice.gender == gender)


async def _persist(worker: _Worker, request: Request) -> bytes:
    failure = WorkerDied("not tried")
    for _ in range(TRIES):
        try:
            return await worker.ask(request)
        except WorkerDied as exc:
            failure = exc
    raise SpeechFailed(f"espeak: {failure}, {TRIES} times in a row") from failure


class _Worker:
    """One process, started when it is first needed and again after it died."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._process: asyncio.subprocess.Process | None = None
        self._killed: list[Process] = []
        self._ended = False

    async def start(self) -> Reply:
        """Start the process and return what it says of itself.

        Raises:
            WorkerDied: it ended, or said why it cannot work.
        """
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(WORKER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        head, _ = await self._guarded(self._process, None, START_SECONDS)
        if "failed" in head:
            raise WorkerDied(head["failed"])
        return head

    async def ask(self, request: Request) -> bytes:
        """Return the samples of an utterance.

        Raises:
            SpeechFailed: the worker refuses the request.
            WorkerDied: it may succeed another time.
        """
        if self._ended:
            raise EngineError("the espeak engine was closed while it spoke")
        if self._process is None:
            await self.start()
        if self._process is None:
            raise WorkerDied("the process was not started")
        request = request | {"seconds": self._timeout_seconds}
        head, samples = await self._guarded(self._process, request, self._timeout_seconds + GRACE_SECONDS)
        if "refused" in head:
            raise SpeechFailed(f"espeak: {head['refused']}")
        if "failed" in head:
            raise WorkerDied(head["failed"])
        return samples

    async def end(self) -> None:
        """Let the process end by closing its stdin; kill it when it does not."""
        self._ended = True
        processes = [*self._killed, *([self._process] if self._process is not None else [])]
        self._killed, self._process = [], None
        for process in processes:
            await _bury(process)

    async def _guarded(self, process: Process, request: Request | None, seconds: float) -> tuple[Reply, bytes]:
        """Exchange a request for a reply; whatever interrupts that kills the worker, for it is out of step.

        A killed process is waited for at the end: to wait here, a second cancellation could break off.
        """
        try:
            async with asyncio.timeout(seconds):
                return await _exchange(process, request)
        except BaseException as exc:
            self._process = None
            if process.returncode is None:
                process.kill()
            self._killed.append(process)
            if isinstance(exc, TimeoutError):
                raise WorkerDied(f"no answer within {seconds:g} s") from exc
            raise


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
        return head, await process.stdout.readexactly(BYTES_PER_SAMPLE * head.get("samples", 0))
    except (ConnectionError, asyncio.IncompleteReadError) as exc:
        raise WorkerDied("the process ended in mid-sentence") from exc
