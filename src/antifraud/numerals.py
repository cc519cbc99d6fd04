"""Numbers as they are spoken in Chinese, and back."""

from __future__ import annotations

from typing import Final

DIGITS: Final = "零一二三四五六七八九"
_VALUES: Final = {sign: value for value, sign in enumerate(DIGITS)} | {"〇": 0, "两": 2, "幺": 1}
_UNITS: Final = {"十": 10, "百": 100, "千": 1000}


def spoken_number(number: int, *, counting: bool = False, short: bool = True) -> str:
    """Return a whole number below 10**8 as it is spoken: 3980 三千九百八, 25000 两万五, 105 一百零五.

    `counting` says 两 for a lone 2, as before a measure word (两天); `short` drops the last unit,
    which people do only when no measure word follows.
    """
    if counting and number == 2:
        return "两"
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        head = f"{spoken_number(high, counting=True, short=False)}万"
        if low == 0:
            return head
        if short and low % 1000 == 0:
            return head + DIGITS[low // 1000]
        return head + ("" if low >= 1000 else "零") + _below_ten_thousand(low, shorten=False)
    return _below_ten_thousand(number, shorten=short)


def spoken_decimal(value: float) -> str:
    """Return the size of a measure with at most one decimal, as before a measure word: 1.84 一点八, -2.0 两."""
    whole, tenths = divmod(round(abs(value) * 10), 10)
    return f"{spoken_number(whole)}点{DIGITS[tenths]}" if tenths else spoken_number(whole, counting=True)


def _below_ten_thousand(number: int, *, shorten: bool) -> str:
    if number < 10:
        return DIGITS[number]
    if number < 20:
        return "十" + (DIGITS[number - 10] if number > 10 else "")
    said, gap = "", False
    units = [(1000, "千"), (100, "百"), (10, "十"), (1, "")]
    for place, (size, unit) in enumerate(units):
        digit = number // size % 10
        rest = number % size
        if digit == 0:
            gap = bool(said)
            continue
        if gap:
            said, gap = said + "零", False
        previous = units[place - 1][0] if place else 0
        if shorten and said and rest == 0 and size >= 10 and number // previous % 10 and number >= 100:
            return said + DIGITS[digit]
        said += ("两" if digit == 2 and size >= 100 and not said else DIGITS[digit]) + unit
    return said


def number_said(said: str) -> int:
    """Return the number that hanzi up to 万 say, every unit spoken: 三千九百八十, 十二.

    Raises:
        ValueError: there are other signs in it.
    """
    high, _, low = said.rpartition("万")
    total = digit = 0
    for sign in low:
        if sign in _UNITS:
            total, digit = total + (digit or 1) * _UNITS[sign], 0
        elif sign in _VALUES:
            digit = _VALUES[sign]
        else:
            raise ValueError(f"{sign!r} in {said!r} is no numeral")
    return (number_said(high) * 10_000 if high else 0) + total + digit
