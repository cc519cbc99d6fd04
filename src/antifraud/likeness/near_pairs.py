"""Which of very many texts are nearly the same: MinHash proposes pairs, exact Jaccard decides.

`NearTexts` looks up texts as they come; this reads them all first, and is for hundreds of thousands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from antifraud.likeness.characters import shingles
from antifraud.likeness.sketches import Sketches, sketch

NEAR_JACCARD: Final = 0.7
"""Of the 5-shingles of the full text; the measure of DeDup practice and of the reference figures."""
_ROWS, _BANDS = 5, 43
"""A pair of Jaccard 0.7 agrees in a band with probability 0.9996, one of 0.92 (three of 348 characters changed) always,
one of 0.1 with 0.0004."""
_LEAST_AGREEMENT: Final = 0.57
"""Of the columns of two sketches: four standard deviations (0.031 each) below 0.7."""
_PAIRS_AT_ONCE: Final = 1 << 14
"""Their sketches fill 15 MB; a design choice."""
_FACTOR: Final = np.uint64(0x9E3779B97F4A7C15)
"""Odd, of splitmix64; another that mixes well would do."""

Pairs = NDArray[np.int64]
"""Shape (pairs, 2): numbers of texts."""
Groups = NDArray[np.int64]
"""Shape (texts,): which group each text is in."""


class Texts(Protocol):
    """Texts by number."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __getitem__(self, number: int, /) -> str: ...


class NearPair(NamedTuple):
    """Two texts that are nearly the same, by their numbers."""

    one: int
    other: int
    jaccard: float


def near_pairs(texts: Texts, groups: Groups, *, seed: int = 1, limit: float = NEAR_JACCARD) -> list[NearPair]:
    """Return pairs of near texts from different groups: not all, but as many as connect whatever is near.

    Args:
        texts: read twice; without punctuation.
        groups: texts of one group are not compared; shape (texts,).
        seed: of the sketches; another one finds the same pairs by other chances.
        limit: the Jaccard index from which texts are near, 0.7 or more.
    """
    if len(texts) < 2:
        return []
    sketches = sketch(texts, len(texts), _ROWS * _BANDS, seed)
    search = _Search(texts, sketches, groups, limit)
    whole = _keys(sketches)
    search.look(np.arange(len(texts)), whole, steps=1)
    kept = np.sort(np.unique(whole, return_index=True)[1])
    for first in range(0, _ROWS * _BANDS, _ROWS):
        search.look(kept, _keys(sketches[kept, first : first + _ROWS]))
    return sorted(search.found)


def _keys(columns: Sketches) -> NDArray[np.uint64]:
    """Return one number for each row, the same for the same row."""
    keys = np.zeros(len(columns), np.uint64)
    for column in columns.T:
        keys = (keys ^ column) * _FACTOR
        keys ^= keys >> np.uint64(32)
    return keys


class _Search:
    """What was found so far. Groups become one where a pair is found, so that no pair is sought between them again."""

    def __init__(self, texts: Texts, sketches: Sketches, groups: Groups, limit: float) -> None:
        self.found: list[NearPair] = []
        self._texts, self._sketches, self._limit = texts, sketches, limit
        self._groups = np.unique(groups, return_inverse=True)[1].astype(np.int64)
        self._not_near: set[tuple[int, int]] = set()

    def look(self, numbers: NDArray[np.int64], keys: NDArray[np.uint64], steps: int | None = None) -> None:
        """Compare texts of equal keys: neighbours in their order first, then those two apart, and so on.

        Args:
            numbers: of the texts, rising.
            keys: one for each.
            steps: how far apart texts are compared; None for all.
        """
        order = np.argsort(keys, kind="stable")
        ranked, numbers = keys[order], numbers[order]
        run = np.cumsum(np.concatenate([[False], ranked[1:] != ranked[:-1]]))
        places = self._worth_a_look(np.arange(len(numbers)), numbers, run)
        for step in range(1, len(numbers) if steps is None else steps + 1):
            places = places[: np.searchsorted(places, len(numbers) - step)]
            places = places[run[places] == run[places + step]]
            if not len(places):
                return
            if self._compare(np.stack([numbers[places], numbers[places + step]], axis=1)):
                places = self._worth_a_look(places, numbers, run)

    def _worth_a_look(
        self, places: NDArray[np.int64], numbers: NDArray[np.int64], run: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the places in runs of more than one group."""
        groups = self._groups[numbers]
        changes = (run[1:] == run[:-1]) & (groups[1:] != groups[:-1])
        worth: NDArray[np.int64] = places[np.bincount(run[1:], changes, run[-1] + 1)[run[places]] > 0]
        return worth

    def _compare(self, pairs: Pairs) -> bool:
        """Decide pairs, each text in two of them at most; tell whether groups became one."""
        pairs = np.sort(pairs[self._groups[pairs[:, 0]] != self._groups[pairs[:, 1]]], axis=1)
        pairs = pairs[self._agreement(pairs) >= _LEAST_AGREEMENT]
        before = len(self.found)
        for one, other in pairs.tolist():
            if (one, other) not in self._not_near:
                jaccard = _jaccard(self._texts[one], self._texts[other])
                if jaccard >= self._limit:
                    self.found.append(NearPair(one, other, jaccard))
                else:
                    self._not_near.add((one, other))
        if new := self.found[before:]:
            ends = self._groups[np.array([pair[:2] for pair in new])]
            count = self._groups.max() + 1
            links = coo_array((np.ones(len(new), bool), (ends[:, 0], ends[:, 1])), shape=(count, count))
            self._groups = connected_components(links.tocsr(), directed=False)[1].astype(np.int64)[self._groups]
        return bool(new)

    def _agreement(self, pairs: Pairs) -> NDArray[np.float64]:
        """Return the share of equal columns, which estimates the Jaccard index."""
        shares = [
            (self._sketches[part[:, 0]] == self._sketches[part[:, 1]]).mean(axis=1)
            for start in range(0, len(pairs), _PAIRS_AT_ONCE)
            if len(part := pairs[start : start + _PAIRS_AT_ONCE])
        ]
        return np.concatenate([np.empty(0), *shares])


def _jaccard(one: str, other: str) -> float:
    cut, against = shingles(one), shingles(other)
    return len(cut & against) / len(cut | against)
