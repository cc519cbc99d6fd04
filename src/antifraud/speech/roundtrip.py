"""What a recogniser heard against what was said: the character error rate of a call."""

from __future__ import annotations

import re

from rapidfuzz.distance import Levenshtein

from antifraud.speech.reading import spoken

_TAG = re.compile(r"<\|[^|<>]*\|>")
"""SenseVoice writes language, emotion and events so: <|zh|><|NEUTRAL|><|Speech|>."""
_KEPT = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fffa-z]")
_SAME = str.maketrans({"幺": "一", "两": "二"})
"""One number, said in two ways; a recogniser writes either."""


def character_error_rate(reference: str, heard: str) -> float:
    """Return the edits that turn what was said into what was heard, per character said.

    Both are compared as they are spoken, so that 3 and 三 are the same; only hanzi and letters count, in small letters.

    Args:
        reference: as it is written or as it was given to the engine.
        heard: of a recogniser, with its tags.

    Returns:
        0 where all is right, 1 where nothing was heard; more where far more was heard than said.

    Raises:
        ValueError: nothing in the reference can be spoken.
    """
    said, understood = _compared(reference), _compared(heard)
    if not said:
        raise ValueError(f"nothing in the reference can be spoken: {reference[:20]!r}")
    return Levenshtein.distance(said, understood) / len(said)


def _compared(text: str) -> str:
    read = spoken(_TAG.sub("", text)).lower()
    return "".join(_KEPT.findall(read)).translate(_SAME)
