"""Where the reasoning of an answer ends and what is meant as the answer begins."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NAMES: Final = "think|thinking|thought|reasoning"
_OPENS: Final = re.compile(rf"<\s*(?:{_NAMES})\s*>", re.IGNORECASE)
_CLOSES: Final = re.compile(rf"<\s*/\s*(?:{_NAMES})\s*>", re.IGNORECASE)
_ANSWER_OPENS: Final = re.compile(r"<\s*answer\s*>", re.IGNORECASE)
_ANSWER_CLOSES: Final = re.compile(r"<\s*/\s*answer\s*>", re.IGNORECASE)
_LONGEST_ANSWER: Final = 20_000
"""Characters that are read, from the end: bounds the work on a model that runs wild. A design choice."""


@dataclass(frozen=True)
class Declared:
    """What is meant as the answer."""

    text: str
    is_tagged: bool
    """It stood between <answer> and </answer>."""
    is_open: bool
    """The thinking or the answer began and never ended; `text` is then what there is of the answer."""


def declared_answer(raw: str) -> Declared:
    """Return the last complete <answer> behind the reasoning, or where none is tagged all that stands behind it.

    Templates that open the thinking themselves leave a text that only closes it. Thinking that never ends holds no
    answer, whatever it quotes.
    """
    thought = list(_CLOSES.finditer(raw))
    rest = raw[thought[-1].end() :] if thought else raw
    if _OPENS.search(rest):
        return Declared("", is_tagged=False, is_open=True)
    rest = rest[-_LONGEST_ANSWER:]
    opened = list(_ANSWER_OPENS.finditer(rest))
    for close in reversed(list(_ANSWER_CLOSES.finditer(rest))):
        if begun := [mark for mark in opened if mark.end() <= close.start()]:
            return Declared(rest[begun[-1].end() : close.start()], is_tagged=True, is_open=False)
    if opened:
        return Declared(rest[opened[-1].end() :], is_tagged=True, is_open=True)
    return Declared(_ANSWER_CLOSES.sub("", rest), is_tagged=False, is_open=False)


def thoughts(raw: str) -> str:
    """Return the reasoning in a text without its tags, or where none is tagged what stands before the answer."""
    thought = list(_CLOSES.finditer(raw))
    if thought:
        return _CLOSES.sub("", _OPENS.sub("", raw[: thought[-1].start()])).strip()
    if opened := _OPENS.search(raw):
        return _OPENS.sub("", raw[opened.end() :]).strip()
    begun = _ANSWER_OPENS.search(raw)
    return raw[: begun.start()].strip() if begun else ""
