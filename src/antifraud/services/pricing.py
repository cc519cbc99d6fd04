"""Tokens before they are counted, and money after."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from antifraud.service_config import Price
from antifraud.services.exchange import Attachment, ChatRequest, Part, Usage

FREE = Price()
"""The price of a model that the config has none for."""
CHARACTERS_PER_TOKEN = 1.2
"""Below what common tokenizers reach on Chinese (about 1.5), so that an estimate seldom falls short."""
MESSAGE_TOKENS = 8
"""Role and separators of one message in common chat templates, rounded up."""


def cost(usage: Usage, price: Price) -> float:
    """Return the money that `usage` costs."""
    cached_price = price.prompt if price.cached is None else price.cached
    millionths = (
        (usage.prompt - usage.cached) * price.prompt + usage.cached * cached_price + usage.completion * price.completion
    )
    return millionths / 1_000_000


def tokens_in(text: str) -> int:
    """Estimate the tokens of a text, high rather than low."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def upper_bound(request: ChatRequest, extra_body: Mapping[str, Any]) -> Usage:
    """Return the tokens that a request may use at most.

    `max_tokens` leaves thinking out on some providers (SiliconFlow), so `thinking_budget` comes on top.
    """
    prompt = sum(MESSAGE_TOKENS + _tokens_of(message["content"]) for message in request.messages)
    if request.schema is not None:
        prompt += math.ceil(len(orjson.dumps(dict(request.schema))) / CHARACTERS_PER_TOKEN)
    thinking = extra_body.get("thinking_budget")
    thought = thinking if isinstance(thinking, int) else 0
    return Usage(prompt=prompt, completion=request.max_tokens + thought, reasoning=thought)


def _tokens_of(content: str | Sequence[Part]) -> int:
    if isinstance(content, str):
        return tokens_in(content)
    return sum(part.tokens if isinstance(part, Attachment) else tokens_in(str(part["text"])) for part in content)
