"""Which dialogues are the same, or nearly: MinHash proposes pairs, exact Jaccard decides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rensa import RMinHash, RMinHashLSH

from antifraud.audit.texts import bare, view
from antifraud.records import Dialogue, Record

SHINGLE_CHARACTERS: Final = 5
NEAR_JACCARD: Final = 0.7
"""Of the 5-shingles of the full text; the measure of DeDup practice and of the reference figures."""
_PERMUTATIONS: Final = 128
_BANDS: Final = 32
"""Four rows a band propose a pair of Jaccard 0.7 with probability 0.9998, one of 0.3 with 0.23."""
_HASH_SEED: Final = 1
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
    """Yield (earlier, later, Jaccard index) of every proposed pair that reaches 0.7.

    Shingles are cut anew for each text that is compared: those of 10,000 dialogues kept at once would take 0.5 GB.
    """
    index = RMinHashLSH(threshold=NEAR_JACCARD, num_perm=_PERMUTATIONS, num_bands=_BANDS)
    for later, text in enumerate(texts):
        cut = shingles(text)
        sketch = RMinHash(num_perm=_PERMUTATIONS, seed=_HASH_SEED)
        sketch.update(sorted(cut))
        for earlier in sorted(index.query(sketch)):
            found = _jaccard(cut, texts[earlier])
            if found >= NEAR_JACCARD:
                yield earlier, later, found
        index.insert(later, sketch)


def shingles(text: str) -> set[str]:
    """Return every run of 5 characters; a shorter text is one shingle."""
    return {text[start : start + SHINGLE_CHARACTERS] for start in range(max(1, len(text) - SHINGLE_CHARACTERS + 1))}


def _jaccard(one: set[str], text: str) -> float:
    if len(text) - SHINGLE_CHARACTERS + 1 < NEAR_JACCARD * len(one):
        return float(one == {text})  # too few shingles to reach the limit, however alike
    other = shingles(text)
    return len(one & other) / len(one | other)
