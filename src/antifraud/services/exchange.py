"""What goes to a chat model and what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Protocol, TypeAlias

import orjson

from antifraud.service_config import LlmConfig

KEY_VERSION = 1
"""Part of every key; raised where old answers must not be replayed any more."""


class Attachment:
    """A part of a message that is too large to be kept: it is sent whole and stands in the journal by what tells it."""

    def __init__(self, sent: bytes, kept: Mapping[str, Any], tokens: int) -> None:
        """Hold a part.

        Args:
            sent: the part as JSON, written once and copied into every request that holds it.
            kept: what decides the answer, with a checksum of the content.
            tokens: how many it may be charged as, at most.
        """
        self.sent, self.kept, self.tokens = sent, dict(kept), tokens


Part: TypeAlias = dict[str, Any] | Attachment
Message: TypeAlias = Mapping[str, str | Sequence[Part]]
"""Role and content; a content of parts as OpenAI has them, {"type": "text", "text": ...} for one."""


def _as_kept(part: object) -> Any:
    if isinstance(part, Attachment):
        return part.kept
    raise TypeError(type(part).__name__)


def as_sent(part: object) -> Any:
    """Return what orjson shall write for an attachment."""
    if isinstance(part, Attachment):
        return orjson.Fragment(part.sent)
    raise TypeError(type(part).__name__)


@dataclass(frozen=True)
class ChatRequest:
    """One question to a chat model."""

    messages: Sequence[Message]
    schema_name: str
    schema: Mapping[str, Any] | None
    """JSON schema of the answer; None for plain text."""
    max_tokens: int
    temperature: float
    sample: int = 0
    """Which of several answers to the same question; the journal keeps them apart."""
    model: str | None = None
    """None for the model of the service."""

    def canonical(self, model: str, extra_body: Mapping[str, Any]) -> bytes:
        """Return everything that decides the answer, as the same bytes every time."""
        fields = {
            "version": KEY_VERSION,
            "model": self.model or model,
            "messages": self.messages,
            "schema_name": self.schema_name,
            "schema": None if self.schema is None else dict(self.schema),
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "extra_body": dict(extra_body),
            "sample": self.sample,
        }
        return orjson.dumps(fields, default=_as_kept, option=orjson.OPT_SORT_KEYS)

    def key(self, model: str, extra_body: Mapping[str, Any]) -> str:
        """Return the journal's key of this request, the same in every run."""
        return key_of(self.canonical(model, extra_body))


def key_of(canonical: bytes) -> str:
    """Return the journal's key of a canonical request."""
    return sha256(canonical).hexdigest()


@dataclass(frozen=True)
class Usage:
    """Tokens; `cached` is part of `prompt`, `reasoning` is part of `completion`."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    reasoning: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            self.prompt + other.prompt,
            self.cached + other.cached,
            self.completion + other.completion,
            self.reasoning + other.reasoning,
        )


@dataclass(frozen=True)
class ChatReply:
    """A paid answer."""

    text: str
    reasoning: str | None
    usage: Usage
    model: str
    """The model that was asked, which may be a fallback."""
    finish_reason: str
    """stop, length, content_filter, refusal, or what the provider says."""
    audio_tokens: int | None = None
    """Part of the prompt tokens; None where the provider does not tell."""
    latency_seconds: float | None = None
    """From the request to the whole answer; a replay tells that of the first time."""
    replayed: bool = False
    """Whether it came from the journal."""

    def dump(self) -> bytes:
        """Return the reply as the journal keeps it."""
        fields = asdict(self)
        del fields["replayed"]
        return orjson.dumps(fields)

    @classmethod
    def load(cls, data: bytes) -> ChatReply:
        """Return a reply from the journal."""
        fields = orjson.loads(data)
        return cls(**{**fields, "usage": Usage(**fields["usage"]), "replayed": True})


class Chat(Protocol):
    """A chat service as those who ask see it: one request at a time, or batches."""

    @property
    def config(self) -> LlmConfig:
        """What it was opened with."""
        ...

    @property
    def takes_schema(self) -> bool:
        """Whether answers are held to the JSON schema of the request, as far as the preset knows."""
        ...

    @property
    def spent(self) -> Usage:
        """Tokens paid for by this process."""
        ...

    @property
    def cost(self) -> float:
        """Money paid by this process."""
        ...

    @property
    def replayed(self) -> int:
        """Answers that came from the journal."""
        ...

    async def ask(self, request: ChatRequest) -> ChatReply:
        """Return the answer to a request.

        Raises:
            Unanswered: there is none; other requests may go on.
            ServiceError: the service cannot be used as it is set up, or the budget is reached.
        """
        ...
