"""Speaks the calls of a stage with one engine: batches formed from the plan, gates on every utterance, second tries.

What a batch holds follows from the order of the dialogues alone, never from who finished first: calls are taken in
blocks, the utterances of a block are sorted by length and cut into batches. A call that is done already keeps its
place in them, so that a resumed run speaks the very same batches.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Self, TypeVar

from threadpoolctl import threadpool_limits

from antifraud.acoustics.wave import Wave
from antifraud.records import Dialogue
from antifraud.services.speech import SpeechModel
from antifraud.services.transcription import TranscriptionModel
from antifraud.speech.engines import GENDERS, Candidate, SpeechEngine, SpeechFailed, Utterance
from antifraud.speech.engines.openai_speech import OpenAISpeechEngine
from antifraud.speech.gates.faults import utterance_faults
from antifraud.speech.gates.figures import UtteranceFigures, measure_utterance
from antifraud.speech.script import Script, write_script
from antifraud.speech.voices.reserves import Reserve, Reserves
from antifraud.speech_config import SpeechConfig
from antifraud.store.manifest import dump_json

Result = TypeVar("Result")
Place = tuple[int, int]
"""Which call of a block, and which of its turns."""


class BadAudio(Exception):
    """What was spoken cannot make a call."""


class Unspeakable(Exception):
    """Nobody could say what a turn holds."""


@dataclass(frozen=True)
class Booking:
    """A dialogue and its place in a block; what the stage takes as a record."""

    dialogue: Dialogue
    reserve: Reserve | None
    block: Block
    position: int

    @property
    def id(self) -> str:
        return self.dialogue.id


@dataclass(frozen=True)
class Spoken:
    """Every turn of a call as the engine spoke it and the gates passed it."""

    script: Script
    waves: tuple[Wave, ...]
    """At the engine's rate."""
    figures: tuple[UtteranceFigures, ...]
    respoken: int


class Studio:
    """A running engine with everything that is being spoken; use it in an `async with` block."""

    def __init__(
        self,
        engine: SpeechEngine,
        config: SpeechConfig,
        reserves: Reserves,
        babble: Wave | None = None,
        transcriber: TranscriptionModel | None = None,
    ) -> None:
        self.engine, self.config = engine, config
        self.babble = babble
        """What is murmured behind the speakers, at the rate of the calls."""
        self.transcriber = transcriber
        self._reserves = reserves
        self._candidates = [candidate for gender in GENDERS for candidate in engine.voices(gender)]
        self._tasks: set[asyncio.Task[Any]] = set()
        # as many threads as cores: more would work on more calls at once, in more memory, and be no faster
        self._threads = ThreadPoolExecutor(len(os.sched_getaffinity(0)), "studio")

    async def __aenter__(self) -> Self:
        # every core has a thread of ours; those of BLAS would only spin beside them, a sixth of all CPU time
        self._blas = threadpool_limits(1, user_api="blas")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._threads.shutdown(cancel_futures=True)
        self._blas.restore_original_limits()

    async def compute(self, function: Callable[..., Result], *arguments: Any) -> Result:
        """Return what a function returns that keeps a core busy, without keeping the others from working."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    def bill(self) -> str:
        """Return what the services of this studio have cost, in a few words; empty where none is paid."""
        paid = [(self.speaker, "bytes spoken"), (self.transcriber, "seconds heard")]
        told = [
            f"{model.spent.prompt:,} {unit}, {model.cost:.2f} {model.config.currency}, {model.replayed:,} replayed"
            for model, unit in paid
            if model is not None
        ]
        return "; ".join(told)

    @property
    def speaker(self) -> SpeechModel | None:
        """The paid service that speaks, if one does."""
        return self.engine.model if isinstance(self.engine, OpenAISpeechEngine) else None

    def settings(self) -> dict[str, Any]:
        """Return what decides the bytes of the calls: the config without where and how fast, engine and voices."""
        voices = [asdict(candidate) | {"voice": candidate.voice.model_dump()} for candidate in self._candidates]
        return {
            "synthesize": self.config.portable(),
            "engine": f"{self.engine.name} {self.engine.version}",
            "voices": hashlib.sha256(dump_json(voices)).hexdigest(),
            "kept_for_benchmark": self._reserves.share if self._reserves.parted else None,
        }

    def book(self, dialogues: Iterable[Dialogue]) -> Iterator[Booking]:
        """Yield the dialogues with their places, reading one block ahead at most."""
        reserved = self._reserves.assign(dialogues)
        while members := list(islice(reserved, self.engine.block_calls)):
            block = Block(self, members)
            for position, (dialogue, reserve) in enumerate(members):
                yield Booking(dialogue, reserve, block, position)

    async def speak(self, booking: Booking) -> Spoken:
        """Return a call as it is spoken.

        Raises:
            Unspeakable: its text cannot be said.
            SpeechFailed: the engine could not speak a turn in all attempts.
            BadAudio: a turn failed the gates in all attempts.
            EngineError: the engine stopped working.
        """
        return await booking.block.spoken(booking.position)

    def candidates(self, reserve: Reserve | None) -> list[Candidate]:
        """Return the voices that a call may be spoken with."""
        return self._reserves.open_to(reserve, self._candidates)

    def begin(self, work: Any) -> asyncio.Task[Any]:
        """Start work that several calls wait for; it ends with the studio."""
        task: asyncio.Task[Any] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # those who wait for it get it; where nobody waits any more, nobody needs it


class Block:
    """Calls whose utterances are batched together; nothing is spoken before a call of the block is asked for."""

    def __init__(self, studio: Studio, members: Sequence[tuple[Dialogue, Reserve | None]]) -> None:
        self._studio, self._members = studio, members
        self._scripts: asyncio.Task[list[Script]] | None = None
        self._batches: dict[int, asyncio.Task[list[Wave | SpeechFailed | None]]] = {}
        self._batch_of: dict[Place, tuple[int, int]] = {}
        """For each place the number of its batch and its row there."""
        self._rows: list[list[Place]] = []

    async def spoken(self, position: int) -> Spoken:
        """Return one call of the block; see `Studio.speak`."""
        if self._scripts is None:
            self._scripts = self._studio.begin(self._studio.compute(self._plan))
        scripts = await asyncio.shield(self._scripts)
        script = scripts[position]
        if script.unspeakable:
            raise Unspeakable(script.unspeakable)
        turns = [asyncio.ensure_future(self._turn(scripts, (position, turn))) for turn in range(len(script.utterances))]
        try:
            # in their order: of several turns that fail, the first is the one that is told
            results = [await turn for turn in turns]
        finally:
            for task in turns:
                task.cancel()
            await asyncio.gather(*turns, return_exceptions=True)
        waves, figures, tries = zip(*results, strict=True)
        return Spoken(script, waves, figures, respoken=sum(attempt > 0 for attempt in tries))

    def _plan(self) -> list[Script]:
        """Write the scripts and cut their utterances into batches, short ones first."""
        limit = self._studio.config.max_turn_characters
        scripts = [
            write_script(dialogue, self._studio.candidates(reserve), limit) for dialogue, reserve in self._members
        ]
        places = [
            (len(utterance.text), call, turn)
            for call, script in enumerate(scripts)
            for turn, utterance in enumerate(script.utterances)
        ]
        ordered = [(call, turn) for _, call, turn in sorted(places)]
        size = self._studio.engine.batch_size
        self._rows = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        for number, rows in enumerate(self._rows):
            self._batch_of.update({place: (number, row) for row, place in enumerate(rows)})
        return scripts

    async def _turn(self, scripts: Sequence[Script], place: Place) -> tuple[Wave, UtteranceFigures, int]:
        """Return a turn that passes the gates, its figures, and how often it was spoken before."""
        utterance = scripts[place[0]].utterances[place[1]]
        result, why = await self._from_batch(scripts, place), Exception("never spoken")
        for attempt in range(self._studio.config.attempts):
            if attempt:
                (result,) = await self._studio.engine.speak([utterance], attempt)
            if isinstance(result, SpeechFailed):
                why = result
                continue
            figures = await self._studio.compute(_measured, result, self._studio.engine.sample_rate_hz, utterance)
            found = utterance_faults(figures)
            if not found or (self._studio.config.gates == "report" and not figures.not_finite_share):
                return result, figures, attempt
            why = BadAudio(f"turn {place[1]}: {'; '.join(map(str, found))}")
        raise why

    async def _from_batch(self, scripts: Sequence[Script], place: Place) -> Wave | SpeechFailed:
        number, row = self._batch_of[place]
        if number not in self._batches:
            batch = [scripts[call].utterances[turn] for call, turn in self._rows[number]]
            self._batches[number] = self._studio.begin(self._studio.engine.speak(batch))
        waves = await asyncio.shield(self._batches[number])
        wave, waves[row] = waves[row], None  # nobody asks twice; the memory goes with the call
        if wave is None:
            raise RuntimeError(f"turn {place} of a block was asked for twice")
        return wave


def _measured(wave: Wave, rate_hz: int, utterance: Utterance) -> UtteranceFigures:
    return measure_utterance(wave, rate_hz, utterance.text, utterance.voice)
