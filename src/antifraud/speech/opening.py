"""Opens what a config asks for: the engine, its voice bank, the murmur behind the speakers, the studio."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from antifraud.errors import EngineError
from antifraud.labels import Noise
from antifraud.scenarios.voice_pack import VoicePack, VoiceStyles
from antifraud.services.journal import SPEECH_FILE, Journal
from antifraud.services.transcription import TranscriptionModel
from antifraud.speech.backdrop import record_babble
from antifraud.speech.engines import GENDERS, SpeechEngine
from antifraud.speech.engines.chattts import ChatttsEngine
from antifraud.speech.engines.chattts import worker_count as chattts_workers
from antifraud.speech.engines.chattts_server import ServerEngine
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech.engines.openai_speech import OpenAISpeechEngine
from antifraud.speech.reading import spoken
from antifraud.speech.studio import Studio
from antifraud.speech.voices.bank import BankVoice, read_bank
from antifraud.speech.voices.build import measured_voices, write_bank
from antifraud.speech.voices.reserves import Reserves
from antifraud.speech_config import SpeechConfig

BANK_FILE = "voices.jsonl"
PLAIN = VoiceStyles()
ESPEAK_WORKERS = 2


@asynccontextmanager
async def open_engine(
    config: SpeechConfig,
    environment: Mapping[str, str] = os.environ,
    journal: Journal | None = None,
    styles: VoiceStyles = PLAIN,
) -> AsyncIterator[SpeechEngine]:
    """Start the engine of the config for the length of a `with` block.

    Args:
        journal: where paid answers are kept, for engine openai-speech.
        styles: how a service is told to say an utterance.

    Raises:
        EngineError: it is not installed or cannot run here.
        ServiceError: a service cannot be used as it is set up.
    """
    engine = _engine(config, environment, journal, styles)
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


def _engine(
    config: SpeechConfig, environment: Mapping[str, str], journal: Journal | None, styles: VoiceStyles
) -> SpeechEngine:
    if config.engine == "chattts":
        return ChatttsEngine(config, read_bank(config.voices) if config.voices else [])
    if config.engine == "chattts-server":
        return ServerEngine(config, environment)
    if config.engine == "openai-speech":
        if journal is None:
            raise EngineError("engine openai-speech needs a journal for what it pays; none was opened.")
        return OpenAISpeechEngine(config.service, environment, journal, styles)
    return EspeakEngine(worker_count(config), config.timeout_seconds)


def worker_count(config: SpeechConfig) -> int:
    """Return how many processes of the config's engine speak on this machine."""
    return chattts_workers(config) if config.engine == "chattts" else config.workers or ESPEAK_WORKERS


@asynccontextmanager
async def open_studio(
    config: SpeechConfig, folder: Path, pack: VoicePack, *, seed: int, bench_share: float, replay: bool = False
) -> AsyncIterator[Studio]:
    """Open the studio of a run for the length of a `with` block.

    Args:
        folder: where the journal of paid answers lies, and the voice bank that a run builds for itself.
        bench_share: share of storylines and voices that are kept for the benchmark, where there are enough voices.

    Raises:
        EngineError, ServiceError: see `open_engine`.
    """
    async with AsyncExitStack() as stack:
        journal = None
        if config.engine == "openai-speech" or config.transcription:
            journal = stack.enter_context(Journal(folder / SPEECH_FILE, replay_only=replay))
        if config.engine == "chattts" and config.voices is None:
            config = config.model_copy(update={"voices": await _own_bank(config, folder, pack, seed)})
        engine = await stack.enter_async_context(open_engine(config, journal=journal, styles=pack.styles))
        babble = None
        if config.line.enabled and config.line.noises.get(Noise.BABBLE):
            babble = await record_babble(engine, pack.babble, config.sample_rate_hz)
        transcriber = None
        if config.transcription and journal:
            transcriber = await stack.enter_async_context(
                TranscriptionModel.open(config.transcription, os.environ, journal)
            )
        candidates = [candidate for gender in GENDERS for candidate in engine.voices(gender)]
        reserves = Reserves(candidates, bench_share, seed)
        yield await stack.enter_async_context(Studio(engine, config, reserves, babble, transcriber))


async def _own_bank(config: SpeechConfig, folder: Path, pack: VoicePack, seed: int) -> Path:
    """Return the bank of a run, built at its first use."""
    bank = folder / BANK_FILE
    if not bank.exists():
        write_bank(bank, await build_bank(config, pack.audition, config.bank_voices, seed))
    return bank


async def build_bank(config: SpeechConfig, audition: str, count: int, seed: int) -> list[BankVoice]:
    """Draw speakers of the config's engine, let each read the text, and return those that can be measured.

    Raises:
        EngineError: the engine draws no speakers, or cannot run here.
    """
    if config.engine != "chattts":
        raise EngineError(
            f"engine {config.engine} brings its own voices; a bank is built for chattts:"
            " set synthesize.engine=chattts and synthesize.chattts.assets."
        )
    text = spoken(audition)
    engine = ChatttsEngine(config, [])
    try:
        await engine.start()
        auditions = await engine.auditions(count, seed, text)
    finally:
        await engine.close()
    return list(measured_voices(auditions, engine.name, engine.sample_rate_hz, text))
