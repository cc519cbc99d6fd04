"""espeak-ng behind a pool of worker processes."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from antifraud.errors import EngineError
from antifraud.speech.engines import Candidate, Gender, SpeechFailed, Utterance
from antifraud.speech.engines.espeak_spelling import spelled
from antifraud.speech.engines.espeak_voices import ENGINE, NAMES, candidates
from antifraud.speech.engines.workers import GRACE_SECONDS, Launch, Reply, WorkerPool

WORKER = Path(__file__).with_name("espeak_worker.py")
FULL_SCALE = 32768.0
FIRST_NOISE_SEED = 1


class EspeakEngine:
    """A pool of espeak-ng processes; a `SpeechEngine`."""

    name = ENGINE
    licence = "GPL-3.0-or-later"
    sample_rate_hz = 22050
    batch_size = 1
    block_calls = 1
    version = ""

    def __init__(self, workers: int, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._pool = WorkerPool(ENGINE, [Launch((sys.executable, str(WORKER)))] * workers)

    async def start(self) -> None:
        if importlib.util.find_spec("espeakng_loader") is None:
            raise EngineError("espeak engine is not installed: pip install 'antifraud[espeak]'")
        self._check(await self._pool.start())

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

    async def speak(self, batch: Sequence[Utterance], attempt: int = 0) -> list[NDArray[np.float32] | SpeechFailed]:
        """Speak all of the batch at once, as far as there are free workers; an attempt draws other noise."""
        tasks = [asyncio.create_task(self._speak_one(utterance, attempt)) for utterance in batch]
        try:
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _speak_one(self, utterance: Utterance, attempt: int) -> NDArray[np.float32] | SpeechFailed:
        request = {
            "text": spelled(utterance.text),
            "voice": utterance.voice.name,
            "rate": round(utterance.voice.rate),
            "pitch": round(utterance.voice.pitch),
            "noise_seed": FIRST_NOISE_SEED + attempt,
            "seconds": self._timeout_seconds,
        }
        try:
            # the worker ends a hanging utterance by itself; after the grace it is taken for hanging too
            _, samples = await self._pool.ask(request, self._timeout_seconds + GRACE_SECONDS)
        except SpeechFailed as exc:
            return exc
        return np.frombuffer(samples, dtype="<i2").astype(np.float32) / np.float32(FULL_SCALE)

    async def close(self) -> None:
        await self._pool.close()

    def voices(self, gender: Gender) -> Sequence[Candidate]:
        return tuple(candidate for candidate in candidates(self.version) if candidate.voice.gender == gender)
