"""Finds personal data in a text or in the turns of a call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from antifraud.privacy.addresses import addresses
from antifraud.privacy.handles import handles
from antifraud.privacy.kinds import Kind, Mention, Place, Span
from antifraud.privacy.number_mentions import number_mentions
from antifraud.privacy.people import is_no_word, people

__all__ = ["Kind", "Span", "find", "find_in_turns", "mentions"]

_FEWEST_OF_A_NAME: Final = 3
"""Signs of a name that is looked for in the other turns as well; of shorter ones only those that are no words."""


def find(text: str) -> tuple[Span, ...]:
    """Return the personal data of a text from left to right, none overlapping."""
    return find_in_turns((text,))[0]


def find_in_turns(texts: Sequence[str]) -> tuple[tuple[Span, ...], ...]:
    """Return the personal data of each turn of a call; a value said over turns is found in each of them."""
    spans: list[list[Span]] = [[] for _ in texts]
    for mention in mentions(texts):
        for place in mention.places:
            spans[place.turn].append(Span(place.start, place.end, mention.kind))
    return tuple(tuple(sorted(found)) for found in spans)


def mentions(texts: Sequence[str], names: Sequence[str] = ()) -> list[Mention]:
    """Return what `find_in_turns` finds, with the pieces of a value kept together.

    Args:
        names: full names that are known beforehand.
    """
    kept: list[Mention] = []
    covered: list[set[int]] = [set() for _ in texts]

    def keep(mention: Mention) -> None:
        if not any(covered[at.turn] & set(range(at.start, at.end)) for at in mention.places):
            kept.append(mention)
            for at in mention.places:
                covered[at.turn].update(range(at.start, at.end))

    for mention in _in_order(texts):
        keep(mention)
    for mention in list(_named_again(texts, kept, names)):
        keep(mention)
    return kept


def _in_order(texts: Sequence[str]) -> Iterator[Mention]:
    """Yield the surest first: later ones must not overlap them."""
    for turn, text in enumerate(texts):
        yield from (_single(turn, span) for span in handles(text))
    yield from number_mentions(texts)
    for turn, text in enumerate(texts):
        yield from (_single(turn, span) for span in addresses(text))
        yield from (_single(turn, span) for span in people(text))


def _named_again(texts: Sequence[str], kept: Sequence[Mention], known: Sequence[str]) -> Iterator[Mention]:
    """Yield every other place of a full name that was found once or is known, whatever stands around it."""
    names = set(known) | {
        texts[at.turn][at.start : at.end]
        for mention in kept
        if mention.kind is Kind.PERSON
        for at in mention.places
        if at.end - at.start >= _FEWEST_OF_A_NAME or is_no_word(texts[at.turn][at.start : at.end])
    }
    for name in sorted(names, key=len, reverse=True):
        for turn, text in enumerate(texts):
            start = text.find(name)
            while start >= 0:
                yield _single(turn, Span(start, start + len(name), Kind.PERSON))
                start = text.find(name, start + 1)


def _single(turn: int, span: Span) -> Mention:
    return Mention(span.kind, (Place(turn, span.start, span.end),))
