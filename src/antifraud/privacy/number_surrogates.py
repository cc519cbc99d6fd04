"""Surrogates of numbers: as many digits, said and grouped the same way, and nobody's.

- mobile: begins with 12, which the number plan gives to no subscriber.
- landline: area code 026 or 061x, which no place has, and a number that begins with 1, as none does.
- national id: province 99, which no place has, and a wrong check digit.
- bank card: begins with 62, but fails Luhn.
- QQ and account numbers: begin with 0, as none does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from antifraud.privacy.digit_runs import SPOKEN, Unit, runs
from antifraud.privacy.keyed_draws import KeyedDraws
from antifraud.privacy.kinds import Kind, Place
from antifraud.privacy.validity import id_check, passes_luhn

NUMBERS: Final = frozenset((Kind.MOBILE, Kind.LANDLINE, Kind.ID_CARD, Kind.BANK_CARD, Kind.QQ, Kind.ACCOUNT))
_PLAIN: Final = "零一二三四五六七八九"
_COUNTRY: Final = ("0086", "86")
_ID_LENGTH: Final = 18
_BIRTH: Final = slice(6, 14)


def number_of(texts: Sequence[str], places: Sequence[Place]) -> str:
    """Return the digits of a number, as 0-9 and X, from all its places."""
    return "".join(unit.digits for at in places for unit in _units(texts[at.turn][at.start : at.end]))


def surrogate_number(draws: KeyedDraws, kind: Kind, number: str) -> str:
    """Return as many digits that are nobody's number of that kind; the same number always gets the same."""
    if kind is Kind.MOBILE:
        country = next((code for code in _COUNTRY if number.startswith(code) and len(number) == len(code) + 11), "")
        return country + "12" + draws.digits(kind, number[len(country) :], max(9, len(number) - len(country) - 2))
    drawn = draws.digits(kind, number, len(number))
    if kind is Kind.LANDLINE:
        return _landline(number, drawn)
    if kind is Kind.ID_CARD:
        return _national_id(draws, number, drawn)
    if kind is Kind.BANK_CARD:
        third = (int(drawn[2:3] or 0) + (drawn[2:4] == number[2:4])) % 10  # 6214 is told as a piece
        broken = ("62" + str(third) + drawn[3:])[: len(number)]
        return broken if not passes_luhn(broken) else broken[:-1] + str((int(broken[-1]) + 1) % 10)
    return "0" + drawn[1:]


def _landline(number: str, drawn: str) -> str:
    match = re.fullmatch(r"((?:0086|86)?)(0(?:10|2\d)|0[3-9]\d\d)?(\d+)", number)
    if match is None:
        return "1" + drawn[1:]
    area = "" if not match[2] else "026" if len(match[2]) == 3 else "061" + drawn[0]
    local = match[3]
    return match[1] + area + "1" + drawn[2 : 1 + len(local)].ljust(len(local) - 1, "0")


def _national_id(draws: KeyedDraws, number: str, drawn: str) -> str:
    if len(number) != _ID_LENGTH or not number[:-1].isdigit():
        return "99" + drawn[2:]
    year = draws.number("birth", number) % 25 + 1
    born = int(number[6:10]) + (year if int(number[6:10]) < 1980 else -year)
    body = f"99{drawn[2:6]}{born:04d}{int(drawn[6:8]) % 12 + 1:02d}{int(drawn[8:10]) % 28 + 1:02d}{drawn[10:13]}"
    right = id_check(body + "0")
    wrong = "0" if right == "X" else str((int(right) + 1 + int(drawn[13]) % 8) % 10)
    return body + wrong


def spoken_like(said: str, digits: str) -> str:
    """Return digits in the form a number was said in: hanzi for hanzi (幺 where it was), groups and signs"
    " between kept."""
    units = _units(said)
    words = list(said)
    one = "幺" if "幺" in said else "一"
    place = 0
    for unit in units:
        new = digits[place : place + len(unit.digits)]
        place += len(unit.digits)
        sign = said[unit.start]
        form = new if sign.isascii() else "".join(_said(digit, one) for digit in new)
        words[unit.start] = form
        words[unit.start + 1 : unit.end] = [""] * (unit.end - unit.start - 1)
    return "".join(words)


def _said(digit: str, one: str) -> str:
    return digit if digit == "X" else one if digit == "1" else _PLAIN[int(digit)]


def _units(said: str) -> list[Unit]:
    found = [unit for groups in runs(said) for group in groups for unit in group]
    if said and said[-1] in "xXＸ叉" and (not found or found[-1].end < len(said)):
        found.append(Unit(len(said) - 1, len(said), "X"))
    return found


def normal(text: str) -> str:
    """Return a text with its spoken digits as 0-9, for looking numbers up."""
    return text.translate(SPOKEN)
