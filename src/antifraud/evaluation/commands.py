"""A program under test: gets a line of JSON for each question on stdin, and gives one for each answer on stdout."""

from __future__ import annotations

import asyncio
import shlex
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from antifraud.errors import EngineError
from antifraud.evaluation.recordings import cut
from antifraud.evaluation.records import Finish, Given
from antifraud.evaluation.wording import question
from antifraud.records import Task
from antifraud.snapshot import Item

_LONGEST_LINE_BYTES: Final = 4_000_000
"""Of an answer, thinking and all; bounds what a program that runs wild takes. A design choice."""
_END_SECONDS: Final = 5.0
"""How long the program may take to end once its stdin is closed."""


class _Line(BaseModel):
    """An answer; `number` is that of its question, so that answers may come in any order."""

    model_config = ConfigDict(frozen=True)

    number: int
    raw: str | None
    finish: Finish = "stop"
    error: str | None = None
    reasoning: str | None = None
    prompt_tokens: int | None = Field(default=None, ge=0)
    audio_tokens: int | None = Field(default=None, ge=0)
    completion_tokens: int | None = Field(default=None, ge=0)


class CommandAnswers:
    """A `Model` that is a program, started once; use it in an `async with` block."""

    def __init__(self, name: str, command: str, folder: Path, *, timeout_seconds: float, is_binary: bool) -> None:
        self.name = name
        self._words, self._folder = shlex.split(command), folder.resolve()
        self._timeout_seconds, self._is_binary = timeout_seconds, is_binary
        self._waiting: dict[int, asyncio.Future[_Line]] = {}
        self._asked = 0
        self._failure: EngineError | None = None

    async def __aenter__(self) -> Self:
        self._beginnings = tempfile.TemporaryDirectory(prefix="antifraud-beginnings-")
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=_LONGEST_LINE_BYTES
            )
        except OSError as exc:
            self._beginnings.cleanup()
            raise EngineError(f"{self._words[0]}: cannot be started: {exc.strerror}; check --command.") from exc
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _END_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading
        self._beginnings.cleanup()

    async def answer(self, item: Item, task: Task, earlier: Sequence[Given], heard_seconds: float | None) -> Given:
        """Return the program's answer to one question; none in time is an answer with an error.

        Raises:
            EngineError: the program ended, or wrote something else than answers.
        """
        self._asked += 1
        number, started = self._asked, time.perf_counter()
        audio = await self._audio(item, heard_seconds, number)
        asked = {
            "number": number,
            "id": item.id,
            "task": task,
            "question": question(item, task, is_binary=self._is_binary),
            "audio": str(audio),
            "heard_seconds": heard_seconds,
            "label_set": item.label_set,
            "earlier": [{"task": each.task, "raw": each.raw} for each in earlier],
        }
        try:
            line = await self._exchange(number, orjson.dumps(asked) + b"\n")
        except TimeoutError:
            return Given(task=task, raw=None, finish="error", error=f"no answer in {self._timeout_seconds:g} s")
        finally:
            if heard_seconds is not None:
                audio.unlink(missing_ok=True)
        seconds = round(time.perf_counter() - started, 3)
        return Given(task=task, latency_seconds=seconds, **line.model_dump(exclude={"number"}))

    async def _audio(self, item: Item, heard_seconds: float | None, number: int) -> Path:
        """Return the file of a call; of a beginning one that is cut there and goes when it has been answered."""
        whole = self._folder / item.audio
        if heard_seconds is None:
            return whole
        beginning = Path(self._beginnings.name, f"{item.id}-{number}.wav")
        await asyncio.to_thread(lambda: beginning.write_bytes(cut(whole, heard_seconds, "wav")))
        return beginning

    async def _exchange(self, number: int, line: bytes) -> _Line:
        if self._failure or self._process.stdin is None:
            raise self._failure or self._stopped("has no stdin")
        waiting: asyncio.Future[_Line] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            async with asyncio.timeout(self._timeout_seconds):
                with suppress(ConnectionError):  # it ended: whoever reads its stdout says so
                    self._process.stdin.write(line)
                    await self._process.stdin.drain()
                return await waiting
        finally:
            self._waiting.pop(number, None)

    async def _read(self) -> None:
        """Hand answers to those who wait for them, until the program closes its stdout."""
        if self._process.stdout is None:
            return
        failure = "ended before it had answered"
        try:
            async for text in self._process.stdout:
                line = _Line.model_validate_json(text)
                if (waiting := self._waiting.get(line.number)) is not None and not waiting.done():
                    waiting.set_result(line)
        except ValidationError:
            failure = f"wrote {text[:80]!r}, expected a line {{number, raw}}"
        except ValueError:
            failure = f"wrote a line above {_LONGEST_LINE_BYTES:,} bytes"
        self._failure = self._stopped(failure)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(self._failure)

    def _stopped(self, why: str) -> EngineError:
        return EngineError(f"{shlex.join(self._words)}: {why}; see its stderr. What was answered is kept.")
