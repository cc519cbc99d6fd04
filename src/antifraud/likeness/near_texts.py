"""Which texts are nearly the same as one that was kept: MinHash proposes, exact Jaccard decides."""

from __future__ import annotations

from typing import Final

from rensa import RMinHash, RMinHashLSH

from antifraud.likeness.characters import SHINGLE_CHARACTERS, shingles

_BANDS: Final = {4: 32, 3: 43}
"""Bands by their rows. Four rows propose a pair of Jaccard 0.7 with probability 0.9998, one of 0.3 with 0.23; three
rows one of 0.5 with 0.997 and one of 0.1 with 0.04."""
_THREE_ROWS_BELOW: Final = 0.65
_HASH_SEED: Final = 1


class NearTexts:
    """Texts by number, and which of them a new text resembles.

    Shingles are cut anew for each text that is compared: those of 10,000 dialogues kept at once would take 0.5 GB.

    Args:
        limit: the Jaccard index of 5-shingles from which texts are near, 0.5 or more.
    """

    def __init__(self, limit: float) -> None:
        rows = 3 if limit < _THREE_ROWS_BELOW else 4
        self._limit, self._permutations = limit, rows * _BANDS[rows]
        self._index = RMinHashLSH(threshold=limit, num_perm=self._permutations, num_bands=_BANDS[rows])
        self._texts: list[str] = []
        self._last = ("", *self._sketched(""))

    def near(self, text: str) -> list[tuple[int, float]]:
        """Return the texts kept that reach the limit, the earliest first, each with its Jaccard index."""
        cut, sketch = self._known(text)
        proposed = sorted(self._index.query(sketch))
        found = ((earlier, self._jaccard(cut, self._texts[earlier])) for earlier in proposed)
        return [(earlier, jaccard) for earlier, jaccard in found if jaccard >= self._limit]

    def keep(self, text: str) -> None:
        """Add a text; its number is how many were kept before."""
        self._index.insert(len(self._texts), self._known(text)[1])
        self._texts.append(text)

    def _known(self, text: str) -> tuple[set[str], RMinHash]:
        """Return shingles and sketch of a text, which is often looked up and kept one after the other."""
        if text != self._last[0]:
            self._last = (text, *self._sketched(text))
        return self._last[1:]

    def _sketched(self, text: str) -> tuple[set[str], RMinHash]:
        cut = shingles(text)
        sketch = RMinHash(num_perm=self._permutations, seed=_HASH_SEED)
        sketch.update(sorted(cut))
        return cut, sketch

    def _jaccard(self, one: set[str], text: str) -> float:
        if len(text) - SHINGLE_CHARACTERS + 1 < self._limit * len(one):
            return float(one == {text})  # too few shingles to reach the limit, however alike
        other = shingles(text)
        return len(one & other) / len(one | other)
