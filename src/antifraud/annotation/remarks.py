"""What is worth a remark in how a call sounds: the turns that stand out from their side's own way of speaking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from antifraud.annotation.evidence import quote_from
from antifraud.labels import Speaker
from antifraud.records import Evidence, Measure, Turn, TurnSound

LONG_DELAY_SECONDS: Final = 1.2
"""Answers on the telephone come after 0.2 s on the median and seldom after 1 s (Stivers et al. 2009: mean 0.2 s)."""
CUT_IN_SECONDS: Final = -0.3
LOUDER_DB: Final = 2.5
FASTER: Final = 1.2
"""Against the side's own median."""
HIGHER_SEMITONES: Final = 1.5
LONG_PAUSE_SECONDS: Final = 0.8
"""From here on a listener notices; design choices all but the first."""


@dataclass(frozen=True)
class Remark:
    """A turn that stands out, by how many times the least that would be noticed."""

    evidence: Evidence
    name: str
    """The phrase that tells of it."""
    speaker: Speaker
    strength: float


def remarks(turns: Sequence[Turn], sounds: Sequence[TurnSound]) -> list[Remark]:
    """Return what stands out, the strongest first."""
    rates = {side: _usual_rate(turns, sounds, side) for side in Speaker}
    found = [
        Remark(_evidence(turns[sound.turn], measure, value), name, turns[sound.turn].speaker, strength)
        for sound in sounds
        if not turns[sound.turn].is_backchannel
        for name, measure, value, strength in _of(sound, rates[turns[sound.turn].speaker])
    ]
    return sorted(found, key=lambda remark: (-remark.strength, remark.evidence.turn))


def _of(sound: TurnSound, usual_rate: float | None) -> Iterator[tuple[str, Measure, float, float]]:
    delay, rate = sound.delay_seconds, sound.characters_per_second
    if delay is not None and delay >= LONG_DELAY_SECONDS:
        yield "late_answer", "delay_seconds", delay, delay / LONG_DELAY_SECONDS
    if delay is not None and delay <= CUT_IN_SECONDS:
        yield "cut_in", "delay_seconds", delay, delay / CUT_IN_SECONDS
    if sound.level_db is not None and sound.level_db >= LOUDER_DB:
        yield "louder", "level_db", sound.level_db, sound.level_db / LOUDER_DB
    if rate is not None and usual_rate and rate >= FASTER * usual_rate:
        yield "faster", "characters_per_second", rate, rate / usual_rate / FASTER
    if sound.pitch_semitones is not None and sound.pitch_semitones >= HIGHER_SEMITONES:
        yield "higher", "pitch_semitones", sound.pitch_semitones, sound.pitch_semitones / HIGHER_SEMITONES
    pause = sound.longest_pause_seconds
    if pause is not None and pause >= LONG_PAUSE_SECONDS:
        yield "long_pause", "longest_pause_seconds", pause, pause / LONG_PAUSE_SECONDS


def _usual_rate(turns: Sequence[Turn], sounds: Iterable[TurnSound], side: Speaker) -> float | None:
    rates = [sound.characters_per_second for sound in sounds if turns[sound.turn].speaker is side]
    known = [rate for rate in rates if rate is not None]
    return median(known) if known else None


def _evidence(turn: Turn, measure: Measure, value: float) -> Evidence:
    return Evidence(turn=turn.index, quote=quote_from(turn.text), measure=measure, value=value)
