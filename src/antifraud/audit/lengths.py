"""How long calls and turns are, in turns and characters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from antifraud.audit.texts import floor_turns
from antifraud.labels import Speaker
from antifraud.records import Dialogue, Record

BACKCHANNEL_CHARACTERS: Final = 4
"""Turns up to this long, punctuation included, count as back-channels: 0.16 and 2.03 % of the released turns."""
ONE_EXCHANGE_TURNS: Final = 2

CALL_BIN_CHARACTERS: Final = 50
TURN_BIN_CHARACTERS: Final = 5


class Spread(Record):
    """A distribution in a few figures."""

    mean: float
    percentile_5: float
    median: float
    percentile_95: float


class Lengths(Record):
    """How long the dialogues of a set are."""

    turns: Spread
    characters: Spread
    caller_turn_characters: Spread
    callee_turn_characters: Spread
    short_turn_share: float
    """Share of all turns that have at most 4 characters."""
    one_exchange_share: float
    """Share of calls in which each side takes the floor once at most."""
    one_exchange_without_reason: int
    """Calls of one exchange whose ending gives no reason."""
    calls_by_turns: dict[int, int]
    calls_by_characters: dict[int, int]
    """By the lower edge of bins of 50 characters."""
    turns_by_characters: dict[int, int]
    """By the lower edge of bins of 5 characters."""


def lengths(dialogues: Sequence[Dialogue]) -> Lengths:
    """Measure at least one dialogue."""
    of_side: dict[Speaker, list[int]] = {side: [] for side in Speaker}
    short, brief = 0, [dialogue for dialogue in dialogues if is_one_exchange(dialogue)]
    for dialogue in dialogues:
        for turn in dialogue.turns:
            size = len(turn.text)
            of_side[turn.speaker].append(size)
            short += size <= BACKCHANNEL_CHARACTERS
    return Lengths(
        turns=_spread([len(dialogue.turns) for dialogue in dialogues]),
        characters=_spread([characters(dialogue) for dialogue in dialogues]),
        caller_turn_characters=_spread(of_side[Speaker.CALLER]),
        callee_turn_characters=_spread(of_side[Speaker.CALLEE]),
        short_turn_share=short / max(1, sum(map(len, of_side.values()))),
        one_exchange_share=len(brief) / len(dialogues),
        one_exchange_without_reason=sum(not dialogue.ending.reason.strip() for dialogue in brief),
        calls_by_turns=_binned((len(dialogue.turns) for dialogue in dialogues), 1),
        calls_by_characters=_binned(map(characters, dialogues), CALL_BIN_CHARACTERS),
        turns_by_characters=_binned((size for sizes in of_side.values() for size in sizes), TURN_BIN_CHARACTERS),
    )


def characters(dialogue: Dialogue) -> int:
    """Return how many characters are spoken, punctuation included."""
    return sum(len(turn.text) for turn in dialogue.turns)


def is_one_exchange(dialogue: Dialogue) -> bool:
    """Tell whether at most two turns take the floor."""
    return len(floor_turns(dialogue)) <= ONE_EXCHANGE_TURNS


def _binned(values: Iterable[int], width: int) -> dict[int, int]:
    return dict(sorted(Counter(value // width * width for value in values).items()))


def _spread(values: Sequence[int]) -> Spread:
    numbers = np.array(values or [0], dtype=np.float64)
    low, middle, high = np.percentile(numbers, [5, 50, 95])
    return Spread(mean=float(numbers.mean()), percentile_5=float(low), median=float(middle), percentile_95=float(high))
