"""Windows of calls that are longer than a model hears: where they are cut, and what is left of a call in each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from antifraud.records import AnnotatedCall, Call, Round, Segment
from antifraud.release.samples import deciding_turns
from antifraud.release_config import WindowConfig

_QUOTED: Final = re.compile("“([^”]+)”")
_LONGEST_STEM: Final = 58
"""Characters of an id (64 at most) that leave room for `-w` and a number."""


@dataclass(frozen=True)
class Window:
    """Turns of a call that follow each other, and when they are heard."""

    number: int
    turns: range
    start_seconds: float
    end_seconds: float

    @property
    def duration_seconds(self) -> float:
        return self.end_seconds - self.start_seconds


def windows(call: Call, config: WindowConfig) -> Iterator[Window]:
    """Yield windows that hold every turn; each begins and ends with a turn and is heard whole.

    A turn that alone is longer than what is heard is a window all the same. A window repeats `overlap_turns` of the one
    before, or as many as leave room for a new turn.
    """
    heard = sorted(call.segments, key=lambda segment: segment.turn)

    def between(first: int, stop: int) -> Window:
        part = heard[first:stop]
        start, end = min(item.start_seconds for item in part), max(item.end_seconds for item in part)
        return Window(number, range(first, stop), start, end)

    def fits(first: int, stop: int) -> bool:
        return between(first, stop).duration_seconds <= config.heard_seconds

    first, stop, number = 0, 0, 0
    while stop < len(heard):
        repeated = (turn for turn in range(max(first + 1, stop - config.overlap_turns), stop) if fits(turn, stop + 1))
        first = next(repeated, stop)
        stop = next((at for at in range(stop + 1, len(heard)) if not fits(first, at + 1)), len(heard))
        yield between(first, stop)
        number += 1


def within(call: AnnotatedCall, window: Window, seconds: float) -> AnnotatedCall:
    """Return what is left of a call in a window, its times counted from the start of the window.

    Args:
        seconds: length of the window's recording.
    """
    shift = window.start_seconds
    segments = [segment for segment in call.segments if segment.turn in window.turns]
    rounds = tuple(_moved(round_, window) for round_ in call.rounds if _is_told(round_, call, window))
    told = {round_.task for round_ in rounds}
    return call.model_copy(
        update={
            "id": _window_id(call.id, window.number),
            "duration_seconds": seconds,
            "turns": tuple(
                call.turns[turn].model_copy(update={"index": turn - window.turns.start}) for turn in window.turns
            ),
            "segments": tuple(_shifted(segment, window.turns.start, shift, seconds) for segment in segments),
            "rounds": rounds,
            "scene": call.scene if "scene" in told else None,
            "fraud_type": call.fraud_type if "fraud_type" in told else None,
            "official_category": call.official_category if "fraud_type" in told else None,
            "sounds": (),
            "prefixes": (),
            "decisive": None,
            "quotes": (),
            "timing": None,
            "clean_audio": None,
            "clean_sha256": None,
        }
    )


def _is_told(round_: Round, call: AnnotatedCall, window: Window) -> bool:
    """Say whether all a round goes by is heard in a window: its evidence, and every word of the call it thinks of."""
    needed = {item.turn for item in round_.evidence}
    if round_.task != "scene":
        needed |= deciding_turns(call) or set(range(len(call.turns)))
    here, all_of_it = (_said(call, turns) for turns in (window.turns, range(len(call.turns))))
    quoted = _QUOTED.findall(round_.think + round_.answer.reason)
    return needed <= set(window.turns) and all(quote in here for quote in quoted if quote in all_of_it)


def _said(call: Call, turns: range) -> str:
    return "\n".join(call.turns[turn].text for turn in turns)


def _moved(round_: Round, window: Window) -> Round:
    evidence = tuple(item.model_copy(update={"turn": item.turn - window.turns.start}) for item in round_.evidence)
    return round_.model_copy(update={"evidence": evidence})


def _shifted(segment: Segment, first_turn: int, shift: float, seconds: float) -> Segment:
    return segment.model_copy(
        update={
            "turn": segment.turn - first_turn,
            "start_seconds": max(0.0, segment.start_seconds - shift),
            "end_seconds": min(seconds, segment.end_seconds - shift),
        }
    )


def _window_id(call_id: str, number: int) -> str:
    if len(call_id) > _LONGEST_STEM:
        call_id = f"{call_id[: _LONGEST_STEM - 9]}-{sha256(call_id.encode()).hexdigest()[:8]}"
    return f"{call_id}-w{number:02d}"
