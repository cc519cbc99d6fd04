"""Facts of a case: amounts are jittered, dates are shifted together, so that a call cannot be found by them.

Dates move by whole weeks, so that words for weekdays stay true. Amounts of one significant digit (一百块, 5000元)
say too little to find anybody by, and stay.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from antifraud.numerals import number_said, spoken_number
from antifraud.privacy.keyed_draws import KeyedDraws
from antifraud.privacy.said_dates import moved

_AMOUNT = re.compile(
    r"(?<![\d.第])(?P<written>\d{2,9})(?:\.\d{1,2})?(?=\s?(?:元|块|万元|万块|美元))"
    r"|(?P<spoken>(?:[一二两三四五六七八九]{1,2}[十百千万零]){1,8}[一二三四五六七八九]?)(?=(?:元|块|整))"
)
_DATE = re.compile(
    r"(?:\d{4}年)?\d{1,2}月\d{1,2}(?=[日号])"
    r"|(?:[一二][零〇一二三四五六七八九]{3}年)?(?:十?[一二三四五六七八九]|十)月(?:[二三]?十?[一二三四五六七八九]|[二三]?十)(?=[日号])"
)
_MOST_WEEKS: Final = 26


class CaseFacts:
    """Amounts and dates of one call, moved the same way all through it."""

    def __init__(self, draws: KeyedDraws, call_id: str) -> None:
        weeks = draws.number("weeks", call_id) % (2 * _MOST_WEEKS) - _MOST_WEEKS
        self._shift = timedelta(weeks=weeks if weeks < 0 else weeks + 1)
        self._draws = draws
        self._call = call_id

    def edits(self, text: str) -> list[tuple[int, int, str]]:
        """Return what to replace in a text: start, end and new text."""
        found = [(*match.span(), moved(match[0], self._shift)) for match in _DATE.finditer(text)]
        for match in _AMOUNT.finditer(text):
            name = "written" if match["written"] else "spoken"
            found.append((*match.span(name), self._jittered(match[name])))
        return [edit for edit in found if text[edit[0] : edit[1]] != edit[2]]

    def _jittered(self, said: str) -> str:
        amount = int(said) if said.isdigit() else number_said(said)
        digits = str(amount)
        meant = len(digits.rstrip("0"))
        if meant < 2:
            return said
        step = 10 ** (len(digits) - meant)
        share = self._draws.number("amount", f"{self._call}{chr(0)}{amount}") % 2001 / 10_000 - 0.1
        new = round(amount * (1 + share) / step) * step
        if new == amount:
            new += step
        return str(new) if said.isdigit() else spoken_number(new, short=False)
