"""What a release is made of: a call, or a window of one, with its recording."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import soundfile

from antifraud.records import AnnotatedCall, Round

Stage = Literal["early", "late", "complete"]


@dataclass(frozen=True)
class Sample:
    """One recording of a release, and what can be told from it."""

    call: AnnotatedCall
    """The call as far as it is heard here: a window has turns, times, labels and rounds of its own."""
    whole: AnnotatedCall
    """The call itself."""
    split: str
    file: Path
    """The recording in the release."""
    most_heard_seconds: float
    """How much of a recording the model that is trained hears."""
    first_turn: int = 0
    start_seconds: float = 0.0
    """Where in the call the recording begins."""

    @cached_property
    def sound(self) -> bytes:
        """The audio file, read once, and only where a format holds it."""
        return self.file.read_bytes()

    @cached_property
    def frames(self) -> int:
        """Samples of a channel, by the header of the file."""
        return int(soundfile.info(self.file).frames)

    @property
    def heard_seconds(self) -> float:
        """How much of the recording the model hears."""
        return min(self.call.duration_seconds, self.most_heard_seconds)

    @property
    def turns(self) -> range:
        """The turns of the call that are heard here, by their number in the call."""
        return range(self.first_turn, self.first_turn + len(self.call.turns))

    @property
    def is_whole(self) -> bool:
        return len(self.turns) == len(self.whole.turns)

    @property
    def ends_the_call(self) -> bool:
        return self.turns.stop == len(self.whole.turns)

    @property
    def is_fraud(self) -> bool | None:
        """The label; null where what decides the call is not in the recording."""
        decisive = deciding_turns(self.whole)
        is_told = self.is_whole or (bool(decisive) and all(turn in self.turns for turn in decisive))
        return self.whole.is_fraud if is_told else None

    @property
    def stage(self) -> Stage:
        """early: nothing in the recording decides; late: something does, and the call goes on; complete: it ends."""
        if self.is_fraud is None:
            return "early"
        return "complete" if self.ends_the_call else "late"

    @property
    def is_borne_out(self) -> bool:
        """The label is there, and what decides it lies within what the model hears."""
        if self.is_fraud is None:
            return False
        when = {segment.turn: segment.end_seconds for segment in self.whole.segments}
        decided = max(when[turn] for turn in deciding_turns(self.whole) or when)
        return decided - self.start_seconds <= self.most_heard_seconds

    @property
    def answered(self) -> tuple[Round, ...]:
        """The rounds whose answer can be told from the recording, whether or not all that was thought can."""
        kept = {round_.task for round_ in self.call.rounds}
        return tuple(
            round_
            for round_ in self.whole.rounds
            if round_.task in kept or (round_.task == "fraud" and self.is_fraud is not None)
        )


def deciding_turns(call: AnnotatedCall) -> frozenset[int]:
    """Return the turns that prove the label; empty where only the whole call does.

    That is the decisive turn, or what a fraud call without one, as LLM agents talk, was found to be fraud by. An
    everyday call shows what it is by what never comes.
    """
    if call.decisive is not None:
        return frozenset({call.decisive.turn})
    if not call.is_fraud:
        return frozenset()
    return frozenset(item.turn for round_ in call.rounds if round_.task == "fraud" for item in round_.evidence)
