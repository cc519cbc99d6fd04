"""A bounded queue before the engine that joins the utterances of several requests into batches."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from antifraud.acoustics.wave import Wave
from antifraud.errors import EngineError
from antifraud.speech.engines import SpeechEngine, SpeechFailed, Utterance
from antifraud.speech.server.metrics import Metrics

Answer = Wave | SpeechFailed
LONGEST_RETRY_SECONDS = 60
NEWEST_SHARE = 0.2
"""Weight of the latest batch in the mean time of an utterance; a design choice."""


class QueueFull(Exception):
    """Come back later."""

    def __init__(self, waiting: int, limit: int, retry_after_seconds: int) -> None:
        super().__init__(f"{waiting} of at most {limit} utterances wait already; try again later")
        self.retry_after_seconds = retry_after_seconds


class Closing(Exception):
    """The server takes no more work."""

    def __init__(self) -> None:
        super().__init__("the server is shutting down")


@dataclass(eq=False)
class _Job:
    utterances: tuple[Utterance, ...]
    attempt: int
    is_alone: bool
    answer: asyncio.Future[list[Answer]] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Batcher:
    """Speaks what is asked for, in the order it came; use it in an `async with` block.

    Each lane speaks one batch at a time. Single utterances that wait are joined up to the engine's batch size; a job
    that is alone is a batch of its own. Work whose asker is gone is dropped while it waits.
    """

    def __init__(self, engine: SpeechEngine, lanes: int, limit: int, join_seconds: float, metrics: Metrics) -> None:
        self._engine, self._lanes, self._limit, self._join_seconds = engine, lanes, limit, join_seconds
        self._metrics = metrics
        self._waiting: deque[_Job] = deque()
        self._open: set[asyncio.Future[list[Answer]]] = set()
        self._arrived, self._forming = asyncio.Event(), asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._is_closing = False
        self._utterance_seconds = 0.0
        self.running = 0
        self.trouble: str | None = None
        """Why the engine spoke nothing of the last batch; None where it did."""

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._lane()) for _ in range(self._lanes)]
        for task in self._tasks:
            task.add_done_callback(self._ended)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closing = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def waiting(self) -> int:
        """Utterances in the queue."""
        return sum(len(job.utterances) for job in self._waiting)

    async def speak(self, utterances: Sequence[Utterance], attempt: int = 0, *, is_alone: bool) -> list[Answer]:
        """Return an answer for each utterance, in order.

        Args:
            is_alone: the utterances are batches of their own, never joined with others.

        Raises:
            QueueFull: there is no room for all of them.
            Closing: the server takes no more work, or stopped before this was spoken.
            EngineError: the engine spoke nothing of a batch.
        """
        if self._is_closing:
            raise Closing
        if self.waiting + len(utterances) > self._limit:
            self._metrics.count("refused", len(utterances))
            raise QueueFull(self.waiting, self._limit, self._retry_after_seconds())
        size = self._engine.batch_size if is_alone else 1
        parts = [tuple(utterances[first : first + size]) for first in range(0, len(utterances), size)]
        jobs = [_Job(part, attempt, is_alone) for part in parts]
        self._enqueue(jobs)
        try:
            answers = await asyncio.gather(*(job.answer for job in jobs))
        finally:
            self._drop(jobs)
        return [one for answer in answers for one in answer]

    async def drain(self, seconds: float) -> None:
        """Take no more work and wait for what there is."""
        self._is_closing = True
        if self._open:
            await asyncio.wait(self._open, timeout=seconds)

    def _enqueue(self, jobs: Sequence[_Job]) -> None:
        for job in jobs:
            self._open.add(job.answer)
            job.answer.add_done_callback(self._open.discard)
        self._waiting.extend(jobs)
        self._arrived.set()

    def _drop(self, jobs: Sequence[_Job]) -> None:
        """Forget those of the jobs that nobody has begun."""
        for job in jobs:
            job.answer.cancel()
        for job in [job for job in jobs if job in self._waiting]:
            self._waiting.remove(job)
            self._metrics.count("dropped", len(job.utterances))

    def _retry_after_seconds(self) -> int:
        expected = self.waiting * self._utterance_seconds / self._lanes
        return max(1, min(LONGEST_RETRY_SECONDS, math.ceil(expected)))

    async def _lane(self) -> None:
        while True:
            async with self._forming:
                batch = await self._next_batch()
            if batch:
                await self._speak(batch)

    async def _next_batch(self) -> list[_Job]:
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        if not self._waiting[0].is_alone and self._engine.batch_size > 1:
            await asyncio.sleep(self._join_seconds)
        if not self._waiting:
            return []
        first = self._waiting.popleft()
        if first.is_alone:
            return [first]
        others = [job for job in self._waiting if not job.is_alone][: self._engine.batch_size - 1]
        for job in others:
            self._waiting.remove(job)
        return [first, *others]

    async def _speak(self, batch: Sequence[_Job]) -> None:
        utterances = [utterance for job in batch for utterance in job.utterances]
        self.running += len(utterances)
        began = time.monotonic()
        try:
            answers = await self._engine.speak(utterances, batch[0].attempt)
        except EngineError as exc:
            self.trouble = str(exc)
            self._metrics.count("failed", len(utterances))
            _fail(batch, EngineError(str(exc)))
        else:
            self.trouble = None
            self._note(answers, time.monotonic() - began)
            _hand_out(batch, answers)
        finally:
            self.running -= len(utterances)
            _fail(batch, Closing())

    def _note(self, answers: Sequence[Answer], seconds: float) -> None:
        mean = seconds / len(answers)
        share = NEWEST_SHARE if self._utterance_seconds else 1.0
        self._utterance_seconds += share * (mean - self._utterance_seconds)
        waves = [answer for answer in answers if not isinstance(answer, SpeechFailed)]
        self._metrics.count("spoken", len(waves))
        self._metrics.count("failed", len(answers) - len(waves))
        self._metrics.batch(len(answers), seconds, sum(wave.size for wave in waves) / self._engine.sample_rate_hz)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A lane ends only with the server; where an error nobody foresaw ended it, refuse all work and say so."""
        if not task.cancelled() and (error := task.exception()) is not None:
            self._is_closing = True
            self.trouble = f"the queue broke down: {error!r}"
        if self._is_closing:
            _fail(list(self._waiting), Closing())


def _hand_out(batch: Sequence[_Job], answers: Sequence[Answer]) -> None:
    rest = iter(answers)
    for job in batch:
        own = [next(rest) for _ in job.utterances]
        if not job.answer.done():
            job.answer.set_result(own)


def _fail(batch: Sequence[_Job], error: Exception) -> None:
    for job in batch:
        if not job.answer.done():
            job.answer.set_exception(error)
