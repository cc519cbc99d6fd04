"""The wire format of chat: what a request says, and the reply in an answer to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
from pydantic import BaseModel, NonNegativeInt, ValidationError

from antifraud.services.exchange import ChatReply, ChatRequest, Usage, as_sent
from antifraud.services.presets import Service
from antifraud.services.pricing import tokens_in
from antifraud.services.streams import put_together

FORMATS = ("json_schema", "json_object", None)
"""What is asked of the provider, from the most to the least; a refusal moves the run one down."""
FORMAT_WORDS = ("response_format", "json_schema", "json_object", "json mode")
"""One of these stands in a 400 that refuses the answer's format."""


def body_of(request: ChatRequest, model: str, kind: str | None, extra_body: Mapping[str, Any]) -> bytes:
    """Return the body of a chat request; `kind` is one of `FORMATS`."""
    fields = {
        "model": model,
        "messages": request.messages,
        "max_tokens": request.max_tokens,
        "temperature": request.temperature,
        **extra_body,
    }
    if request.schema is not None and kind is not None:
        fields["response_format"] = response_format(kind, request.schema_name, request.schema)
    return orjson.dumps(fields, default=as_sent)


def response_format(kind: str, name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the field that asks for an answer in a format."""
    if kind == "json_schema":
        return {"type": kind, "json_schema": {"name": name, "schema": dict(schema), "strict": True}}
    return {"type": kind}


def refuses_format(said: str) -> bool:
    """Tell whether a complaint is about `response_format`."""
    return any(word in said.lower() for word in FORMAT_WORDS)


class _Details(BaseModel):
    audio_tokens: NonNegativeInt | None = None
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
        completion = _Completion.model_validate_json(put_together(body))
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
        audio_tokens=_audio_tokens(completion.usage),
    )


def _audio_tokens(found: _Usage | None) -> int | None:
    details = found.prompt_tokens_details if found else None
    return details.audio_tokens if details else None


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


def without_key(reply: ChatReply, service: Service) -> ChatReply:
    """Return a reply in which the key does not stand, whatever the service echoes."""
    reasoning = None if reply.reasoning is None else service.hide(reply.reasoning)
    return replace(reply, text=service.hide(reply.text), reasoning=reasoning)
