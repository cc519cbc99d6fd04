"""JSON in what a model wrote: its objects, and fields of what was meant as one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_MOST_STARTS = 200
"""Brackets that are tried as the beginning of a value: bounds the work on noise. A design choice."""
_STARTS: Final = re.compile(r"[\[{]")
_FENCE: Final = re.compile(r"```(?:(?:json|text|plaintext|yaml|python)(?=[\s{\[]|$))?", re.IGNORECASE)
_BRACED: Final = re.compile(r"[{｛]([^{}｛｝]*)[}｝]")
_PARTS: Final = re.compile(r"[,，;；\n]")
_LINE_MARKS: Final = " \t-#>,，;；"
_QUOTES: Final = "\"'“”‘’「」"
_CUT_WORDS: Final = ("true", "false", "null")


class _Pairs(dict[str, Any]):
    """An object whose doubled fields are known."""

    doubled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Found:
    """The JSON values of a text that lie in no other."""

    values: tuple[Any, ...]
    is_cut_off: bool
    """The last one began and the text ended before it did."""


def json_values(text: str) -> Found:
    """Return the objects and lists that a text holds, in order; line breaks within strings are let pass."""
    values: list[Any] = []
    position = tries = 0
    while (start := _STARTS.search(text, position)) and tries < _MOST_STARTS:
        tries += 1
        try:
            value, position = _DECODER.raw_decode(text, start.start())
            values.append(value)
        except json.JSONDecodeError as exc:
            if _ends_early(text, exc):
                return Found(tuple(values), is_cut_off=True)
            position = max(start.end(), exc.pos)  # what was well-formed up to there is part of something that is not
        except (ValueError, RecursionError):  # numbers of thousands of digits, thousands of brackets
            position = start.end()
    return Found(tuple(values), is_cut_off=False)


def has_doubled(value: dict[str, Any], field: str) -> bool:
    """Tell whether an object holds a field twice, with different values."""
    return isinstance(value, _Pairs) and field in value.doubled


def loose_fields(text: str, names: str) -> Iterator[str]:
    """Yield the values of a field in what looks like an object but is none, or in a line `name: value` of its own.

    Full-width marks, single and missing quotes are let pass. Only the last pair of braces is read.

    Args:
        names: regular expression of the field's names.
    """
    value = rf"(?:[{_QUOTES}](?P<quoted>[^{_QUOTES}]*)[{_QUOTES}]|(?P<bare>[^\s{_QUOTES}]+?))"
    field = re.compile(
        rf"[{_QUOTES}*]{{0,3}}(?:{names})[{_QUOTES}*]{{0,3}}\s*[:：=]\s*{value}[*。]{{0,3}}", re.IGNORECASE
    )
    braced = _BRACED.findall(_FENCE.sub("", text))
    parts = _PARTS.split(braced[-1]) if braced else [line.strip(_LINE_MARKS) for line in text.splitlines()]
    for part in parts:  # split first: a pattern that looks for the separators takes minutes for a page of line breaks
        if match := field.fullmatch(part.strip()):
            yield match["quoted"] if match["quoted"] is not None else match["bare"]


def unfenced(text: str) -> str:
    """Return a text without the marks of a code block around it."""
    return _FENCE.sub("", text).strip()


def _pairs(pairs: list[tuple[str, Any]]) -> _Pairs:
    made = _Pairs(pairs)
    made.doubled = frozenset(key for key, value in pairs if value is not made[key] and value != made[key])
    return made


_DECODER: Final = json.JSONDecoder(strict=False, object_pairs_hook=_pairs)


def _ends_early(text: str, exc: json.JSONDecodeError) -> bool:
    """Tell whether JSON went wrong because the text ended, not because of what it holds."""
    if exc.msg.startswith("Unterminated string"):
        return not text.rstrip().endswith("}")
    left = text[exc.pos :].strip()
    return not left or any(word.startswith(left) for word in _CUT_WORDS)
