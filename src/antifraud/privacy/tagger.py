"""A conditional random field that reads a call sign by sign, trained on labelled lines by `scripts/finder/train.py`.

Rules know what a number is and miss what people make of it; the field has seen both. What rules find is among its
features (`signs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from pycrfsuite import Tagger

from antifraud.privacy.kinds import Kind, Mention, Place
from antifraud.privacy.signs import features

MODEL: Final = Path(__file__).with_name("finder.crfsuite")
OUTSIDE: Final = "O"
BEGINS: Final = "B-"
INSIDE: Final = "I-"
_STOPS: Final = " ，,。？?！!…、；;：:"
"""Never at an end of a value."""


@cache
def _tagger() -> Tagger:
    tagger = Tagger()
    tagger.open(str(MODEL))
    return tagger


def tagged(texts: Sequence[str], found: Sequence[Mention]) -> Iterator[Mention]:
    """Yield the personal data of the turns of a call, each place on its own.

    Args:
        found: what rules find there.
    """
    if not any(texts):
        return
    yield from places(texts, _tagger().tag(features(texts, found)))


def places(texts: Sequence[str], labels: Sequence[str]) -> Iterator[Mention]:
    """Yield what labels of signs say; a sign between two turns has one too, and belongs to neither."""
    offset = 0
    for turn, text in enumerate(texts):
        place = 0
        while place < len(text):
            label = labels[offset + place]
            start, place = place, place + 1
            if label == OUTSIDE:
                continue
            kind = label.removeprefix(BEGINS).removeprefix(INSIDE)
            while place < len(text) and labels[offset + place] == INSIDE + kind:
                place += 1
            if said := text[start:place].strip(_STOPS):
                begin = text.find(said, start)
                yield Mention(Kind(kind), (Place(turn, begin, begin + len(said)),))
        offset += len(text) + 1
