"""Sketches of texts for MinHash, many at a time: numpy hashes the shingles, rensa keeps the least of every order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash

from antifraud.likeness.characters import SHINGLE_CHARACTERS

_TEXTS_AT_ONCE: Final = 512
"""Their hashes fill a few MB; a design choice."""
_GOLDEN: Final = 0x9E3779B97F4A7C15
_FACTORS: Final = tuple(np.uint64(pow(_GOLDEN, power, 1 << 64)) for power in range(1, SHINGLE_CHARACTERS + 1))
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)
"""Odd constants of splitmix64 (Steele, Lea and Flood, 2014); others that mix well would do."""

Sketches = NDArray[np.uint16]


def sketch(texts: Iterable[str], count: int, permutations: int, seed: int) -> Sketches:
    """Return the sketches of `count` texts, shape (count, permutations): the low 16 bits of the least hashes.

    Two texts agree in a column with the probability of their Jaccard index of 5-shingles, give or take 2^-16.
    """
    sketches = np.empty((count, permutations), np.uint16)
    rest = iter(texts)
    for start in range(0, count, _TEXTS_AT_ONCE):
        hashes, offsets = _hashed(list(islice(rest, _TEXTS_AT_ONCE)))
        digests = RMinHash.digest_matrix_from_flat_token_hashes(hashes, offsets, permutations, seed)
        sketches[start : start + _TEXTS_AT_ONCE] = np.array(digests.to_rows(), np.uint32).astype(np.uint16)
    return sketches


def _hashed(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return the hash of every run of 5 characters, text after text, and where each text begins; one more at the end.

    A text that is shorter is one run, filled up with a sign that no text holds.
    """
    whole = [text.ljust(SHINGLE_CHARACTERS, "\0") for text in texts]
    signs = np.frombuffer("".join(whole).encode("utf-32-le"), np.uint32).astype(np.uint64)
    lengths = np.array([len(text) for text in whole])
    most = len(signs) - SHINGLE_CHARACTERS + 1
    hashes = np.zeros(most, np.uint64)
    for place, factor in enumerate(_FACTORS):
        hashes += signs[place : place + most] * factor
    hashes ^= hashes >> np.uint64(31)
    hashes *= _MIX
    hashes ^= hashes >> np.uint64(29)
    within = np.ones(len(signs), bool)
    ends = np.cumsum(lengths)
    for back in range(1, SHINGLE_CHARACTERS):
        within[ends - back] = False
    runs = lengths - SHINGLE_CHARACTERS + 1
    return hashes[within[:most]], np.concatenate([[0], np.cumsum(runs)]).astype(np.uint64)
