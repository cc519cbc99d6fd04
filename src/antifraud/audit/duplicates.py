"""Which dialogues are the same, or nearly: MinHash proposes pairs, exact Jaccard decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from antifraud.audit.texts import view
from antifraud.likeness.characters import bare
from antifraud.likeness.near_pairs import NEAR_JACCARD
from antifraud.likeness.near_texts import NearTexts
from antifraud.records import Dialogue, Record

_SHOWN_PAIRS: Final = 10


class NearPair(Record):
    """Two dialogues that are nearly the same."""

    one: str
    other: str
    jaccard: float
    same_storyline: bool


class Duplicates(Record):
    """How many dialogues repeat others; shares are of all dialogues."""

    exact_share: float
    """Dialogues whose full text occurred before."""
    near_share: float
    """Dialogues that an earlier one resembles with a Jaccard index of at least 0.7; exact ones included."""
    pairs: int
    examples: tuple[NearPair, ...]
    """The most similar pairs."""


def duplicates(dialogues: Sequence[Dialogue]) -> Duplicates:
    """Find the repetitions among at least one dialogue; the first of a group counts as the original."""
    texts = [bare(view(dialogue, "full")) for dialogue in dialogues]
    pairs = sorted(near_pairs(texts), key=lambda pair: (-pair[2], pair[0], pair[1]))
    return Duplicates(
        exact_share=1 - len(set(texts)) / len(texts),
        near_share=len({later for _, later, _ in pairs}) / len(texts),
        pairs=len(pairs),
        examples=tuple(
            NearPair(
                one=dialogues[one].id,
                other=dialogues[other].id,
                jaccard=jaccard,
                same_storyline=dialogues[one].storyline == dialogues[other].storyline,
            )
            for one, other, jaccard in pairs[:_SHOWN_PAIRS]
        ),
    )


def near_pairs(texts: Sequence[str]) -> Iterator[tuple[int, int, float]]:
    """Yield (earlier, later, Jaccard index) of every proposed pair that reaches 0.7."""
    kept = NearTexts(NEAR_JACCARD)
    for later, text in enumerate(texts):
        yield from ((earlier, later, jaccard) for earlier, jaccard in kept.near(text))
        kept.keep(text)
