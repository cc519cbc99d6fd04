"""Which numbers could be somebody's, by standards that do not change.

Tables of assigned prefixes do change, and a gate has to stay the same: no library is used.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Final, Literal

NumberKind = Literal["national_id", "mobile", "landline", "service_number", "bank_card"]

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


def number_kind(digits: str) -> NumberKind | None:
    """Return what a number without separators is, check digits included; None where it can be nobody's."""
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
    return looks_like_national_id(digits) and id_check(digits) == digits[-1]


def looks_like_national_id(digits: str) -> bool:
    """Tell the same, whatever the check digit is: people misspeak and recognisers mishear."""
    match = _NATIONAL_ID.fullmatch(digits)
    if match is None:
        return False
    try:
        date(*(int(match[part]) for part in (2, 3, 4)))
    except ValueError:
        return False
    return True


def id_check(digits: str) -> str:
    """Return the check digit of the first 17 of 18 digits."""
    return _ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, digits)) % 11]


def passes_luhn(digits: str) -> bool:
    """Tell whether the last digit is the check digit of ISO/IEC 7812."""
    doubled = [int(digit) * 2 for digit in digits[-2::-2]]
    return (sum(map(int, digits[-1::-2])) + sum(twice // 10 + twice % 10 for twice in doubled)) % 10 == 0
