"""One person, one surrogate in a call: 王建国 becomes 李卫东, and then 王先生 李先生, 小王 小李, 建国 卫东."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from antifraud.privacy.invented_names import (
    MEN_OLD,
    MEN_YOUNG,
    SHORT_MEN,
    SHORT_WOMEN,
    SIGNS_OF_AGE,
    SIGNS_OF_WOMEN,
    SURNAMES,
    WOMEN_OLD,
    WOMEN_YOUNG,
)
from antifraud.privacy.keyed_draws import KeyedDraws
from antifraud.privacy.name_words import COMPOUND, SHORT_TITLES, TITLES
from antifraud.privacy.name_words import SURNAMES as SAID_AS_SURNAMES

_TITLED = re.compile(
    "(?P<nick>[小老]?)(?P<surname>"
    + "|".join(COMPOUND)
    + r"|.)(?P<title>"
    + "|".join(sorted(TITLES, key=len, reverse=True))
    + f"|[{SHORT_TITLES}])"
)
_NICKNAME = re.compile("(?P<nick>[小老])(?P<surname>.)")
_BARE = re.compile(
    f"(?<=姓)(?:{'|'.join(COMPOUND)}|[{''.join(sorted(SAID_AS_SURNAMES))}])(?=[^\u4e00-\u9fff]|$|的|啊|吧|吗|呀|呢)"
)
_FEMALE_TITLES: Final = ("女士", "小姐", "太太", "夫人", "阿姨", "大妈", "大姐", "奶奶", "姐", "姨")


class Persons:
    """The persons of one call, in a fixed order so that the same call always gets the same names."""

    def __init__(self, draws: KeyedDraws, said: Iterable[str]) -> None:
        self._draws = draws
        self._surnames: dict[str, str] = {}
        self._names: dict[str, str] = {}
        said = sorted(set(said))
        self._said = [split(name)[1] for name in said]
        self._given = [split(name)[3] for name in said]
        women = {
            surname for name in said if (parts := split(name))[2].endswith(_FEMALE_TITLES) for surname in (parts[1],)
        }
        for name in said:
            self._surname(split(name)[1])
        for name in said:
            if given := split(name)[3]:
                self._full(name, given, split(name)[1] in women)
        self.given_names = {
            split(name)[3]: surrogate[-len(split(name)[3]) :]
            for name, surrogate in self._names.items()
            if len(split(name)[3]) == 2
        }
        """Given names of two signs with their surrogates, for where they are said alone."""

    def surrogate(self, said: str) -> str:
        """Return what a person is called instead, in the form it was said in."""
        nick, surname, title, given = split(said)
        if alone := self.given_names.get(said):
            return alone
        return self._names[said] if given else nick + self._surname(surname) + title

    def bare_surnames(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield where a text says no more than a surname (我姓王，), and what is said instead."""
        for match in _BARE.finditer(text):
            yield *match.span(), self._surname(match[0])

    def _surname(self, surname: str) -> str:
        if surname not in self._surnames:
            taken = [*self._surnames.values(), *self._surnames, *self._said]
            self._surnames[surname] = self._draws.other("surname", surname, SURNAMES, taken)
        return self._surnames[surname]

    def _full(self, name: str, given: str, is_woman: bool) -> None:
        is_woman = is_woman or any(sign in SIGNS_OF_WOMEN for sign in given)
        is_old = any(sign in SIGNS_OF_AGE for sign in given)
        if len(given) == 1:
            choices = SHORT_WOMEN if is_woman else SHORT_MEN
        elif is_woman:
            choices = WOMEN_OLD if is_old else WOMEN_YOUNG
        else:
            choices = MEN_OLD if is_old else MEN_YOUNG
        taken = [value[1:] for value in self._names.values()] + self._given
        self._names[name] = self._surname(split(name)[1]) + self._draws.other("given", name, choices, taken)


def split(said: str) -> tuple[str, str, str, str]:
    """Return 小 or 老, surname, title and given name of what a person is called; empty where there is none."""
    if (match := _TITLED.fullmatch(said)) is not None:
        return match["nick"], match["surname"], match["title"], ""
    if (match := _NICKNAME.fullmatch(said)) is not None:
        return match["nick"], match["surname"], "", ""
    size = 2 if len(said) > 2 and said[:2] in COMPOUND else 1
    return "", said[:size], "", said[size:]
