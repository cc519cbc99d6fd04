"""Surrogates of plates, ids of accounts, e-mail and web addresses, addresses, employers and dates of birth.

- plate: the letter of the town is I, which no town has.
- WeChat: begins with a digit, as no id does; e-mail and web addresses lie under example.com, which is reserved.
- address, employer: places that do not exist, and other numbers.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from antifraud.numerals import DIGITS
from antifraud.privacy.digit_runs import SPOKEN
from antifraud.privacy.invented_names import EMPLOYERS, PLACES
from antifraud.privacy.keyed_draws import KeyedDraws
from antifraud.privacy.kinds import Kind
from antifraud.privacy.said_dates import moved

_MOST_DAYS: Final = 900
"""So that age and generation stay nearly what they were; a design choice."""
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz"
_PART = re.compile(
    r"(?P<name>[\u4e00-\u9fff]+?)(?P<suffix>特别行政区|自治区|自治州|自治县|开发区|新区|地区|街道|社区|小区"
    r"|花园|公寓|家园|新村|广场|大厦|大道|大街|胡同|省|市|区|县|旗|镇|乡|路|街|巷|村|屯|庄|寨|城|苑|府|里|园)"
)
_DIGIT = re.compile(r"\d|[一二三四五六七八九](?![十百])|[一二三四五六七八九](?=[十百])")
_TAIL_OF_EMPLOYER = re.compile(
    r"(?:有限责任公司|股份有限公司|有限公司|集团|公司|厂|大学|中学|小学|医院|学校|研究所|设计院|事务所|银行"
    r"|酒店|超市|局)$"
)
_NO_NAME: Final = frozenset("号栋幢座单元室层楼组户期弄一二三四五六七八九十百零")


def surrogate_text(draws: KeyedDraws, kind: Kind, said: str) -> str:
    """Return what stands instead of something that is neither a number nor a person."""
    if kind is Kind.PLATE:
        return _plate(draws, said)
    if kind is Kind.EMAIL:
        return _email(draws, said)
    if kind is Kind.URL:
        return _url(draws, said)
    if kind is Kind.WECHAT:
        return "0" + _scrambled(draws, kind, said)[1:]
    if kind is Kind.ADDRESS:
        return _address(draws, said)
    if kind is Kind.EMPLOYER:
        tail = _TAIL_OF_EMPLOYER.search(said)
        return draws.other(kind, said, EMPLOYERS, ()) + (tail[0] if tail else "公司")
    return _birth_date(draws, said)


def _scrambled(draws: KeyedDraws, kind: str, said: str) -> str:
    """Return other letters and digits, sign by sign in the form they were said in; every other sign stays."""
    value = said.lower().translate(SPOKEN)
    drawn = draws.number(kind, value)
    result = []
    for sign in said:
        drawn, rest = divmod(drawn, 10 * len(_LETTERS)) if drawn else (draws.number(kind, value + "+"), 7)
        if sign.isascii() and sign.isalpha():
            letter = _LETTERS[rest % len(_LETTERS)]
            result.append(letter.upper() if sign.isupper() else letter)
        elif sign.isdigit() and sign.isascii():
            result.append(str(rest % 10))
        else:
            result.append(DIGITS[rest % 10] if sign in "零〇洞一幺二三四五六拐七八九勾" else sign)
    return "".join(result)


def _plate(draws: KeyedDraws, said: str) -> str:
    new = _scrambled(draws, Kind.PLATE, said)
    letter = re.search("[A-Za-z]", said)
    if letter is None:
        return new
    town = "i" if letter[0].islower() else "I"
    return said[: letter.start()] + town + new[letter.end() :]


def _email(draws: KeyedDraws, said: str) -> str:
    """Return an address, or the piece of one that was said alone, at the reserved domain."""
    local, *rest = re.split(r"(@|＠|\s?艾特\s?|\s?圈[aA]\s?|at(?=[a-z0-9]+[.点]))", said, maxsplit=1)
    if not rest and not re.search("[.点]", said):
        return _scrambled(draws, Kind.EMAIL, said)
    at, domain = rest or ("", said)
    dot = "点" if "点" in domain else "."
    return _scrambled(draws, Kind.EMAIL, local if rest else "") + at + f"example{dot}com"


def _url(draws: KeyedDraws, said: str) -> str:
    match = re.fullmatch(r"(https?://)?((?:www[.点])?)([^/?:]+)(.*)", said, re.IGNORECASE)
    if match is None:
        return "example.com"
    dot = "点" if "点" in match[3] and "." not in match[3] else "."
    return (match[1] or "") + match[2] + f"example{dot}com" + _scrambled(draws, Kind.URL, match[4])


def _address(draws: KeyedDraws, said: str) -> str:
    """Return an address of the same parts: other names before 市, 路, 小区 …, other numbers."""
    taken: list[str] = []

    def named(match: re.Match[str]) -> str:
        name = match["name"]
        if set(name) <= _NO_NAME:
            return match[0]
        head = re.match("[一二三四五六七八九十百零号栋幢座单元室层楼组户期弄]*", name)
        kept = head[0] if head and len(head[0]) < len(name) and head[0][-1:] in "号栋座元室层楼期" else ""
        taken.append(draws.other("place", name[len(kept) :], PLACES, taken))
        return kept + taken[-1] + match["suffix"]

    moved = _PART.sub(named, _DIGIT.sub(lambda match: _other_digit(draws, said, match), said))
    is_place = bool(taken) or set(re.findall("[\u4e00-\u9fff]", said)) <= _NO_NAME
    return moved if is_place else draws.other("place", said, PLACES, ())


def _other_digit(draws: KeyedDraws, said: str, match: re.Match[str]) -> str:
    digit = int(match[0].translate(SPOKEN))
    new = (digit + draws.number(f"door{match.start()}", said) % 8) % 9 + 1
    return str(new) if match[0].isascii() else DIGITS[new]


def _birth_date(draws: KeyedDraws, said: str) -> str:
    """Return a day within two and a half years of the one said, in the same form; other digits where it is no day."""
    days = draws.number("birth", said.translate(SPOKEN)) % _MOST_DAYS + 1
    new = moved(said, timedelta(days=days if days % 2 else -days))
    return new if new != said else _scrambled(draws, Kind.BIRTH_DATE, said)
