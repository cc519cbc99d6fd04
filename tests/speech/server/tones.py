"""A small real engine: every character is a short tone, so that who said what can be told from the samples."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from antifraud.errors import EngineError
from antifraud.records import Voice
from antifraud.speech.engines import Candidate, Gender, SpeechFailed, Utterance

RATE_HZ = 24000
CHARACTER_SECONDS = 0.05
UNSPEAKABLE, DEADLY = "坏", "死"
NAMES: dict[Gender, tuple[str, ...]] = {"男": ("low", "deep"), "女": ("high", "bright")}
SPEAKER = "spk:"


class ToneEngine:
    """Speaks batches of up to four; fails at 坏, and gives up altogether at 死 for one batch."""

    name = "tone"
    version = "1"
    licence = "Apache-2.0"
    sample_rate_hz = RATE_HZ
    batch_size = 4
    block_calls = 2

    def __init__(self) -> None:
        self.batches: list[list[Utterance]] = []
        self.attempts: list[int] = []
        self.may_speak = asyncio.Event()
        self.may_speak.set()

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def speak(self, batch: Sequence[Utterance], attempt: int = 0) -> list[NDArray[np.float32] | SpeechFailed]:
        self.batches.append(list(batch))
        self.attempts.append(attempt)
        await self.may_speak.wait()
        if any(DEADLY in utterance.text for utterance in batch):
            raise EngineError("tone: no sound at all")
        return [
            SpeechFailed("tone: a bad character") if UNSPEAKABLE in utterance.text else tone(utterance, attempt)
            for utterance in batch
        ]

    def voices(self, gender: Gender) -> Sequence[Candidate]:
        return tuple(Candidate(_voice(name, gender), 18, 70, 1.0) for name in NAMES[gender])


class ToneEngineForSpeakers(ToneEngine):
    """Also takes speaker strings."""

    def speaker_voice(self, speaker: str) -> Voice:
        if not speaker.startswith(SPEAKER):
            raise ValueError(f"no speaker string; expected {SPEAKER}...")
        return _voice(f"emb-{speaker}", "女")


def _voice(name: str, gender: Gender) -> Voice:
    return Voice(engine="chattts", version="1", name=name, gender=gender, rate=5, pitch=0)


def tone(utterance: Utterance, attempt: int = 0) -> NDArray[np.float32]:
    """Return what the engine says: the pitch follows from everything that an utterance is."""
    told = (utterance.voice.name, utterance.voice.rate, utterance.emotion, utterance.manner, utterance.seed, attempt)
    hertz = 200 + sum(map(ord, str(told))) % 600
    time = np.arange(int(len(utterance.text) * CHARACTER_SECONDS * RATE_HZ)) / RATE_HZ
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
