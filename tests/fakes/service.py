"""The fake service without its wires: who is admitted, what befalls a request, and the completion it gets."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import orjson

from .answers import answer, spoil
from .hearing import audio_tokens
from .ledger import WINDOW_SECONDS, Ledger, PrefixCache, tokens_of, tokens_of_message
from .settings import Settings

MODELS = ("fake/chat", "fake/chat-large", "fake/reasoner")
RATE_LIMITED = {"message": "Request was rejected due to rate limiting. Details: RPM limit reached.", "data": None}
NO_MODEL = {"code": 20012, "message": "Model does not exist. Please check it carefully.", "data": None}
NO_SCHEMA = {"code": 20015, "message": "response_format json_schema is not supported by this model.", "data": None}
BAD_BODY = {"code": 20015, "message": "The request body is not a chat request.", "data": None}


class Denied(Exception):
    """The service answers a request with an error of its own accord."""

    def __init__(self, status: int, payload: object) -> None:
        super().__init__(status, payload)
        self.status = status
        self.payload = payload


@dataclass(frozen=True, slots=True)
class Order:
    """An admitted request."""

    body: dict[str, Any]
    digest: str
    asked: int
    """How often this body had been admitted before."""
    fault: str | None


@dataclass(slots=True)
class Completion:
    """An answer in the wire format, and whether its client can use it."""

    body: dict[str, Any]
    is_usable: bool

    @property
    def message(self) -> dict[str, Any]:
        message: dict[str, Any] = self.body["choices"][0]["message"]
        return message


@dataclass(slots=True)
class Service:
    """Everything that a reset forgets."""

    settings: Settings = field(default_factory=Settings)
    ledger: Ledger = field(default_factory=Ledger)
    prefixes: PrefixCache = field(default_factory=PrefixCache)
    asked: Counter[str] = field(default_factory=Counter)
    admitted: deque[float] = field(default_factory=deque)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    spoken: dict[str, str] = field(default_factory=dict)
    """Texts by the SHA-256 of the sound they became."""

    def admit(self, raw: bytes) -> Order:
        """Read a request whose key was accepted.

        Raises:
            Denied: the body is unreadable, the model or format unknown, or the minute is full.
        """
        body = read_object(raw)
        self.check(body)
        self.count_minute()
        return self.order(body, sha256(raw).hexdigest())

    def check(self, body: dict[str, Any]) -> None:
        """Raise Denied where the service could never answer this body."""
        if not isinstance(body.get("messages"), list) or not body["messages"]:
            raise Denied(400, BAD_BODY)
        check_model(body)
        wanted = (body.get("response_format") or {}).get("type")
        if wanted == "json_schema" and not self.settings.json_schema:
            raise Denied(400, NO_SCHEMA)

    def order(self, body: dict[str, Any], digest: str) -> Order:
        """Return the request with the fault that befalls it."""
        asked = self.asked[digest]
        self.asked[digest] += 1
        fault = self.settings.draw_fault(digest, asked)
        if fault:
            self.ledger.by_fault[fault] += 1
        return Order(body, digest, asked, fault)

    def complete(self, order: Order) -> Completion:
        """Answer a request and charge for it."""
        content = answer(order.body, self.settings.seed, order.asked)
        finish = "stop"
        if order.fault:
            content, finish = spoil(content, order.fault)
        message = {"role": "assistant", "content": content}
        if self.settings.reasoning:
            message["reasoning_content"] = f"先看计划，再看说到哪里，然后想好怎么说。这一句大约{len(content)}个字。"
        usage = self._usage(order.body, message)
        self.ledger.charge(usage)
        body = {
            "id": f"chatcmpl-{order.digest[:20]}-{order.asked}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": order.body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": usage,
        }
        return Completion(body, is_usable=order.fault is None)

    def _usage(self, body: dict[str, Any], message: dict[str, str]) -> dict[str, Any]:
        heard = audio_tokens(body["messages"])
        prompt = sum(map(tokens_of_message, body["messages"])) + heard
        thought = tokens_of(message.get("reasoning_content", ""))
        written = tokens_of(message["content"]) + thought
        usage: dict[str, Any] = {
            "prompt_tokens": prompt,
            "completion_tokens": written,
            "total_tokens": prompt + written,
        }
        if self.settings.reasoning:
            usage["completion_tokens_details"] = {"reasoning_tokens": thought}
        if self.settings.cached_prefix:
            known = self.prefixes.known_tokens(body["model"], body["messages"])
            usage["prompt_tokens_details"] = {"cached_tokens": known}
        if heard:
            usage.setdefault("prompt_tokens_details", {})["audio_tokens"] = heard
        return usage

    def count_minute(self) -> None:
        """Raise Denied where the minute is full."""
        now = time.monotonic()
        while self.admitted and self.admitted[0] <= now - WINDOW_SECONDS:
            self.admitted.popleft()
        if self.settings.rpm and len(self.admitted) >= self.settings.rpm:
            raise Denied(429, RATE_LIMITED)
        self.admitted.append(now)


def check_model(body: dict[str, Any]) -> None:
    """Raise Denied for a model that is missing or called so."""
    if str(body.get("model") or "missing").startswith("missing"):
        raise Denied(400, NO_MODEL)


def read_object(raw: bytes) -> dict[str, Any]:
    """Return a JSON object, or raise Denied."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as exc:
        raise Denied(400, BAD_BODY) from exc
    if not isinstance(body, dict):
        raise Denied(400, BAD_BODY)
    return body


def check_key(authorization: str) -> None:
    """Raise Denied, with SiliconFlow's bare string, for a key that is missing or begins with "bad"."""
    scheme, _, key = authorization.partition(" ")
    if scheme.lower() != "bearer" or not key.strip() or key.strip().startswith("bad"):
        raise Denied(401, "Invalid token")
