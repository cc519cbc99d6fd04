"""What the fake service did and charged: the figures of GET /stats."""

from __future__ import annotations

import math
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

CHARACTERS_PER_TOKEN = 1.6
TOKENS_PER_MESSAGE = 4
WINDOW_SECONDS = 60.0

Message = dict[str, Any]


def tokens_of(text: str) -> int:
    """Return the tokens of a text; answers are charged so."""
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def tokens_of_message(message: Message) -> int:
    """Return the tokens of a message of the prompt."""
    return tokens_of(text_of(message)) + TOKENS_PER_MESSAGE


def text_of(message: Message) -> str:
    """Return a message's text, whether it is given whole or in parts."""
    content = message.get("content") or ""
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)


@dataclass(slots=True)
class PrefixCache:
    """Prompts seen, so that the part known already can be told."""

    seen: set[int] = field(default_factory=set)

    def known_tokens(self, model: str, messages: list[Message]) -> int:
        """Return the tokens of the longest run of first messages seen before, and remember every run."""
        key, tokens, known = hash(model), 0, 0
        for message in messages:
            key = hash((key, message.get("role"), text_of(message)))
            tokens += tokens_of_message(message)
            if key in self.seen:
                known = tokens
            self.seen.add(key)
        return known


@dataclass(slots=True)
class Ledger:
    """Counts since the last reset; a request is an HTTP request for something that is paid for."""

    requests: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    """Requests for chat, speech and transcription."""
    batch_requests: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    by_fault: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    undelivered: int = 0
    """Answers made, and charged, for a client that had gone."""
    tokens: Counter[str] = field(default_factory=Counter)
    bodies_answered: Counter[str] = field(default_factory=Counter)
    first_seconds: float | None = None
    last_seconds: float | None = None
    concurrent: int = 0
    max_concurrent: int = 0
    minute_peak: int = 0
    minute: deque[float] = field(default_factory=deque)

    def arrive(self, kind: str) -> None:
        """Note that a request has come."""
        now = time.time()
        self.requests += 1
        self.by_kind[kind] += 1
        self.concurrent += 1
        self.max_concurrent = max(self.max_concurrent, self.concurrent)
        self.first_seconds = self.first_seconds or now
        self.minute.append(now)
        while self.minute[0] <= now - WINDOW_SECONDS:
            self.minute.popleft()
        self.minute_peak = max(self.minute_peak, len(self.minute))

    def leave(self) -> None:
        """Note that a request is done with."""
        self.concurrent -= 1
        self.last_seconds = time.time()

    def charge(self, usage: dict[str, Any]) -> None:
        """Put the tokens of an answer on the bill."""
        self.tokens["prompt_tokens"] += usage["prompt_tokens"]
        self.tokens["completion_tokens"] += usage["completion_tokens"]
        self.tokens["cached_tokens"] += usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)

    def note_answer(self, digest: str) -> None:
        """Note that a body got an answer its client can use."""
        self.answered += 1
        self.bodies_answered[digest] += 1

    def report(self) -> dict[str, Any]:
        """Return the figures of GET /stats."""
        return {
            "requests": self.requests,
            "by_kind": dict(self.by_kind),
            "batch_requests": self.batch_requests,
            "by_status": dict(self.by_status),
            "by_fault": dict(self.by_fault),
            "answered": self.answered,
            "undelivered": self.undelivered,
            "prompt_tokens": self.tokens["prompt_tokens"],
            "cached_tokens": self.tokens["cached_tokens"],
            "completion_tokens": self.tokens["completion_tokens"],
            "first_seconds": self.first_seconds,
            "last_seconds": self.last_seconds,
            "max_concurrent": self.max_concurrent,
            "per_minute_peak": self.minute_peak,
            "bodies_answered": dict(self.bodies_answered),
        }
