"""Answers that come in pieces: server-sent events of a chat completion, put together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import orjson

_DATA: Final = b"data:"
_END: Final = b"[DONE]"
_TEXTS: Final = ("content", "reasoning_content", "refusal")
"""What grows piece by piece."""


def put_together(body: bytes) -> bytes:
    """Return the completion that a stream of events holds; any other body as it is.

    A stream that breaks off before a reason to finish, or holds an error, is returned as it is too: no completion.
    """
    if not body.lstrip().startswith(_DATA):
        return body
    try:
        pieces = list(_pieces(body))
    except orjson.JSONDecodeError:
        return body
    texts: dict[str, str] = {}
    finish = usage = None
    for piece in pieces:
        usage = piece.get("usage") or usage
        for choice in (piece.get("choices") or [])[:1]:
            finish = choice.get("finish_reason") or finish
            delta = choice.get("delta") or {}
            texts |= {name: texts.get(name, "") + delta[name] for name in _TEXTS if delta.get(name)}
    if finish is None or any("error" in piece for piece in pieces):
        return body
    return orjson.dumps({"choices": [{"message": texts, "finish_reason": finish}], "usage": usage})


def _pieces(body: bytes) -> Iterator[dict[str, Any]]:
    for line in body.splitlines():
        content = line.removeprefix(_DATA).strip()
        if line.startswith(_DATA) and content and content != _END:
            yield orjson.loads(content)
