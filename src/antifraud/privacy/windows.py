"""Numbers among groups of digits: people pause inside a number, and say two numbers in a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from antifraud.privacy.digit_runs import Group, runs, value
from antifraud.privacy.validity import NumberKind, number_kind

K = TypeVar("K")
_MOST_GROUPS = 24
"""More groups than an 18-digit number said in ones and twos is a list of something else; a design choice."""


def pick(groups: list[Group], kind_of: Callable[[list[Group]], K | None]) -> Iterator[tuple[K, list[Group]]]:
    """Yield what `kind_of` knows, the longest joins of neighbouring groups first; what is found is taken out."""
    for size in range(min(len(groups), _MOST_GROUPS), 0, -1):
        for start in range(len(groups) - size + 1):
            joined = groups[start : start + size]
            if (kind := kind_of(joined)) is not None:
                yield from pick(groups[:start], kind_of)
                yield kind, joined
                yield from pick(groups[start + size :], kind_of)
                return


def valid_numbers(text: str) -> Iterator[tuple[NumberKind, str]]:
    """Yield the numbers of a text that could be somebody's, as 0-9 and X, whatever is said around them."""
    for groups in runs(text):
        found: Iterator[tuple[NumberKind, list[Group]]] = pick(groups, _valid)
        yield from ((kind, value(number)) for kind, number in found)


def _valid(groups: list[Group]) -> NumberKind | None:
    return number_kind(value(groups))
