"""How long the turns of a call are: nine figures that know no word of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from antifraud.labels import Speaker

FEATURES: Final = (
    "turns",
    "characters",
    "caller_characters",
    "callee_characters",
    "mean_caller_turn_characters",
    "mean_callee_turn_characters",
    "longest_turn_characters",
    "first_caller_turn_characters",
    "first_callee_turn_characters",
)
"""The nine length features of the lengths-only classifier; the source names none, these reproduce its figure."""


class SaidTurn(Protocol):
    """Who speaks, and what."""

    @property
    def speaker(self) -> Speaker:
        """The side."""
        ...

    @property
    def text(self) -> str:
        """Its words."""
        ...


def length_features(calls: Iterable[Sequence[SaidTurn]]) -> NDArray[np.float64]:
    """Return the features of the turns of each call, shape (calls, 9), in the order of `FEATURES`."""
    return np.array([_features(turns) for turns in calls], dtype=np.float64)


def _features(turns: Sequence[SaidTurn]) -> list[float]:
    sizes = {
        side: [len(turn.text) for turn in turns if turn.speaker is side] or [0]
        for side in (Speaker.CALLER, Speaker.CALLEE)
    }
    caller, callee = sizes[Speaker.CALLER], sizes[Speaker.CALLEE]
    return [
        len(turns),
        sum(caller) + sum(callee),
        sum(caller),
        sum(callee),
        sum(caller) / len(caller),
        sum(callee) / len(callee),
        max(*caller, *callee),
        caller[0],
        callee[0],
    ]
