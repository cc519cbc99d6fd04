"""Texts as runs of characters, which need no cutting into words."""

from __future__ import annotations

import re
from typing import Final

SHINGLE_CHARACTERS: Final = 5
_NO_PUNCTUATION = re.compile(r"[^\w]|_")


def bare(text: str) -> str:
    """Return a text without punctuation and spaces."""
    return _NO_PUNCTUATION.sub("", text)


def runs(text: str, length: int) -> set[str]:
    """Return every run of `length` characters; none of a shorter text."""
    return {text[start : start + length] for start in range(len(text) - length + 1)}


def shingles(text: str) -> set[str]:
    """Return every run of 5 characters; a shorter text is one shingle."""
    return runs(text, SHINGLE_CHARACTERS) or {text}
