"""Text from settings and records inside Markdown: shown as it is, never read as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>#|!~&$])")
_ADDRESS: Final = re.compile(r"://|@|www\.", re.IGNORECASE)


class Markdown(str):
    """Text of this project that is Markdown already."""

    __slots__ = ()


def escaped(value: object) -> object:
    """Return a value for a template: strings without power over the page, on one line; numbers and `Markdown` as is."""
    if isinstance(value, Markdown) or not isinstance(value, str):
        return value
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
    return _ADDRESS.sub(lambda found: f"\\{found[0]}" if found[0][0] in ":@" else "www\\.", _MARKUP.sub(r"\\\1", line))


def listed(values: Iterable[object]) -> Markdown:
    """Return values, escaped, with commas between them, in order of their text."""
    return Markdown(", ".join(sorted(str(escaped(value)) for value in values)))
