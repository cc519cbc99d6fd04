"""How much there is to say in a text, in Mandarin syllables."""

from __future__ import annotations

import re

_COUNTED = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff0-9]|[A-Za-z]+")
_VOWELS = re.compile(r"[aeiouy]+")
_SYLLABLES_OF_W = 3
"""The letter is said 达不溜, or double-u; every other letter is one syllable."""


def spoken_characters(text: str) -> int:
    """Return the syllables of a text: a hanzi or digit is one, so is each capital letter but W; a word has its vowels.

    Args:
        text: as it is said, see `antifraud.speech.reading`.
    """
    return sum(_syllables(match[0]) for match in _COUNTED.finditer(text))


def _syllables(token: str) -> int:
    if not token.isalpha() or not token.isascii():
        return 1
    if token.isupper():
        return sum(_SYLLABLES_OF_W if letter == "W" else 1 for letter in token)
    return max(1, len(_VOWELS.findall(token.lower())))
