"""Which dialogues are shown for a call: its seed, and others of its kind that are unlike it and each other."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Final

from antifraud.intake.imitation.orders import kind_of
from antifraud.likeness.characters import bare, shingles
from antifraud.records import Dialogue

LOOKED_AT: Final = 24
"""Dialogues drawn to choose the unlike ones from; a design choice."""


class Pool:
    """The seeds, and what was accepted of the rounds before."""

    def __init__(self, seeds: Iterable[Dialogue]) -> None:
        self._by_kind: dict[str, list[Dialogue]] = {}
        for seed in seeds:
            self.join(seed)

    def join(self, dialogue: Dialogue) -> None:
        """Add a dialogue, behind all others of its kind."""
        self._by_kind.setdefault(kind_of(dialogue), []).append(dialogue)

    def exemplars(self, seed: Dialogue, count: int, rng: Random) -> tuple[Dialogue, ...]:
        """Return the seed and up to `count - 1` others of its kind, the least alike first.

        The seed stands first, for its strategy is kept: what was imitated before shows other words, not other ways.
        """
        if count < 2:
            return (seed,)
        others = [each for each in self._by_kind.get(kind_of(seed), []) if each.id != seed.id]
        left = [(each, _shingles(each)) for each in rng.sample(others, min(LOOKED_AT, len(others)))]
        chosen = [(seed, _shingles(seed))]
        while left and len(chosen) < count:
            best = min(left, key=lambda each: max(_jaccard(each[1], one[1]) for one in chosen))
            left.remove(best)
            chosen.append(best)
        return tuple(dialogue for dialogue, _ in chosen)


def _shingles(dialogue: Dialogue) -> set[str]:
    return shingles(bare("".join(turn.text for turn in dialogue.turns)))


def _jaccard(one: set[str], other: set[str]) -> float:
    return len(one & other) / len(one | other)
