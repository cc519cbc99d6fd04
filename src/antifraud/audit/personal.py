"""Whether a set names what could belong to somebody: national ids, telephone numbers, cards, institutions.

Digits count as written and as spoken (幺三八…); groups may be parted by spaces, hyphens and commas. Public short
numbers (110, 120, 96110, 12381, 12306, 12393 …) are nobody's and too short to match. No library is used: the rules
are three standards that do not change, while tables of assigned prefixes do, and a gate has to stay the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, Literal

from antifraud.audit.institutions import named_institutions
from antifraud.records import Dialogue, Record

Kind = Literal["national_id", "mobile", "landline", "service_number", "bank_card", "bank", "company", "authority"]

_SPOKEN: Final = str.maketrans(
    "零〇一幺二三四五六七八九０１２３４５６７８９xＸ叉", "001123456789" + "0123456789" + "XXX"
)
_DIGIT = "[0-9０-９零〇一幺二三四五六七八九]"
_RUN = re.compile(rf"{_DIGIT}(?:[ ，,、—-]{{0,2}}{_DIGIT})*(?:[ ，,、—-]?[XxＸ叉])?")
_PARTING = re.compile(r"[ ，,、—-]+")
_FEWEST_DIGITS: Final = 10

_MOBILE = re.compile(r"(?:0|86|0086)?1[3-9]\d{9}")
"""The number plan gives 13 to 19 to mobile networks; numbers on 10, 11 and 12 cannot be a subscriber's."""
_LANDLINE = re.compile(r"(?:0|0086|86)(?:(?:10|2\d)[2-8]\d{7}|[3-9]\d{2}[2-8]\d{6,7})")
"""Area code with its zero, then a number that begins with 2 to 8, as the number plan has it."""
_SERVICE = re.compile(r"[48]00\d{7}")
_CARD = re.compile(r"[3-6]\d{12,18}")
"""ISO/IEC 7812: banks issue numbers that begin with 3 to 6, of at most 19 digits."""
_NATIONAL_ID = re.compile(r"([1-6]\d|7[01]|8[1-3])\d{4}((?:19|20)\d{2})(\d{2})(\d{2})\d{3}([0-9X])")
_ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS: Final = "10X98765432"
"""GB 11643-1999, ISO 7064 MOD 11-2."""
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
    for run in _RUN.findall(text):
        yield from _of_run([group.translate(_SPOKEN) for group in _PARTING.split(run)])
    yield from named_institutions(text)


def _of_run(groups: list[str]) -> Iterator[tuple[Kind, str]]:
    """Try the longest joins of neighbouring groups first; what is found is taken out."""
    if sum(map(len, groups)) < _FEWEST_DIGITS:
        return
    for size in range(len(groups), 0, -1):
        for start in range(len(groups) - size + 1):
            joined = "".join(groups[start : start + size])
            if kind := _number_kind(joined):
                yield kind, joined
                yield from _of_run(groups[:start])
                yield from _of_run(groups[start + size :])
                return


def _number_kind(digits: str) -> Kind | None:
    if is_national_id(digits):
        return "national_id"
    if _MOBILE.fullmatch(digits):
        return "mobile"
    if _LANDLINE.fullmatch(digits):
        return "landline"
    if _SERVICE.fullmatch(digits):
        return "service_number"
    return "bank_card" if _CARD.fullmatch(digits) and passes_luhn(digits) else None


def is_national_id(digits: str) -> bool:
    """Tell whether 18 signs are a national id: province, a day that was, check digit."""
    match = _NATIONAL_ID.fullmatch(digits)
    if match is None:
        return False
    try:
        date(*(int(match[part]) for part in (2, 3, 4)))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, digits))
    return _ID_CHECKS[total % 11] == match[5]


def passes_luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of ISO/IEC 7812."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(twice // 10 + twice % 10 for twice in doubled)) % 10 == 0


def _masked(text: str) -> str:
    return f"{text[:3]}…{text[-2:]}" if text[:1].isdigit() else text
