"""Pieces of a number that is told over several turns, with echoes of the other side between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from antifraud.privacy.kinds import Kind, Mention, Place
from antifraud.privacy.number_surrogates import number_of

_LENGTHS: Final = {
    Kind.MOBILE: frozenset((11,)),
    Kind.LANDLINE: frozenset((7, 8, 10, 11, 12)),
    Kind.ID_CARD: frozenset((15, 18)),
    Kind.BANK_CARD: frozenset((16, 17, 18, 19)),
}
"""Digits of a whole number."""


def joined(texts: Sequence[str], found: Sequence[Mention]) -> list[Mention]:
    """Return findings with neighbouring pieces as one where they make a whole number; an echo stays on its own."""
    result: list[Mention] = []
    used: set[Place] = set()
    for at, mention in enumerate(found):
        if mention.places[0] in used:
            continue
        pieces = _whole(texts, mention, found[at + 1 :]) if len(mention.places) == 1 else None
        if pieces:
            used.update(pieces)
            mention = Mention(mention.kind, pieces)
        result.append(mention)
    return result


def _whole(texts: Sequence[str], first: Mention, later: Sequence[Mention]) -> tuple[Place, ...] | None:
    lengths = _LENGTHS.get(first.kind, frozenset())
    pieces = [first.places[0]]
    digits = last = number_of(texts, first.places)
    longest = max(lengths, default=0)
    best: tuple[Place, ...] | None = None
    if len(digits) in lengths:
        return None
    for mention in later:
        if mention.kind is not first.kind or len(mention.places) > 1:
            break
        piece = number_of(texts, mention.places)
        if piece in (last, digits):
            continue
        digits, last = digits + piece, piece
        pieces.append(mention.places[0])
        if len(digits) in lengths:
            best = tuple(pieces)
        if len(digits) >= longest:
            break
    return best
