"""Asks a chat model: an answer that is paid for once, and in the journal before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from antifraud.service_config import LlmConfig
from antifraud.services.answers import Answer, NoAnswer
from antifraud.services.asking import ServiceModel
from antifraud.services.completions import FORMATS, body_of, read_reply, refuses_format, without_key
from antifraud.services.exchange import ChatReply, ChatRequest, Usage
from antifraud.services.journal import Journal
from antifraud.services.limits import Limits
from antifraud.services.presets import Service, resolve
from antifraud.services.pricing import upper_bound

if TYPE_CHECKING:
    from antifraud.services.connection import Connection

__all__ = ["ChatModel", "ChatReply", "ChatRequest", "Usage"]


class ChatModel(ServiceModel[LlmConfig, ChatRequest, ChatReply]):
    """A chat service for the whole of a run; use it in an `async with` block."""

    def __init__(self, config: LlmConfig, service: Service, journal: Journal) -> None:
        limits = Limits(
            config.concurrency,
            config.requests_per_minute,
            config.prompt_tokens_per_minute,
            config.completion_tokens_per_minute,
        )
        super().__init__(config, service, journal, limits)
        self._form = 0 if service.json_schema else 1

    @classmethod
    def open(cls, config: LlmConfig, environment: Mapping[str, str], journal: Journal) -> Self:
        """Return the chat service of a config; a journal that only replays needs no key.

        Raises:
            ServiceError: no key, no model, or a base URL that is none.
        """
        return cls(config, resolve(config, environment, with_key=not journal.replay_only), journal)

    @property
    def takes_schema(self) -> bool:
        """Whether answers are held to the JSON schema of the request, as far as the preset knows."""
        return self._service.json_schema

    def _canonical(self, request: ChatRequest) -> bytes:
        return request.canonical(self._service.model, self._config.extra_body)

    def _models(self, request: ChatRequest) -> tuple[str, ...]:
        return (request.model or self._service.model, *self._config.fallback_models)

    def _bound(self, request: ChatRequest) -> Usage:
        return upper_bound(request, self._config.extra_body)

    async def _post(self, connection: Connection, request: ChatRequest, model: str, form: int) -> Answer | NoAnswer:
        body = body_of(request, model, FORMATS[form], self._config.extra_body)
        return await connection.post("/chat/completions", body)

    def _refuses_form(self, status: int, said: str, request: ChatRequest, form: int) -> bool:
        return status == 400 and request.schema is not None and FORMATS[form] is not None and refuses_format(said)

    def _read(self, answer: Answer, request: ChatRequest, model: str) -> ChatReply | None:
        reply = read_reply(answer.body, model, self._bound(request))
        if reply is None:
            return None
        seconds = None if answer.seconds is None else round(answer.seconds, 3)
        return without_key(replace(reply, latency_seconds=seconds), self._service)

    def _dump(self, reply: ChatReply) -> bytes:
        return reply.dump()

    def _load(self, data: bytes, request: ChatRequest) -> ChatReply:  # noqa: ARG002 - the data say it all
        return ChatReply.load(data)
