"""Finds personal data in a text or in the turns of a call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from antifraud.privacy.addresses import addresses
from antifraud.privacy.cues import cue_before
from antifraud.privacy.handles import PROVINCES, handles
from antifraud.privacy.kinds import Kind, Mention, Place, Span
from antifraud.privacy.number_mentions import number_mentions
from antifraud.privacy.number_surrogates import NUMBERS, number_of
from antifraud.privacy.people import is_mere_word, is_no_word, people, whole_name
from antifraud.privacy.pieces import joined
from antifraud.privacy.tagger import tagged
from antifraud.privacy.validity import number_kind

__all__ = ["Kind", "Span", "find", "find_in_turns", "mentions"]

SURE: Final = frozenset((Kind.MOBILE, Kind.LANDLINE, Kind.ID_CARD, Kind.BANK_CARD))
"""Numbers by standards: rules that find one are right whatever is said around it."""
_OF_DIGITS: Final = SURE | {Kind.QQ}
_LETTERS = re.compile("[A-WYZa-wyz]")
_FEWEST_DIGITS: Final = 3
"""Of a piece of a number."""
_FREE: Final = frozenset(("400", "800"))
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
    rules = by_rules(texts)
    by_tagger = [_whole(texts, mention) for mention in tagged(texts, rules) if _is_possible(texts, mention)]
    found = _Apart()
    for mention in rules:
        if mention.kind in SURE and not any(map(partial(_goes_on, mention), by_tagger)):
            found.keep(mention)
    for mention in joined(texts, by_tagger):
        found.keep(mention)
    for mention in list(_named_again(texts, found.mentions, names)):
        found.keep(mention)
    return found.mentions


def by_rules(texts: Sequence[str]) -> list[Mention]:
    """Return what rules alone find, none overlapping."""
    found = _Apart()
    for mention in _in_order(texts):
        found.keep(mention)
    return found.mentions


class _Apart:
    """Mentions of which none overlaps another; of a later one the places that are free are kept."""

    def __init__(self) -> None:
        self.mentions: list[Mention] = []
        self._taken: set[tuple[int, int]] = set()

    def keep(self, mention: Mention) -> None:
        signs = {at: {(at.turn, sign) for sign in range(at.start, at.end)} for at in mention.places}
        free = tuple(at for at in mention.places if not signs[at] & self._taken)
        if len(free) == len(mention.places):
            self.mentions.append(mention)
        else:
            self.mentions += [Mention(mention.kind, (at,)) for at in free]
        for at in free:
            self._taken |= signs[at]


def _goes_on(rule: Mention, read: Mention) -> bool:
    """Tell whether what was read of a number holds all that a rule found, and more: 010-62584400转8023."""
    one, other = rule.places[0], read.places[0]
    return (
        rule.kind is read.kind
        and len(rule.places) == 1
        and other.turn == one.turn
        and other.start <= one.start
        and one.end <= other.end
    )


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


def _whole(texts: Sequence[str], mention: Mention) -> Mention:
    if mention.kind is not Kind.PERSON:
        return mention
    (at,) = mention.places
    return _single(at.turn, Span(*whole_name(texts[at.turn], at.start, at.end), Kind.PERSON))


def _is_possible(texts: Sequence[str], mention: Mention) -> bool:
    """Tell whether what was taken for personal data can be: no hotline, no number that is called a code, no word."""
    at = mention.places[0]
    said = texts[at.turn][at.start : at.end]
    if mention.kind is Kind.PERSON:
        return len(said) > 1 and not is_mere_word(said)
    if mention.kind in (Kind.EMPLOYER, Kind.ADDRESS, Kind.WECHAT):
        return len(said) >= _FEWEST_OF_A_NAME
    digits = number_of(texts, mention.places)
    if mention.kind is Kind.PLATE:
        return bool(digits) or said[0] in PROVINCES
    if mention.kind not in NUMBERS:
        return True
    if mention.kind in _OF_DIGITS and _LETTERS.search(said):
        return False
    if len(digits) < _FEWEST_DIGITS or digits in _FREE or number_kind(digits) == "service_number":
        return False
    return mention.kind is Kind.ACCOUNT or cue_before(texts[at.turn], at.start) != "code"


def _single(turn: int, span: Span) -> Mention:
    return Mention(span.kind, (Place(turn, span.start, span.end),))
