"""Facts of a case: amounts are jittered, dates are shifted together, so that a call cannot be found by them.

Dates move by whole weeks, so that words for weekdays stay true. Amounts of one significant digit (一百块, 5000元)
say too little to find anybody by, and stay.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Final

from antifraud.privacy.digit_runs import SPOKEN
from antifraud.privacy.keyed_draws import KeyedDraws

_AMOUNT = re.compile(
    r"(?<![\d.第])(?P<written>\d{2,9})(?:\.\d{1,2})?(?=\s?(?:元|块|万元|万块|美元))"
    r"|(?P<spoken>(?:[一二两三四五六七八九]{1,2}[十百千万零]){1,8}[一二三四五六七八九]?)(?=(?:元|块|整))"
)
_DATE = re.compile(
    r"(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})(?=[日号])"
    r"|(?:(?P<said_year>[一二][零〇一二三四五六七八九]{3})年)?(?P<said_month>十?[一二三四五六七八九]"
    r"|十)月(?P<said_day>[二三]?十?[一二三四五六七八九]|[二三]?十)(?=[日号])"
)
_SAID: Final = "零一二三四五六七八九"
_YEAR_WITHOUT: Final = 2023
"""Of a date without a year; no leap year, so that a shift never lands on 29 February."""
_MOST_WEEKS: Final = 26
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}


class CaseFacts:
    """Amounts and dates of one call, moved the same way all through it."""

    def __init__(self, draws: KeyedDraws, call_id: str) -> None:
        weeks = draws.number("weeks", call_id) % (2 * _MOST_WEEKS) - _MOST_WEEKS
        self._shift = timedelta(weeks=weeks if weeks < 0 else weeks + 1)
        self._draws = draws
        self._call = call_id

    def edits(self, text: str) -> list[tuple[int, int, str]]:
        """Return what to replace in a text: start, end and new text."""
        found = [(*match.span(), self._moved(match)) for match in _DATE.finditer(text)]
        for match in _AMOUNT.finditer(text):
            name = "written" if match["written"] else "spoken"
            found.append((*match.span(name), self._jittered(match[name])))
        return [edit for edit in found if text[edit[0] : edit[1]] != edit[2]]

    def _jittered(self, said: str) -> str:
        amount = int(said) if said.isdigit() else _number(said)
        digits = str(amount)
        meant = len(digits.rstrip("0"))
        if meant < 2:
            return said
        step = 10 ** (len(digits) - meant)
        share = self._draws.number("amount", f"{self._call}{chr(0)}{amount}") % 2001 / 10_000 - 0.1
        new = round(amount * (1 + share) / step) * step
        if new == amount:
            new += step
        return str(new) if said.isdigit() else _spoken(new)

    def _moved(self, match: re.Match[str]) -> str:
        is_said = match["said_month"] is not None
        parts = [match[("said_" if is_said else "") + part] for part in ("year", "month", "day")]
        year = _YEAR_WITHOUT if parts[0] is None else int(parts[0].translate(SPOKEN))
        try:
            old = date(year, *(_number(part) if is_said else int(part) for part in parts[1:]))
        except ValueError:
            return match[0]
        new = old + self._shift
        if is_said:
            head = "" if parts[0] is None else "".join(_SAID[int(digit)] for digit in f"{new.year}") + "年"
            return f"{head}{_spoken(new.month)}月{_spoken(new.day)}"
        head = "" if parts[0] is None else f"{new.year}年"
        return f"{head}{new.month}月{new.day}"


def _number(said: str) -> int:
    """Return the number that hanzi up to 万 say, as in 三千五 without a last unit left out."""
    high, _, low = said.rpartition("万")
    total = 0
    digit = 0
    for sign in low:
        if sign in _UNITS:
            total += (digit or 1) * _UNITS[sign]
            digit = 0
        else:
            digit = int(sign.translate(SPOKEN))
    return (_number(high) * 10_000 if high else 0) + total + digit


def _spoken(number: int) -> str:
    """Return a number below a hundred million in hanzi."""
    high, low = divmod(number, 10_000)
    if high:
        gap = "零" if 0 < low < 1000 else ""
        return _spoken(high) + "万" + (gap + _spoken(low) if low else "")
    words = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            words += _SAID[digit] + name
        elif words and number and not words.endswith("零"):
            words += "零"
    return words[1:] if words.startswith("一十") else words
