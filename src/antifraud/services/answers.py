"""What an HTTP answer of a chat API says: a reply, the provider's complaint, and how long it asks to wait."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
from pydantic import BaseModel, NonNegativeInt, ValidationError

from antifraud.services.exchange import ChatReply, Usage
from antifraud.services.pricing import tokens_in

COMPLAINT_CHARACTERS = 300
"""What of a provider's message is shown."""
FORMAT_WORDS = ("response_format", "json_schema", "json_object", "json mode")
"""One of these stands in a 400 that refuses the answer's format."""
RECORD_CODES = ("data_inspection_failed", "datainspectionfailed", "content_filter", "context_length_exceeded")
"""One of these stands in a 400 about what was asked, not about how the service is set up (DashScope, Azure, OpenAI)."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer of any status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class NoAnswer:
    """A request that ended without an answer."""

    why: str
    never_sent: bool
    """No connection came about: nothing can have been billed, and nobody may be there at all."""


class _Details(BaseModel):
    cached_tokens: NonNegativeInt | None = None
    reasoning_tokens: NonNegativeInt | None = None


class _Usage(BaseModel):
    prompt_tokens: NonNegativeInt
    completion_tokens: NonNegativeInt
    prompt_tokens_details: _Details | None = None
    completion_tokens_details: _Details | None = None
    prompt_cache_hit_tokens: NonNegativeInt | None = None
    """DeepSeek's name for cached tokens."""


class _Message(BaseModel):
    content: str | None = None
    reasoning_content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: tuple[_Choice, ...]
    usage: _Usage | None = None


def read_reply(body: bytes, model: str, expected: Usage) -> ChatReply | None:
    """Return the reply in the body of an HTTP 200, or None where there is none.

    Args:
        expected: the estimate to count where the provider sends no usage.
    """
    try:
        completion = _Completion.model_validate_json(body)
    except ValidationError:
        return None
    if not completion.choices:
        return None
    choice = completion.choices[0]
    text = choice.message.content or ""
    is_refusal = not text and choice.message.refusal
    return ChatReply(
        text=text,
        reasoning=choice.message.reasoning_content,
        usage=_usage(completion.usage, Usage(prompt=expected.prompt, completion=tokens_in(text))),
        model=model,
        finish_reason="refusal" if is_refusal else choice.finish_reason or "stop",
    )


def _usage(found: _Usage | None, estimate: Usage) -> Usage:
    if found is None:
        return estimate
    prompt, completion = found.prompt_tokens_details or _Details(), found.completion_tokens_details or _Details()
    cached = prompt.cached_tokens or found.prompt_cache_hit_tokens or 0
    return Usage(
        prompt=found.prompt_tokens,
        cached=min(cached, found.prompt_tokens),
        completion=found.completion_tokens,
        reasoning=min(completion.reasoning_tokens or 0, found.completion_tokens),
    )


def complaint(body: bytes) -> str:
    """Return what an error body says, in one line: OpenAI's objects, SiliconFlow's objects and bare strings, or text.

    It may hold the key that was sent: hide it, then shorten it.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        said = body.decode(errors="replace")
    if isinstance(said, dict):
        said = said.get("error") or said
    if isinstance(said, dict):
        message, code = said.get("message") or said, said.get("code")
        said = message if code is None or str(code) in str(message) else f"{message} (code {code})"
    return " ".join(str(said).split())


def shortened(text: str) -> str:
    """Return a complaint as it is shown."""
    return text if len(text) <= COMPLAINT_CHARACTERS else text[:COMPLAINT_CHARACTERS] + "…"


def refuses_format(said: str) -> bool:
    """Tell whether a complaint is about `response_format`."""
    return any(word in said.lower() for word in FORMAT_WORDS)


def concerns_record(said: str) -> bool:
    """Tell whether a complaint is about this one question."""
    return any(code in said.lower() for code in RECORD_CODES)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Return how long the service asks to wait, from seconds or a date; None where it does not say."""
    text = headers.get("retry-after")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        return _until(text)
    return None if math.isnan(seconds) else max(0.0, seconds)


def _until(text: str) -> float | None:
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, OverflowError):
        return None


def response_format(kind: str, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field that asks for an answer in a format."""
    if kind == "json_schema":
        return {"type": kind, "json_schema": {"name": name, "schema": dict(schema), "strict": True}}
    return {"type": kind}
