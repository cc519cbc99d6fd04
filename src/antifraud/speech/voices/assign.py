"""Who sounds how: a voice for each side that fits gender, age and manner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from antifraud.errors import EngineError
from antifraud.labels import AgeBand, Speaker, age_band
from antifraud.records import Persona, Voice
from antifraud.speech.engines import GENDERS, Candidate, Gender

AGE_RATE = {AgeBand.A18_25: 1.05, AgeBand.A26_40: 1.0, AgeBand.A41_55: 0.97, AgeBand.A56_70: 0.9}
"""Factor on the speaking rate; older people speak more slowly. The size is a design choice."""
AGE_SEMITONES = {AgeBand.A18_25: 0.5, AgeBand.A26_40: 0.0, AgeBand.A41_55: -0.5, AgeBand.A56_70: -1.0}
HASTY, SLOW, LIVELY, QUIET = "急快爽脆冲", "慢稳沉谨犹", "热活急冲", "拘谨怯闷沉"
"""Characters in the name of a manner that tell its rate and its pitch; other manners change neither."""
MANNER_RATE = 0.07
MANNER_SEMITONES = 0.8
RATE_SD, RATE_LIMIT = 0.05, 0.1
SEMITONES_SD, SEMITONES_LIMIT = 0.8, 1.5
"""How far two people of one voice and age lie apart; design choices."""
UNKNOWN_AGES = (22, 60)


@dataclass(frozen=True)
class _Sound:
    gender: Gender
    age: int
    manner: str


def assign_voices(
    dialogue_id: str, seed: int, caller: Persona | None, callee: Persona | None, candidates: Sequence[Candidate]
) -> dict[Speaker, Voice]:
    """Return a voice for each side, never one name for both; the same for the same id and seed.

    Args:
        caller, callee: what is not known of a side, a gender 未知 or all of it, is drawn.
        candidates: the voices of one engine.

    Raises:
        EngineError: the engine has too few voices of a gender.
    """
    rng = Random(f"{dialogue_id}:{seed}:voices")
    voices: dict[Speaker, Voice] = {}
    for speaker, persona in ((Speaker.CALLER, caller), (Speaker.CALLEE, callee)):
        sound = _heard(persona, rng)
        taken = {voice.name for voice in voices.values()}
        free = [candidate for candidate in candidates if candidate.voice.name not in taken]
        voices[speaker] = _coloured(_choose(sound, free, rng), sound, rng)
    return voices


def _heard(persona: Persona | None, rng: Random) -> _Sound:
    drawn: Gender = rng.choice(GENDERS)
    if persona is None:
        return _Sound(drawn, rng.randint(*UNKNOWN_AGES), "")
    return _Sound(drawn if persona.gender == "未知" else persona.gender, persona.age, persona.manner)


def _choose(sound: _Sound, candidates: Sequence[Candidate], rng: Random) -> Candidate:
    """Draw among those whose ages come nearest; within its span a voice is at distance 0."""
    same_gender = [candidate for candidate in candidates if candidate.voice.gender == sound.gender]
    if not same_gender:
        raise EngineError(f"the speech engine has too few voices for gender {sound.gender}; expected at least two.")
    distances = [max(c.youngest - sound.age, sound.age - c.oldest, 0) for c in same_gender]
    return rng.choice([c for c, distance in zip(same_gender, distances, strict=True) if distance == min(distances)])


def _coloured(candidate: Candidate, sound: _Sound, rng: Random) -> Voice:
    band = age_band(sound.age)
    rate = AGE_RATE[band] * (1 + MANNER_RATE * _leaning(sound.manner, HASTY, SLOW))
    rate *= 1 + _gauss(rng, RATE_SD, RATE_LIMIT)
    semitones = AGE_SEMITONES[band] + MANNER_SEMITONES * _leaning(sound.manner, LIVELY, QUIET)
    semitones += _gauss(rng, SEMITONES_SD, SEMITONES_LIMIT)
    voice, pace = candidate.voice, candidate.voice.characters_per_second
    return voice.model_copy(
        update={
            "rate": round(voice.rate * rate, 1),
            "pitch": round(voice.pitch + candidate.pitch_step * semitones, 1),
            "characters_per_second": None if pace is None else round(pace * rate, 2),
        }
    )


def _leaning(manner: str, more: str, less: str) -> int:
    """Return 1, -1 or 0: which of two sets of characters the name of a manner draws on."""
    return any(character in more for character in manner) - any(character in less for character in manner)


def _gauss(rng: Random, sd: float, limit: float) -> float:
    return max(-limit, min(limit, rng.gauss(0, sd)))
