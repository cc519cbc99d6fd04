"""Whether a set names what could belong to somebody: national ids, telephone numbers, cards, institutions.

Digits count as written and as spoken (幺三八…); groups may be parted by spaces, hyphens and commas. Public short
numbers (110, 120, 96110, 12381, 12306, 12393 …) are nobody's and too short to match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, Literal

from antifraud.audit.institutions import named_institutions
from antifraud.privacy.windows import valid_numbers
from antifraud.records import Dialogue, Record

Kind = Literal["national_id", "mobile", "landline", "service_number", "bank_card", "bank", "company", "authority"]

_SHOWN_OF_A_KIND: Final = 3


class Found(Record):
    """Something that could belong to somebody; digits in the middle are masked."""

    id: str
    turn: int
    kind: Kind
    text: str


class Personal(Record):
    """Shares of dialogues that hold at least one; names of real institutions are told apart from numbers."""

    national_id_share: float
    dialable_share: float
    """Mobile, landline or 400/800 numbers that could be dialled."""
    bank_card_share: float
    bank_share: float
    company_share: float
    authority_share: float
    counts: dict[str, int]
    """Occurrences by kind."""
    examples: tuple[Found, ...]


def personal(dialogues: Sequence[Dialogue]) -> Personal:
    """Look through at least one dialogue."""
    holders: dict[str, set[int]] = {}
    counts = Counter[str]()
    examples: list[Found] = []
    for place, dialogue in enumerate(dialogues):
        for turn in dialogue.turns:
            for kind, text in findings(turn.text):
                counts[kind] += 1
                holders.setdefault(kind, set()).add(place)
                if counts[kind] <= _SHOWN_OF_A_KIND:
                    examples.append(Found(id=dialogue.id, turn=turn.index, kind=kind, text=_masked(text)))

    def share(*kinds: Kind) -> float:
        return len(set().union(*(holders.get(kind, set()) for kind in kinds))) / len(dialogues)

    return Personal(
        national_id_share=share("national_id"),
        dialable_share=share("mobile", "landline", "service_number"),
        bank_card_share=share("bank_card"),
        bank_share=share("bank"),
        company_share=share("company"),
        authority_share=share("authority"),
        counts=dict(sorted(counts.items())),
        examples=tuple(sorted(examples, key=lambda found: found.kind)),
    )


def findings(text: str) -> Iterator[tuple[Kind, str]]:
    """Yield what of a text could belong to somebody, with its kind: digits as 0-9, names as they stand."""
    yield from valid_numbers(text)
    yield from named_institutions(text)


def _masked(text: str) -> str:
    return f"{text[:3]}…{text[-2:]}" if text[:1].isdigit() else text
