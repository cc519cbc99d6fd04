"""When each turn starts where a recording was written down: its gaps and overlaps, scaled to the new utterances.

Only times come over from the recording; who speaks, how fast and how loud is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final

from antifraud.records import Heard, Turn
from antifraud.speech.timing import LEAD_IN_SECONDS, OWN_PAUSE_SECONDS, TAIL_SECONDS

TEMPO_LIMITS: Final = (0.5, 2.0)
"""How far gaps are stretched or shrunk with the speech; times of recognisers may be far off. A design choice."""
LONGEST_GAP_SECONDS: Final = 10.0
"""Longer silence, as on hold, is cut to this; a design choice."""
MOST_OVERLAP_SHARE: Final = 0.9
"""Of the shorter turn; one that is spoken wholly under another is a back-channel, and placed as such."""


def place_as_heard(
    turns: Sequence[Turn],
    heard: Sequence[Heard],
    durations_seconds: Sequence[float],
    rng: Random,
    opening_seconds: float = 0.0,
) -> tuple[list[float], float]:
    """Return the start of every turn and the length of the call, in seconds.

    Starts never decrease, and one side never speaks twice at once.

    Args:
        heard: when the turns were heard in the recording, one for each.
        opening_seconds: what the new recording holds before somebody answers.

    Raises:
        ValueError: there are no turns, or not one time and one duration for each.
    """
    if not turns:
        raise ValueError("no turns to place")
    tempo = _tempo(heard, durations_seconds)
    starts: list[float] = []
    free_from: dict[str, float] = {}
    floor = 0
    for index, (turn, time, duration) in enumerate(zip(turns, heard, durations_seconds, strict=True)):
        if not index:
            start = opening_seconds + rng.uniform(*LEAD_IN_SECONDS)
        elif turn.is_backchannel and turn.speaker is not turns[floor].speaker:
            start = starts[floor] + _share_within(heard[floor], time) * durations_seconds[floor]
        else:
            offset = _offset(heard[floor], time, durations_seconds[floor], duration, tempo)
            start = starts[floor] + durations_seconds[floor] + offset
            floor = index
        start = max(start, free_from.get(turn.speaker, 0.0), *starts[-1:])
        free_from[turn.speaker] = start + duration + OWN_PAUSE_SECONDS
        starts.append(start)
    last_end = max(start + duration for start, duration in zip(starts, durations_seconds, strict=True))
    return starts, last_end + rng.uniform(*TAIL_SECONDS)


def _length(time: Heard) -> float:
    return time.end_seconds - time.start_seconds


def _tempo(heard: Sequence[Heard], durations_seconds: Sequence[float]) -> float:
    """Return how much longer the new utterances are than those of the recording."""
    originally = sum(map(_length, heard))
    least, most = TEMPO_LIMITS
    return min(most, max(least, sum(durations_seconds) / originally)) if originally else 1.0


def _share_within(under: Heard, time: Heard) -> float:
    """Return how far into a turn something began, from 0 to 1."""
    return min(1.0, max(0.0, (time.start_seconds - under.start_seconds) / (_length(under) or 1.0)))


def _offset(last: Heard, time: Heard, last_duration: float, duration: float, tempo: float) -> float:
    """Return the seconds from the end of the last turn to the start of this one; below 0 they overlap."""
    gap = time.start_seconds - last.end_seconds
    if gap >= 0:
        return min(gap * tempo, LONGEST_GAP_SECONDS)
    shorter = min(_length(last), _length(time))
    share = min(MOST_OVERLAP_SHARE, -gap / shorter) if shorter else 0.0
    return -share * min(last_duration, duration)
