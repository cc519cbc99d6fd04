"""Replaces the personal data of a call by surrogates that are the same everywhere in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from antifraud.privacy.case_facts import CaseFacts
from antifraud.privacy.digit_runs import runs, value
from antifraud.privacy.finding import mentions
from antifraud.privacy.keyed_draws import KeyedDraws
from antifraud.privacy.kinds import Kind, Mention
from antifraud.privacy.number_surrogates import NUMBERS, number_of, spoken_like, surrogate_number
from antifraud.privacy.person_surrogates import Persons
from antifraud.privacy.text_surrogates import surrogate_text
from antifraud.records import Dialogue, Evidence, Persona, Turn

_PIECE: Final = 5
"""Digits of a known number that are replaced wherever they are said again; of four, its last ones."""
_TAIL: Final = 4
_SHORTEST: Final = 3
"""Digits from which what was found for a piece of a number is the beginning or the end of a known one."""
_NAMED_AGAIN: Final = 3
"""Signs of a place, an employer or a handle from which it is replaced wherever it is said again."""
_OF_SOMEBODY = re.compile(
    r"(?:卡|手机|电话|号码|账户|账号|帐户|帐号|身份证)[^。，,]{0,4}(?:尾号|[后末]四位)(?:数字?)?(?:就?是|为|：|:)?$"
)


@dataclass(frozen=True, order=True)
class Edit:
    """New text instead of a part of a text."""

    start: int
    end: int
    new: str


@dataclass(frozen=True)
class Anonymised:
    """A call with surrogates."""

    dialogue: Dialogue
    replaced: Counter[Kind]
    """Values replaced, by kind."""
    edits: list[list[Edit]]
    """What was replaced in each turn and, last, in the reason of the ending."""


class Anonymiser:
    """Surrogates that one key decides."""

    def __init__(self, key: bytes) -> None:
        self._draws = KeyedDraws(key)

    def fingerprint(self, data: bytes) -> str:
        """Return the HMAC-SHA256 of data, in hex: it tells the same data again to whoever has the key."""
        return self._draws.digest(data)

    def anonymise(self, dialogue: Dialogue, more: Sequence[Mention] = ()) -> Anonymised:
        """Return the call with surrogates, and what was replaced.

        Args:
            more: findings of others in the turns, such as a chat model's; they must not overlap those of `mentions`.
        """
        texts = [*(turn.text for turn in dialogue.turns), dialogue.ending.reason]
        names = [persona.name for persona in (dialogue.caller, dialogue.callee) if persona and persona.name]
        found = [*mentions(texts, names), *more]
        said = [texts[at.turn][at.start : at.end] for each in found if each.kind is Kind.PERSON for at in each.places]
        persons = Persons(self._draws, [*said, *names])
        edits = self._edits(texts, found, persons, CaseFacts(self._draws, dialogue.id))
        changed = [applied(text, some) for text, some in zip(texts, edits)]
        replaced = Counter(mention.kind for mention in found)
        return Anonymised(self._rebuilt(dialogue, changed, edits, persons), replaced, edits)

    def _edits(
        self, texts: Sequence[str], found: Sequence[Mention], persons: Persons, facts: CaseFacts
    ) -> list[list[Edit]]:
        edits: list[list[Edit]] = [[] for _ in texts]
        numbers: dict[str, str] = {}
        named: dict[str, str] = {}
        told = [(number_of(texts, mention.places), mention) for mention in found if mention.kind in NUMBERS]
        for number, mention in sorted(told, key=lambda each: -len(each[0])):
            if number not in numbers:
                piece = _piece(number, numbers, _SHORTEST)
                numbers[number] = piece or surrogate_number(self._draws, mention.kind, number)
            _spread(texts, mention, numbers[number], edits)
        for mention in found:
            if mention.kind in NUMBERS:
                continue
            for at in mention.places:
                said = texts[at.turn][at.start : at.end]
                is_person = mention.kind is Kind.PERSON
                new = persons.surrogate(said) if is_person else surrogate_text(self._draws, mention.kind, said)
                edits[at.turn].append(Edit(at.start, at.end, new))
                if not is_person and (len(said) >= _NAMED_AGAIN or mention.kind is Kind.PLATE):
                    named[said] = new
        for text, some in zip(texts, edits):
            _add(some, self._again(text, numbers))
            _add(some, _said_again(text, named))
            _add(some, _said_again(text, persons.given_names))
            _add(some, (Edit(*edit) for edit in persons.bare_surnames(text)))
            _add(some, (Edit(*edit) for edit in facts.edits(text)))
            some.sort()
        return edits

    def _again(self, text: str, numbers: dict[str, str]) -> Iterator[Edit]:
        """Yield pieces of known numbers that are said again, and last digits of numbers that are not said whole."""
        for groups in runs(text):
            for group in groups:
                digits = value([group])
                start, end = group[0].start, group[-1].end
                new = _piece(digits, numbers, _TAIL)
                if new is None and len(digits) == _TAIL and digits.isdigit() and _OF_SOMEBODY.search(text[:start]):
                    new = self._draws.digits("tail", digits, _TAIL)
                if new:
                    yield Edit(start, end, spoken_like(text[start:end], new))

    def _rebuilt(
        self, dialogue: Dialogue, changed: Sequence[str], edits: Sequence[Sequence[Edit]], persons: Persons
    ) -> Dialogue:
        turns = tuple(turn.model_copy(update={"text": text}) for turn, text in zip(dialogue.turns, changed))

        def renewed(proof: Evidence) -> Evidence:
            old = dialogue.turns[proof.turn].text
            quote = _quote(old, proof.quote, turns[proof.turn], edits[proof.turn])
            return proof.model_copy(update={"quote": quote})

        return dialogue.model_copy(
            update={
                "turns": turns,
                "ending": dialogue.ending.model_copy(update={"reason": changed[-1]}),
                "decisive": renewed(dialogue.decisive) if dialogue.decisive else None,
                "quotes": tuple(map(renewed, dialogue.quotes)),
                "caller": _renamed(dialogue.caller, persons),
                "callee": _renamed(dialogue.callee, persons),
            }
        )


def _piece(digits: str, numbers: dict[str, str], fewest: int) -> str | None:
    """Return what a piece of a known number became: of few digits its beginning or end, of more any piece."""
    for number, new in numbers.items():
        if fewest <= len(digits) <= len(number):
            if number.endswith(digits):
                return new[-len(digits) :]
            if number.startswith(digits) or (len(digits) >= _PIECE and digits in number):
                place = number.find(digits)
                return new[place : place + len(digits)]
    return None


def _spread(texts: Sequence[str], mention: Mention, new: str, edits: list[list[Edit]]) -> None:
    """Write a new number over all the places of the old one."""
    place = 0
    for at in mention.places:
        count = len(number_of(texts, (at,)))
        said = texts[at.turn][at.start : at.end]
        edits[at.turn].append(Edit(at.start, at.end, spoken_like(said, new[place : place + count])))
        place += count


def applied(text: str, edits: Sequence[Edit]) -> str:
    """Return a text with its edits made."""
    parts, place = [], 0
    for edit in sorted(edits):
        parts += [text[place : edit.start], edit.new]
        place = edit.end
    return "".join([*parts, text[place:]])


def _add(edits: list[Edit], more: Iterator[Edit]) -> None:
    """Add the edits that overlap none before them."""
    for edit in more:
        if not any(edit.start < other.end and other.start < edit.end for other in edits):
            edits.append(edit)


def _said_again(text: str, known: dict[str, str]) -> Iterator[Edit]:
    for said, new in known.items():
        for match in re.finditer(re.escape(said), text):
            yield Edit(*match.span(), new)


def _quote(old: str, quote: str, turn: Turn, edits: Sequence[Edit]) -> str:
    """Return what became of a quote of a turn; edits at its ends belong to it."""
    start = old.find(quote)
    if start < 0:
        return turn.text
    end = start + len(quote)
    touched = [edit for edit in edits if edit.start < end and start < edit.end]
    low, high = min([start, *(edit.start for edit in touched)]), max([end, *(edit.end for edit in touched)])
    return applied(old[low:high], [Edit(edit.start - low, edit.end - low, edit.new) for edit in touched])


def _renamed(persona: Persona | None, persons: Persons) -> Persona | None:
    if persona is None or not persona.name:
        return persona
    return persona.model_copy(update={"name": persons.surrogate(persona.name)})
