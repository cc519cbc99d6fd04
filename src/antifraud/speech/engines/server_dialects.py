"""The two ways in which a speech server is asked: our own server's, and that of ChatTTS's example server."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from antifraud.records import Voice
from antifraud.speech.engines import Candidate, SpeechFailed, Utterance
from antifraud.speech.engines.chattts import ENGINE, NEUTRAL_RATE
from antifraud.speech.engines.server_archive import BYTES_PER_SAMPLE, HEADER_BYTES, Wave, waves_of
from antifraud.speech.engines.server_exchange import Exchange, Lost, Reply
from antifraud.speech.server.replies import Offer, Status, Voices, voices_sha256
from antifraud.speech.voices.bank import BankVoice

Answer = Wave | SpeechFailed
SECONDS_PER_CHARACTER, SECONDS_BESIDES = 2.0, 30.0
"""No speech is longer than this makes it; slow speech is 2 characters a second."""
PATIENCE = 4
"""Times the longest wait for a batch that an answer may take: others may come first; a design choice."""
ORIGINAL_RATE_HZ = 24000
ORIGINAL_VERSION = "unknown"


@dataclass(frozen=True)
class Identity:
    """What must be equal between servers that stand in for each other."""

    engine: str
    version: str
    licence: str
    sample_rate_hz: int
    batch_size: int
    block_calls: int
    voices_sha256: str
    sound: str
    """Checksum of the settings that decide how the engine sounds."""

    def __str__(self) -> str:
        batches = f"batches of {self.batch_size} out of {self.block_calls} calls"
        checks = f"voices {self.voices_sha256[:8]}, settings {self.sound[:8] or 'none'}"
        return f"{self.engine} {self.version} at {self.sample_rate_hz} Hz, {batches}, {checks}"


class Dialect(Protocol):
    """How one server is asked."""

    async def identity(self) -> tuple[Identity, int]:
        """Return what the server is, and how many batches it speaks at once.

        Raises:
            Lost: it does not answer, or is not ready.
            EngineError: the token is wrong.
        """
        ...

    async def candidates(self) -> tuple[Candidate, ...]:
        """Return its voices.

        Raises:
            Lost: it does not answer.
            EngineError: the token is wrong.
        """
        ...

    async def speak(self, batch: Sequence[Utterance], attempt: int) -> list[Answer]:
        """Return an answer for each utterance.

        Raises:
            Busy, Lost, Unfit, EngineError: as `Exchange.post`.
        """
        ...


class OwnDialect:
    """`antifraud serve-tts`: one request is one batch, its sound comes back without loss."""

    def __init__(self, exchange: Exchange, timeout_seconds: float) -> None:
        self._exchange, self._timeout_seconds = exchange, timeout_seconds
        self._sample_rate_hz = 0

    async def identity(self) -> tuple[Identity, int]:
        status = _told(await self._exchange.get("/status")).read(Status)
        if not status.is_ready:
            raise Lost(f"not ready: {status.trouble or 'shutting down'}")
        self._sample_rate_hz = status.sample_rate_hz
        same = {name: getattr(status, name) for name in Identity.__dataclass_fields__}
        return Identity(**same), status.lanes

    async def candidates(self) -> tuple[Candidate, ...]:
        told = _told(await self._exchange.get("/v1/voices")).read(Voices)
        return tuple(offer.candidate for offer in told.voices)

    async def speak(self, batch: Sequence[Utterance], attempt: int) -> list[Answer]:
        body = {
            "text": [utterance.text for utterance in batch],
            "voices": [utterance.voice.name for utterance in batch],
            "rates": [utterance.voice.rate for utterance in batch],
            "pitches": [utterance.voice.pitch for utterance in batch],
            "emotions": [utterance.emotion for utterance in batch],
            "manners": [utterance.manner for utterance in batch],
            "seeds": [utterance.seed for utterance in batch],
            "attempt": attempt,
            "format": "wav",
            "as_spoken": True,
        }
        names = [f"{index}.wav" for index in range(len(batch))]
        seconds = PATIENCE * self._timeout_seconds * len(batch)
        return await _spoken(self._exchange, body, names, batch, self._sample_rate_hz, seconds)


class OriginalDialect:
    """ChatTTS's example server, as TeleAntiFraud used it: a request for each utterance, MP3 comes back.

    Such a server knows no voices and tells nothing of itself. The voices are those of a bank, whose speaker strings
    go with every request; how they sound depends on weights that nobody can check.
    """

    def __init__(self, exchange: Exchange, timeout_seconds: float, bank: Sequence[BankVoice]) -> None:
        self._exchange, self._timeout_seconds = exchange, timeout_seconds
        self._bank = {voice.name: voice for voice in bank if voice.engine == ENGINE}

    async def identity(self) -> tuple[Identity, int]:
        reply = await self._exchange.get("/v1/voices")
        if reply.status != 404:
            raise Lost(f"it answered {reply.problem()}; expected 404 of ChatTTS's example server")
        voices = voices_sha256([Offer.of(candidate) for candidate in await self.candidates()])
        licence = "ChatTTS behind a server that tells nothing of itself: code AGPL-3.0-or-later, weights CC BY-NC 4.0"
        return Identity(ENGINE, ORIGINAL_VERSION, licence, ORIGINAL_RATE_HZ, 1, 1, voices, sound=""), 1

    async def candidates(self) -> tuple[Candidate, ...]:
        return tuple(_candidate(voice) for voice in self._bank.values())

    async def speak(self, batch: Sequence[Utterance], attempt: int) -> list[Answer]:
        answers: list[Answer] = []
        for utterance in batch:
            body = _original_body(utterance, self._bank[utterance.voice.name].speaker, attempt)
            seconds = PATIENCE * self._timeout_seconds
            answers += await _spoken(self._exchange, body, ["0.mp3"], [utterance], ORIGINAL_RATE_HZ, seconds)
        return answers


def _candidate(voice: BankVoice) -> Candidate:
    named = Voice(
        engine=ENGINE,
        version=ORIGINAL_VERSION,
        name=voice.name,
        gender=voice.gender,
        rate=NEUTRAL_RATE,
        pitch=0.0,
        characters_per_second=voice.characters_per_second,
    )
    return Candidate(named, voice.youngest, voice.oldest, pitch_step=0.0)


def _told(reply: Reply) -> Reply:
    if reply.status != 200:
        raise Lost(f"it answered {reply.problem()}")
    return reply


async def _spoken(
    exchange: Exchange,
    body: dict[str, object],
    names: Sequence[str],
    batch: Sequence[Utterance],
    sample_rate_hz: int,
    seconds: float,
) -> list[Answer]:
    longest = [SECONDS_BESIDES + SECONDS_PER_CHARACTER * len(utterance.text) for utterance in batch]
    most_bytes = sum(int(one * sample_rate_hz) * BYTES_PER_SAMPLE + HEADER_BYTES for one in longest)
    reply = await exchange.post("/generate_voice", body, seconds, most_bytes)
    waves, told = await asyncio.to_thread(waves_of, reply.body, names, sample_rate_hz, longest)
    return [waves[i] if i in waves else SpeechFailed(told[i]) for i in range(len(batch))]


def _original_body(utterance: Utterance, speaker: str, attempt: int) -> dict[str, object]:
    """Return the request of ChatTTS's example client, with the seed where the fork of TeleAntiFraud puts it.

    audio_seed 0 keeps the server from drawing a speaker of its own.
    """
    seed = int.from_bytes(hashlib.sha256(f"{utterance.seed}:{attempt}".encode()).digest()[:4]) >> 1
    return {
        "text": [utterance.text],
        "stream": False,
        "lang": None,
        "skip_refine_text": True,
        "refine_text_only": False,
        "use_decoder": True,
        "audio_seed": 0,
        "text_seed": seed,
        "do_text_normalization": False,
        "do_homophone_replacement": False,
        "params_refine_text": {"prompt": ""},
        "params_infer_code": {
            "prompt": f"[speed_{max(0, min(9, round(utterance.voice.rate)))}]",
            "spk_emb": speaker,
            "manual_seed": seed,
        },
    }
