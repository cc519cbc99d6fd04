"""Which recordings are the same, by their prints: equal prints propose places, all bits of a block decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from antifraud.bench.sound_prints import FINE, STEP_SECONDS, Prints

LIMIT: Final = 0.35
"""Share of different bits up to which two blocks are the same (Haitsma and Kalker, 2002); others differ in half."""
LEAST_SECONDS: Final = 5.0
"""Of speech in the same blocks; less of it, as a greeting in the same voice, proves nothing."""
LEAST_SHARE: Final = 0.5
"""Of the shorter recording that must lie within the other; a design choice."""
_COMMON: Final = 256
"""A print that is kept more often than that tells no recording from others."""
_FEWEST_VOTES: Final = 2
_MOST_CANDIDATES: Final = 40
_NEAR_FINE: Final = 2
"""Fine steps to either side of a proposed place that are tried too."""
_BLOCK_STEPS: Final = 52
"""3.3 s, as theirs."""
_FEWEST_STEPS: Final = 16
"""Of a block that must be heard in both, or it tells nothing."""
_PRINT_SHIFT: Final = np.uint64(32)


@dataclass(frozen=True)
class Match:
    """A recording that is in another one."""

    number: int
    """Of the recording that was kept."""
    different: float
    """Share of the bits."""


class SoundIndex:
    """Recordings by number, and which of them another recording is: equal prints propose, all bits decide.

    Args:
        kept: fine prints; below 2^32 of them, which is 19,000 hours.
    """

    def __init__(self, kept: list[Prints]) -> None:
        self._kept = kept
        self._starts = np.cumsum([0, *map(len, kept)])
        words = np.arange(self._starts[-1], dtype=np.uint64)
        for number, prints in enumerate(kept):
            words[self._starts[number] : self._starts[number + 1]] |= prints.astype(np.uint64) << _PRINT_SHIFT
        words.sort()  # by print, then by place; one array, as a hundred hours hold 22 million
        self._prints = (words >> _PRINT_SHIFT).astype(np.uint32)
        self._places = words.astype(np.uint32)
        again = self._prints[:-_COMMON] == self._prints[_COMMON:]
        self._common = np.unique(self._prints[:-_COMMON][again])

    def matches(self, prints: Prints) -> list[Match]:
        """Return the kept recordings that hold this one or are held by it, by number.

        Args:
            prints: plain ones.
        """
        places: dict[int, list[int]] = {}
        for number, begin in self._proposed(prints):
            places.setdefault(number, []).extend(range(begin - _NEAR_FINE, begin + _NEAR_FINE + 1))
        found = ((number, overlap(self._kept[number], prints, begins)) for number, begins in sorted(places.items()))
        return [
            Match(number, shared.different)
            for number, shared in found
            if shared.seconds >= LEAST_SECONDS and shared.share >= LEAST_SHARE
        ]

    def _proposed(self, prints: Prints) -> list[tuple[int, int]]:
        """Return (number, fine place at which the recording begins in it), the most voted first."""
        steps = np.flatnonzero((prints != 0) & ~np.isin(prints, self._common))
        first = np.searchsorted(self._prints, prints[steps], "left")
        count = np.searchsorted(self._prints, prints[steps], "right") - first
        hits = np.repeat(first - np.concatenate([[0], np.cumsum(count)[:-1]]), count) + np.arange(count.sum())
        places = self._places[hits].astype(np.int64)
        number = np.searchsorted(self._starts, places, "right") - 1
        begins = places - self._starts[number] - FINE * np.repeat(steps, count)
        code = (number << 32) + (begins + (1 << 31)) // 2
        codes, votes = np.unique(code, return_counts=True)
        order = np.argsort(-votes, kind="stable")[:_MOST_CANDIDATES]
        return [
            (int(codes[at] >> 32), 2 * int(codes[at] & 0xFFFFFFFF) - (1 << 31))
            for at in order
            if votes[at] >= _FEWEST_VOTES
        ]


@dataclass(frozen=True)
class Overlap:
    """What two recordings have in common."""

    seconds: float
    """Of what is heard in both."""
    share: float
    """Of what is heard in the shorter one."""
    different: float
    """Share of the bits within that; 1 where there is nothing."""


def overlap(kept: Prints, prints: Prints, begins: Iterable[int]) -> Overlap:
    """Return what two recordings share, block by block, so that pauses may have been cut or put in.

    Args:
        kept: fine prints.
        prints: plain ones; each of their blocks is looked for wherever they may begin.
        begins: fine places in the others at which they may begin.
    """
    starts = np.arange(0, len(prints), _BLOCK_STEPS)
    best, heard_in = np.ones(len(starts)), np.zeros(len(starts))
    for begin in dict.fromkeys(begins):
        one = _from(kept, begin, len(prints))
        both = (one != 0) & (prints != 0)
        heard = np.add.reduceat(both, starts, dtype=np.intp)
        bits = np.add.reduceat(np.where(both, np.bitwise_count(one ^ prints), 0), starts, dtype=np.intp)
        different = np.where(heard >= _FEWEST_STEPS, bits / np.maximum(32 * heard, 1), 1.0)
        best, heard_in = np.where(different < best, (different, heard), (best, heard_in))
    is_same = best <= LIMIT
    steps = float(heard_in[is_same].sum())
    shorter = min(np.count_nonzero(prints), np.count_nonzero(kept) / FINE)
    mean = float((best * heard_in)[is_same].sum()) / steps if steps else 1.0
    return Overlap(steps * STEP_SECONDS, min(1.0, steps / shorter) if shorter else 0.0, mean)


def _from(kept: Prints, begin: int, steps: int) -> Prints:
    """Return so many plain prints from a fine place on; 0 before the first and after the last."""
    places = begin + FINE * np.arange(steps)
    inside = (places >= 0) & (places < len(kept))
    return np.where(inside, kept[np.clip(places, 0, len(kept) - 1)], np.uint32(0))
