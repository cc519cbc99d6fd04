"""Dates in the form they were said in, moved by days."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from antifraud.numerals import DIGITS, number_said, spoken_number
from antifraud.privacy.digit_runs import SPOKEN

_FIELD = re.compile(r"\d+|[零〇一幺二两三四五六七八九十]+")
_YEAR_WITHOUT: Final = 2022
"""Of a date without a year; neither it nor its neighbours have a 29 February."""
_CENTURY_FROM: Final = 30
"""Years of two digits from this one on are of the last century."""


def moved(said: str, shift: timedelta) -> str:
    """Return a date, as 1983年5月6, 83-05-06, 五月六 or 一九八三年五月六, moved; one that never was stays as it is."""
    fields = list(_FIELD.finditer(said))
    values = [match[0] for match in fields]
    try:
        year = _year(values[0]) if len(values) == 3 else _YEAR_WITHOUT
        new = date(year, *(map(_number, values[-2:]))) + shift
    except (ValueError, TypeError, OverflowError):
        return said
    parts = [str(new.year)[-len(values[0]) :]] if len(values) == 3 else []
    parts += [str(new.month), str(new.day)]
    result, place = "", 0
    for match, part in zip(fields, parts):
        result += said[place : match.start()] + _like(match[0], part, is_year=len(parts) == 3 and not place)
        place = match.end()
    return result + said[place:]


def _number(said: str) -> int:
    return int(said) if said.isascii() else number_said(said)


def _year(said: str) -> int:
    year = int(said.translate(SPOKEN))
    return year if year > 99 else year + (1900 if year >= _CENTURY_FROM else 2000)


def _like(said: str, digits: str, *, is_year: bool) -> str:
    """Return a number written as another one was."""
    if said.isascii():
        return digits.zfill(2) if said.startswith("0") else digits
    return "".join(DIGITS[int(digit)] for digit in digits) if is_year else spoken_number(int(digits))
