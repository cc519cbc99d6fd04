"""What the dictionary of jieba knows of words and of names.

The file is read as it is: jieba itself would keep a cache where every user may write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Final

LONGEST_WORD: Final = 5
_FEWEST: Final = 10
"""Occurrences of a word in the corpus of the dictionary below which it may as well be a piece of a name."""
_STEPS: Final = (0, 3, 10, 30, 100)


def _entries() -> Iterator[tuple[str, int, str]]:
    lines = resources.files("jieba").joinpath("dict.txt").read_text(encoding="utf-8").splitlines()
    for line in lines:
        word, count, tag = line.split(" ")
        if len(word) <= LONGEST_WORD:
            yield word, int(count), tag


@cache
def tags() -> dict[str, str]:
    """Return the words with their tags; nr and nrt are persons."""
    return {word: tag for word, count, tag in _entries() if count >= _FEWEST}


@cache
def name_signs() -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
    """Return how usual a sign is as a surname, and as the first and the second sign after it, in steps from 1."""
    counts = Counter[str](), Counter[str](), Counter[str]()
    for word, _, tag in _entries():
        if tag == "nr" and len(word) == len(counts):
            for sign, seen in zip(word, counts):
                seen[sign] += 1
    first, second, third = (
        {sign: sum(count > step for step in _STEPS) for sign, count in seen.items()} for seen in counts
    )
    return first, second, third
