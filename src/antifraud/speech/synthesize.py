"""Dialogues become calls: every turn is read, spoken, timed and mixed into one stereo file."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import numpy as np

from antifraud.config import SpeechConfig
from antifraud.labels import RejectReason, Speaker
from antifraud.records import Call, Dialogue, Line, Rejected, Turn, Voice
from antifraud.speech.engines import GENDERS, SpeechEngine, SpeechFailed
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech.levels import Wave, clipped_share, faults, measure
from antifraud.speech.mixing import Utterance, cut, mix, wav_bytes
from antifraud.speech.reading import spoken
from antifraud.speech.timing import place
from antifraud.speech.voices import assign_voices
from antifraud.store.files import write_atomic

STAGE = "synthesize"
ENGINES: Mapping[str, Callable[[int, float], SpeechEngine]] = {"espeak": EspeakEngine}
"""By the names in the config: from workers and seconds per utterance to an engine."""


class BadAudio(Exception):
    """What the engine spoke cannot make a call."""


@asynccontextmanager
async def open_engine(config: SpeechConfig) -> AsyncIterator[SpeechEngine]:
    """Start the engine of the config for the length of a `with` block.

    Raises:
        EngineError: it is not installed or cannot run here.
    """
    engine = ENGINES[config.engine](config.workers, config.timeout_seconds)
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


async def synthesize(dialogue: Dialogue, engine: SpeechEngine, config: SpeechConfig, folder: Path) -> Call | Rejected:
    """Speak a dialogue and write `folder`/audio/<id>.wav; the same bytes for the same dialogue and config.

    Raises:
        EngineError: the engine stopped working.
        StoreError: the file cannot be written.
    """
    candidates = [candidate for gender in GENDERS for candidate in engine.voices(gender)]
    voices = assign_voices(dialogue.id, dialogue.seed, dialogue.caller, dialogue.callee, candidates)
    texts = await asyncio.to_thread(_read_out, dialogue.turns)
    if unfit := _unspeakable(dialogue.turns, texts, config.max_turn_characters):
        return _rejected(dialogue, RejectReason.UNSPEAKABLE, unfit)
    try:
        waves = await _speak(dialogue.turns, texts, voices, engine)
        return await asyncio.to_thread(_assemble, dialogue, waves, voices, engine, config, folder)
    except SpeechFailed as exc:
        return _rejected(dialogue, RejectReason.SPEECH_FAILED, str(exc))
    except BadAudio as exc:
        return _rejected(dialogue, RejectReason.BAD_AUDIO, str(exc))


def _rejected(dialogue: Dialogue, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(id=dialogue.id, stage=STAGE, reason=reason, detail=detail)


def _read_out(turns: Sequence[Turn]) -> list[str]:
    return [spoken(turn.text) for turn in turns]


def _unspeakable(turns: Sequence[Turn], texts: Sequence[str], max_characters: int) -> str | None:
    for turn, text in zip(turns, texts, strict=True):
        if len(turn.text) > max_characters:
            return (
                f"turn {turn.index} has {len(turn.text)} characters;"
                f" at most {max_characters} (synthesize.max_turn_characters)"
            )
        if not text:
            return f"turn {turn.index} holds nothing that can be spoken: {turn.text[:20]!r}"
    return None


async def _speak(
    turns: Sequence[Turn], texts: Sequence[str], voices: Mapping[Speaker, Voice], engine: SpeechEngine
) -> list[Wave]:
    """Speak all turns at once, as far as the engine has free workers; the first failure stops the others."""
    tasks = [
        asyncio.create_task(engine.speak(text, voices[turn.speaker])) for turn, text in zip(turns, texts, strict=True)
    ]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _assemble(
    dialogue: Dialogue,
    waves: Sequence[Wave],
    voices: Mapping[Speaker, Voice],
    engine: SpeechEngine,
    config: SpeechConfig,
    folder: Path,
) -> Call:
    """Mix and write the call.

    Raises:
        BadAudio: a side or a turn is silent, samples are not numbers, or a gate fails.
    """
    rate = config.sample_rate_hz
    utterances, samples = _placed(dialogue, waves, engine.sample_rate_hz, rate)
    stereo = mix(utterances, samples, rate, config.level_dbfs, Random(f"{dialogue.seed}:level"))
    segments = tuple(utterance.segment(rate) for utterance in utterances)
    quality = measure(stereo, rate, segments, clipped_share(waves))
    if found := list(faults(quality)):
        raise BadAudio("; ".join(found))
    sound = wav_bytes(stereo, rate, title=dialogue.id, engine=f"{engine.name} {engine.version}")
    audio = f"audio/{dialogue.id}.wav"
    write_atomic(folder / audio, sound)
    return Call(
        **dict(dialogue),
        audio=audio,
        sha256=hashlib.sha256(sound).hexdigest(),
        sample_rate_hz=rate,
        channels=2,
        duration_seconds=len(stereo) / rate,
        segments=segments,
        voices=dict(voices),
        line=Line(),
        quality=quality,
    )


def _placed(
    dialogue: Dialogue, waves: Sequence[Wave], engine_rate_hz: int, sample_rate_hz: int
) -> tuple[list[Utterance], int]:
    """Return where every turn lies and the length of the call in samples."""
    if silent := [speaker for speaker in Speaker if all(turn.speaker is not speaker for turn in dialogue.turns)]:
        raise BadAudio(f"the {silent[0]} never speaks")
    cuts = []
    for turn, wave in zip(dialogue.turns, waves, strict=True):
        if not np.isfinite(wave).all():
            raise BadAudio(f"turn {turn.index} holds samples that are not numbers")
        cuts.append(cut(wave, engine_rate_hz, sample_rate_hz))
        if not cuts[-1].size:
            raise BadAudio(f"turn {turn.index} is silent: {turn.text[:20]!r}")
    durations = [wave.size / sample_rate_hz for wave in cuts]
    starts, total = place(dialogue.turns, durations, Random(f"{dialogue.seed}:timing"))
    utterances = [
        Utterance(turn, wave, first=round(start * sample_rate_hz))
        for turn, wave, start in zip(dialogue.turns, cuts, starts, strict=True)
    ]
    return utterances, round(total * sample_rate_hz)
