"""Digits in a text, as written and as spoken (幺三八, 六个八), with the places they stand at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SPOKEN: Final = str.maketrans(
    "零〇洞一幺二两三四五六拐七八九勾０１２３４５６７８９xＸ叉", "000112234567789" + "9" + "0123456789" + "X" * 3
)
_COUNTS: Final = dict(zip("两二三四五六七八", (2, 2, 3, 4, 5, 6, 7, 8)))
_DIGIT = "[0-9０-９零〇洞一幺二两三四五六拐七八九勾]"
_ITEM = rf"(?:[两二三四五六七八]个{_DIGIT}(?![十百千万个块元]))|{_DIGIT}"
_GAP = r"(?:[ ，,、。．.·…—－–-]{0,2}(?:(?:嗯|呃|啊|然后|那个|再来)[ ，,、。…]{0,2})?)"
_RUN = re.compile(rf"(?:{_ITEM})(?:{_GAP}(?:{_ITEM}))*(?:[ ，,、—-]?[XxＸ叉](?![A-Za-z]))?")
_UNIT = re.compile(rf"{_ITEM}|[XxＸ叉]")


@dataclass(frozen=True)
class Unit:
    """One or, as in 六个八, several digits at a place of a text."""

    start: int
    end: int
    digits: str


Group = tuple[Unit, ...]
"""Units with nothing between them."""


def runs(text: str) -> Iterator[list[Group]]:
    """Yield digits that belong together, in the groups they are said in; a lone digit is a run as well."""
    for match in _RUN.finditer(text):
        groups: list[list[Unit]] = []
        for unit in _UNIT.finditer(text, match.start(), match.end()):
            found = Unit(unit.start(), unit.end(), _digits(unit[0]))
            if groups and groups[-1][-1].end == found.start:
                groups[-1].append(found)
            else:
                groups.append([found])
        yield [tuple(group) for group in groups]


def _digits(said: str) -> str:
    if len(said) == 3 and said[1] == "个":
        return said[2].translate(SPOKEN) * _COUNTS[said[0]]
    return said.translate(SPOKEN)


def value(groups: list[Group]) -> str:
    """Return the digits of neighbouring groups as 0-9 and X."""
    return "".join(unit.digits for group in groups for unit in group)
