"""What is heard behind the speakers: a murmur of the engine's own voices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, zip_longest

import soxr

from antifraud.acoustics.levels import trimmed
from antifraud.acoustics.wave import Wave
from antifraud.labels import Emotion
from antifraud.speech.engines import GENDERS, SpeechEngine, SpeechFailed, Utterance
from antifraud.speech.line.babble import make_babble
from antifraud.speech.reading import spoken

BABBLE_SECONDS = 20.0
"""Long enough that two calls seldom have the same stretch."""
FEWEST_TALKERS = 4
"""Below this single words can be made out; a design choice."""
BABBLE_SEED = 1


async def record_babble(engine: SpeechEngine, lines: Sequence[str], sample_rate_hz: int) -> Wave | None:
    """Return many voices at once, mono at the given rate; None where the engine speaks too few of the lines."""
    offered = [engine.voices(gender) for gender in GENDERS]
    voices = [candidate.voice for candidate in chain.from_iterable(zip_longest(*offered)) if candidate is not None]
    if not voices:
        return None
    talkers = [
        Utterance(spoken(line), voices[number % len(voices)], Emotion.NEUTRAL, "", seed=number)
        for number, line in enumerate(lines)
    ]
    size = len(talkers) if engine.batch_size == 1 else engine.batch_size
    speech: list[Wave] = []
    for start in range(0, len(talkers), size):
        for wave in await engine.speak(talkers[start : start + size]):
            if not isinstance(wave, SpeechFailed) and (words := trimmed(wave, engine.sample_rate_hz)).size:
                speech.append(soxr.resample(words, engine.sample_rate_hz, sample_rate_hz))
    if len(speech) < FEWEST_TALKERS:
        return None
    return make_babble(speech, sample_rate_hz, BABBLE_SECONDS, BABBLE_SEED)
