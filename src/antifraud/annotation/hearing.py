"""How the turns of a call sound, measured on the recording as it is heard: rate, pauses, response, loudness, pitch."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Final

import numpy as np
import soundfile

from antifraud.acoustics.frames import FRAME_SECONDS, decibels, frame_powers
from antifraud.acoustics.pitch import pitch_hz
from antifraud.acoustics.speech_activity import active_dbfs, floor_dbfs, speaks
from antifraud.acoustics.spoken_characters import spoken_characters
from antifraud.acoustics.wave import SILENT_DBFS, Wave
from antifraud.errors import IntegrityError
from antifraud.labels import Speaker
from antifraud.records import Call, Segment, Turn, TurnSound

CHANNELS: Final = (Speaker.CALLER, Speaker.CALLEE)
"""Left and right."""
FEWEST_CHARACTERS_FOR_RATE: Final = 8
FEWEST_CHARACTERS_FOR_TONE: Final = 5
"""Of fewer, one drawn-out sound decides what is measured; design choices, as in the gates of the speech stage."""
FEWEST_VOICED_FRAMES: Final = 20
"""0.2 s of voice, for a pitch that is a side's and not a consonant's; a design choice."""
SEMITONES: Final = 12


def hear(call: Call, folder: Path) -> tuple[TurnSound, ...]:
    """Return how each turn sounds, in their order; levels and pitches are told against the same side's median.

    Args:
        folder: what the audio path of the call is relative to.

    Raises:
        IntegrityError: the recording cannot be read, or is not the one that the record describes.
    """
    try:
        wave, rate_hz = soundfile.read(folder / call.audio, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as exc:
        raise IntegrityError(f"{call.audio}: cannot be read; run synthesize again.") from exc
    if rate_hz != call.sample_rate_hz or wave.shape[1] != len(CHANNELS):
        raise IntegrityError(f"{call.audio}: {wave.shape[1]} channels at {rate_hz} Hz are not what the record says.")
    channels = {side: wave[:, at] for at, side in enumerate(CHANNELS)}
    measured = [_Measured(call.turns[each.turn], each, channels[each.speaker], rate_hz) for each in call.segments]
    usual = {side: _Usual([each for each in measured if each.segment.speaker is side]) for side in CHANNELS}
    return tuple(
        TurnSound(
            turn=each.segment.turn,
            delay_seconds=_delay(each.segment, call),
            overlap_seconds=_overlap(each.segment, call.segments),
            characters_per_second=_rounded(each.characters_per_second),
            longest_pause_seconds=_rounded(each.longest_pause_seconds),
            level_db=_rounded(_above(each.level_dbfs, usual[each.segment.speaker].level_dbfs)),
            pitch_semitones=_rounded(_above(each.pitch_semitones, usual[each.segment.speaker].pitch_semitones)),
            pitch_range_semitones=_rounded(each.pitch_range_semitones),
        )
        for each in sorted(measured, key=lambda each: each.segment.turn)
    )


class _Measured:
    """One turn as its side's channel holds it."""

    def __init__(self, turn: Turn, segment: Segment, channel: Wave, rate_hz: int) -> None:
        self.segment = segment
        self.characters_per_second: float | None = None
        self.longest_pause_seconds: float | None = None
        self.level_dbfs: float | None = None
        self.pitch_semitones: float | None = None
        self.pitch_range_semitones: float | None = None
        wave = channel[round(segment.start_seconds * rate_hz) : round(segment.end_seconds * rate_hz)]
        if not wave.any():
            return
        power = frame_powers(wave, rate_hz)
        levels = decibels(power)
        background = floor_dbfs(levels)
        level = active_dbfs(power, background)
        active = np.flatnonzero(speaks(levels, level, background))
        characters = spoken_characters(turn.text)
        if active.size:
            self.longest_pause_seconds = float((np.diff(active, prepend=active[0]).max() - 1) * FRAME_SECONDS)
            self.longest_pause_seconds = max(0.0, self.longest_pause_seconds)
            if characters >= FEWEST_CHARACTERS_FOR_RATE:
                self.characters_per_second = characters / (active.size * FRAME_SECONDS)
        if characters < FEWEST_CHARACTERS_FOR_TONE:
            return
        self.level_dbfs = level if level > SILENT_DBFS else None
        pitches = pitch_hz(wave, rate_hz)
        if pitches.size >= FEWEST_VOICED_FRAMES:
            low, middle, high = SEMITONES * np.log2(np.percentile(pitches, (10, 50, 90)))
            self.pitch_semitones, self.pitch_range_semitones = float(middle), float(high - low)


class _Usual:
    """What a side sounds like over the call."""

    def __init__(self, turns: list[_Measured]) -> None:
        self.level_dbfs = _median([turn.level_dbfs for turn in turns])
        self.pitch_semitones = _median([turn.pitch_semitones for turn in turns])


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _above(value: float | None, usual: float | None) -> float | None:
    return None if value is None or usual is None else value - usual


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _delay(segment: Segment, call: Call) -> float | None:
    """Return how long after the other side's turn before this one begins; negative where it cuts in.

    None for back-channels, for the first turn, and where the same side goes on.
    """
    if call.turns[segment.turn].is_backchannel:
        return None
    before = [each for each in call.segments if each.turn < segment.turn and not call.turns[each.turn].is_backchannel]
    last = max(before, key=lambda each: each.turn, default=None)
    if last is None or last.speaker is segment.speaker:
        return None
    return round(segment.start_seconds - last.end_seconds, 2)


def _overlap(segment: Segment, others: tuple[Segment, ...]) -> float:
    shared = sum(
        max(0.0, min(segment.end_seconds, each.end_seconds) - max(segment.start_seconds, each.start_seconds))
        for each in others
        if each.speaker is not segment.speaker
    )
    return round(shared, 2)
