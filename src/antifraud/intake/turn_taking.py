"""Utterances of two sides become turns in the order they were said, with overlaps and back-channels as they were."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from antifraud.intake.transcripts.sides import other_side
from antifraud.intake.utterances import Utterance
from antifraud.intake_config import IngestConfig
from antifraud.labels import Act, Emotion, Speaker
from antifraud.records import Heard, Turn

_ENDED: Final = tuple("，。？！；：、…—,.?!;:")
_HUNDREDTHS: Final = 2
"""Digits of a time in a record: a hundredth of a second is finer than any recogniser."""


@dataclass(frozen=True)
class _Floor:
    """An utterance or several joined, and whether it leaves the floor to the other side."""

    said: Utterance
    is_backchannel: bool = False


def take_turns(
    utterances: Sequence[Utterance], config: IngestConfig
) -> tuple[tuple[Turn, ...], tuple[Heard, ...] | None]:
    """Return the turns, and when each was heard where every time is known.

    Args:
        utterances: in the order they were said where times are missing.
    """
    is_timed = all(said.start is not None and said.end is not None for said in utterances)
    ordered = sorted(utterances, key=_times) if is_timed else list(utterances)
    talking = {speaker: _Talking(said for said in ordered if said.speaker is speaker) for speaker in Speaker}
    floor = [
        _Floor(said, is_timed and _is_backchannel(said, talking[other_side(said.speaker)], config)) for said in ordered
    ]
    joined = _joined(floor, config)
    turns = tuple(
        Turn(
            index=index,
            speaker=part.said.speaker,
            text=part.said.text,
            emotion=part.said.emotion or Emotion.NEUTRAL,
            acts=(Act.BACKCHANNEL,) if part.is_backchannel else (),
        )
        for index, part in enumerate(joined)
    )
    return turns, tuple(map(_heard, joined)) if is_timed else None


def _times(said: Utterance) -> tuple[float, float]:
    return said.start or 0.0, said.end or 0.0


def _heard(part: _Floor) -> Heard:
    start, end = _times(part.said)
    return Heard(start_seconds=round(start, _HUNDREDTHS), end_seconds=round(end, _HUNDREDTHS))


class _Talking:
    """When one side talks, to be asked often."""

    def __init__(self, utterances: Iterable[Utterance]) -> None:
        times = [_times(said) for said in utterances]
        self._starts = [start for start, _ in times]
        self._ends = list(accumulate((end for _, end in times), max))
        """The latest end of an utterance and of those before it."""

    def goes_on(self, start: float, end: float, pause_seconds: float) -> bool:
        """Tell whether this side talks before and after a time without leaving off."""
        before = bisect_left(self._starts, start)
        if not before:
            return False
        if self._ends[before - 1] >= end:
            return True
        return before < len(self._starts) and self._starts[before] - self._ends[before - 1] < pause_seconds


def _is_backchannel(said: Utterance, other: _Talking, config: IngestConfig) -> bool:
    """Tell whether something short is said under what the other side says."""
    start, end = _times(said)
    is_short = len(said.text.strip("".join(_ENDED))) <= config.backchannel_characters
    return is_short and end - start <= config.backchannel_seconds and other.goes_on(start, end, config.pause_seconds)


def _joined(floor: Sequence[_Floor], config: IngestConfig) -> list[_Floor]:
    """Join neighbours of one side that no turn of the other parts; what is said under them stays behind them."""
    joined: list[_Floor] = []
    last: int | None = None
    for part in floor:
        if part.is_backchannel:
            joined.append(part)
        elif last is not None and _belongs(joined[last].said, part.said, config):
            joined[last] = replace(joined[last], said=_one(joined[last].said, part.said))
        else:
            last = len(joined)
            joined.append(part)
    return joined


def _belongs(first: Utterance, second: Utterance, config: IngestConfig) -> bool:
    if first.speaker is not second.speaker:
        return False
    if len(first.text) + len(second.text) > config.longest_turn_characters:
        return False
    if first.end is None or second.start is None:
        return True
    return second.start - first.end < config.join_seconds


def _one(first: Utterance, second: Utterance) -> Utterance:
    """Return two utterances as one, with the emotion of the longer that has one."""
    gap = "" if first.text.endswith(_ENDED) else "，"
    longer, shorter = (first, second) if len(first.text) >= len(second.text) else (second, first)
    end = None if first.end is None or second.end is None else max(first.end, second.end)
    return replace(first, text=f"{first.text}{gap}{second.text}", end=end, emotion=longer.emotion or shorter.emotion)
