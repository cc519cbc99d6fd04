"""Data as classic scripts: a page from file:// may load a script, but nothing by fetch().

Text of records is hostile. In a script or in HTML nothing but JSON stands for it, and no `<`, `>` or `&` in that.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

_ESCAPES: Final = (
    (b"<", rb"\u003c"),
    (b">", rb"\u003e"),
    (b"&", rb"\u0026"),
    ("\u2028".encode(), rb"\u2028"),
    ("\u2029".encode(), rb"\u2029"),
)
_FNV_START: Final = 0x811C9DC5
_FNV_PRIME: Final = 0x01000193
"""Fowler, Noll and Vo's hash FNV-1a of 32 bits; `core.js` has the same."""


def script_json(value: Any) -> bytes:
    """Return JSON that neither ends a script element nor begins one; `<` can only stand inside its strings."""
    text = orjson.dumps(value)
    for found, instead in _ESCAPES:
        text = text.replace(found, instead)
    return text


def put(table: str, key: str, value: Any) -> bytes:
    """Return the line of a script that hands one value to the page."""
    return b"antifraud.put(%s,%s,%s);\n" % (script_json(table), script_json(key), script_json(value))


def shard_of(key: str, shards: int) -> int:
    """Return which of so many files holds the value of a key; the page finds it by the same arithmetic."""
    value = _FNV_START
    for byte in key.encode():
        value = ((value ^ byte) * _FNV_PRIME) & 0xFFFFFFFF
    return value % shards
