"""When each turn starts: gaps, overlaps and back-channels as in telephone talk between strangers.

A floor transfer offset (FTO) is the time from the end of one side's turn to the start of the other's; below 0 they
overlap. Its distribution is a design choice, checked against Heldner & Edlund 2010 (51 to 55 % of transitions under
200 ms, 70 to 82 % under 500 ms), Levinson & Torreira 2015 (mode 100 to 200 ms, median gap 264 to 347 ms, overlap
below 5 % of the signal); no gap tables for Mandarin telephone corpora were found. That a pair of people is the
strongest effect, and that strangers overlap less, is from Yuan 2007; the sizes are ours. What can be set stands in
`TimingConfig`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from antifraud.labels import Act, Speaker
from antifraud.records import Turn
from antifraud.speech_config import TimingConfig

OFFSET_LIMITS_SECONDS = (-1.0, 2.5)
RELUCTANCE_SECONDS = (0.4, 0.8)
"""A gap is heard as reluctance from 0.6 to 0.7 s: Roberts & Francis 2013, Kendrick & Torreira 2015."""
MOST_OVERLAP_SHARE = 0.3
"""Of the shorter turn."""
CUT_OFF_OVERLAP_SECONDS = (0.05, 0.3)
AWAY_SECONDS = (1.0, 3.0)
"""How long someone who asked for a moment stays away."""
SAME_SPEAKER_MEDIAN_SECONDS, SAME_SPEAKER_SIGMA = 0.5, 0.4
BACKCHANNEL_SPAN = (0.45, 0.85)
"""Of the turn it is spoken under."""
OWN_PAUSE_SECONDS = 0.1
"""Least time between two utterances of one side."""
LEAD_IN_SECONDS, TAIL_SECONDS = (0.3, 1.0), (0.3, 0.8)

_DRAWS = 100
"""Draws for a gap; a mean far below zero would never give one."""

RELUCTANT_ACTS = frozenset({Act.REFUSE, Act.HESITATE, Act.DOUBT})
_DIGITS = re.compile(r"\d|[零〇一幺二两三四五六七八九]{4,}")
_CUT_OFF = re.compile(r"—+\s*$")


@dataclass(frozen=True)
class _Heard:
    """A turn that has its place."""

    turn: Turn
    start: float
    duration: float

    @property
    def end(self) -> float:
        return self.start + self.duration


def place(
    turns: Sequence[Turn],
    durations_seconds: Sequence[float],
    rng: Random,
    timing: TimingConfig,
    opening_seconds: float = 0.0,
) -> tuple[list[float], float]:
    """Return the start of every turn and the length of the call, in seconds.

    Starts never decrease, and one side never speaks twice at once.

    Args:
        opening_seconds: what the recording holds before somebody answers, as ringing.

    Raises:
        ValueError: there are no turns, or not one duration for each.
    """
    if not turns:
        raise ValueError("no turns to place")
    pair = rng.gauss(0, timing.personal_sd_seconds)
    habit = {speaker: pair + rng.gauss(0, timing.personal_sd_seconds) for speaker in Speaker}
    lead_in = opening_seconds + rng.uniform(*LEAD_IN_SECONDS)
    free_from = dict.fromkeys(Speaker, 0.0)
    floor: list[_Heard] = []
    starts: list[float] = []
    for turn, duration in zip(turns, durations_seconds, strict=True):
        takes_floor = not floor or not turn.is_backchannel or turn.speaker is floor[-1].turn.speaker
        if not floor:
            start = lead_in
        elif takes_floor:
            start = floor[-1].end + _offset(turn, duration, floor, habit[turn.speaker], rng, timing)
        else:
            start = _under(floor[-1], duration, rng)
        start = max(start, free_from[turn.speaker], *starts[-1:])
        if takes_floor:
            floor.append(_Heard(turn, start, duration))
        free_from[turn.speaker] = start + duration + OWN_PAUSE_SECONDS
        starts.append(start)
    last_end = max(start + duration for start, duration in zip(starts, durations_seconds, strict=True))
    return starts, last_end + rng.uniform(*TAIL_SECONDS)


def _under(heard: _Heard, duration: float, rng: Random) -> float:
    """Start a back-channel within the other side's turn, and let it end there where it fits."""
    earliest = heard.start + BACKCHANNEL_SPAN[0] * heard.duration
    drawn = heard.start + rng.uniform(*BACKCHANNEL_SPAN) * heard.duration
    return max(earliest, min(drawn, heard.end - duration))


def _offset(
    turn: Turn, duration: float, floor: Sequence[_Heard], habit: float, rng: Random, timing: TimingConfig
) -> float:
    """Return the seconds from the end of the last turn on the floor to the start of this one."""
    last = floor[-1]
    if Act.WAIT in last.turn.acts and len(floor) > 1 and Act.DISTRACTED in floor[-2].turn.acts:
        return rng.uniform(*AWAY_SECONDS)
    if turn.speaker is last.turn.speaker:
        return rng.lognormvariate(math.log(SAME_SPEAKER_MEDIAN_SECONDS), SAME_SPEAKER_SIGMA)
    may_overlap = not _DIGITS.search(last.turn.text) and not _DIGITS.search(turn.text)
    if _CUT_OFF.search(last.turn.text):
        offset = -rng.uniform(*CUT_OFF_OVERLAP_SECONDS) if may_overlap else 0.0
    else:
        offset = _transfer(habit, timing, may_overlap=may_overlap, rng=rng)
    if RELUCTANT_ACTS.intersection(turn.acts) and not _CUT_OFF.search(last.turn.text):
        offset += rng.uniform(*RELUCTANCE_SECONDS)
    least, most = OFFSET_LIMITS_SECONDS
    return min(most, max(least, offset, -MOST_OVERLAP_SHARE * min(duration, last.duration)))


def _transfer(habit: float, timing: TimingConfig, *, may_overlap: bool, rng: Random) -> float:
    """Draw an FTO; an overlap that strangers would not make is drawn again as a gap."""
    if may_overlap and rng.random() < timing.strangers_keep_overlap:
        return rng.gauss(timing.offset_mean_seconds + habit, timing.offset_sd_seconds)
    for _ in range(_DRAWS):
        if (gap := rng.gauss(timing.offset_mean_seconds + habit, timing.offset_sd_seconds)) >= 0:
            return gap
    return 0.0
