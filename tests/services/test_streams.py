"""Answers in pieces are put together; what is no whole answer stays what it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from antifraud.services.streams import put_together


def events(*pieces: dict[str, Any], end: str = "data: [DONE]") -> bytes:
    return "\n\n".join([*(f"data: {json.dumps(piece)}" for piece in pieces), end, ""]).encode()


def piece(finish: str | None = None, **delta: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def test_texts_grow_and_usage_comes_last() -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}
    stream = events(
        piece(content=""), piece(reasoning_content="想"), piece(content="诈"), piece("stop", content="骗"), usage
    )
    assert json.loads(put_together(stream)) == {
        "choices": [{"message": {"reasoning_content": "想", "content": "诈骗"}, "finish_reason": "stop"}],
        "usage": usage["usage"],
    }


@pytest.mark.parametrize(
    "body",
    [
        b'{"choices": []}',
        b"data: {not json}\n\n",
        events(piece(content="诈"), end=""),
        events(piece(content="诈"), {"error": {"message": "gone"}}, piece("stop")),
        b"",
    ],
)
def test_what_is_no_whole_stream_is_left_alone(body: bytes) -> None:
    assert put_together(body) == body
