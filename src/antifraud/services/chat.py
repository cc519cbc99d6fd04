"""Asks a chat model: journal first, then limits, then requests with retries until there is an answer on disk."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakValueDictionary

import orjson

from antifraud.config import LlmConfig
from antifraud.errors import ServiceError, Unanswered
from antifraud.services.answers import (
    Answer,
    NoAnswer,
    complaint,
    concerns_record,
    read_reply,
    refuses_format,
    response_format,
    retry_after_seconds,
    shortened,
)
from antifraud.services.exchange import ChatReply, ChatRequest, Usage, key_of
from antifraud.services.journal import Journal
from antifraud.services.limits import Limits
from antifraud.services.meter import Meter
from antifraud.services.presets import Service, resolve
from antifraud.services.pricing import upper_bound

if TYPE_CHECKING:
    from antifraud.services.connection import Connection

__all__ = ["ChatModel", "ChatReply", "ChatRequest", "Usage"]

RETRIED = frozenset({408, 409, 429})
"""And everything from 500."""
FIRST_WAIT_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 20.0
ASKED_JITTER_SECONDS = 0.5
"""Added to a Retry-After, so that those who wait do not all come back at once."""
NOBODY_ATTEMPTS = 3
"""Connections refused in a row, before any answer came, after which nobody is believed to be there."""
FORMATS = ("json_schema", "json_object", None)
"""What is asked of the provider, from the most to the least; a refusal moves the run one down."""

Keep = Callable[[ChatReply], Awaitable[None]]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failed:
    """One request that may be repeated."""

    why: str
    wait_seconds: float | None = None
    """What the service asked for."""
    is_final: bool = False
    """Asking this model again cannot help."""
    nobody: bool = False
    """No connection came about."""


@dataclass(frozen=True)
class Verdict:
    """What came of one request."""

    result: ChatReply | Failed | Answer
    """An `Answer` where the provider refuses the request."""
    used: Usage | None
    """None where it may be billed and nobody knows."""
    too_many: bool = False
    """It was a 429."""


NOT_SENT = Verdict(Failed("not sent"), Usage())
IN_DOUBT = Verdict(Failed("stopped on its way"), None)


class ChatModel:
    """A chat service for the whole of a run; use it in an `async with` block.

    One client, one journal, one set of limits and one meter, shared by all that ask.
    """

    def __init__(self, config: LlmConfig, service: Service, journal: Journal) -> None:
        self.replayed = 0
        """Answers that came from the journal."""
        self.requests = 0
        """HTTP requests sent."""
        self.meter = Meter(config.prices, config.budget, config.currency, journal.stats().usage)
        self._config, self._service, self._journal = config, service, journal
        self._limits = Limits(
            config.concurrency,
            config.requests_per_minute,
            config.prompt_tokens_per_minute,
            config.completion_tokens_per_minute,
        )
        self._format = 0 if service.json_schema else 1
        self._someone_answered = False
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._connection: Connection | None = None

    @classmethod
    def open(cls, config: LlmConfig, environment: Mapping[str, str], journal: Journal) -> Self:
        """Return the chat service of a config; a journal that only replays needs no key.

        Raises:
            ServiceError: no key, no model, or a base URL that is none.
        """
        return cls(config, resolve(config, environment, with_key=not journal.replay_only), journal)

    async def __aenter__(self) -> Self:
        if not self._journal.replay_only:
            from antifraud.services.connection import Connection  # heavy: openai and aiohttp

            self._connection = Connection(self._service, self._config)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._connection:
            await self._connection.close()

    @property
    def config(self) -> LlmConfig:
        """What it was opened with."""
        return self._config

    @property
    def takes_schema(self) -> bool:
        """Whether answers are held to the JSON schema of the request, as far as the preset knows."""
        return self._service.json_schema

    @property
    def spent(self) -> Usage:
        """Tokens paid for by this process."""
        return self.meter.spent

    @property
    def cost(self) -> float:
        """Money paid by this process."""
        return self.meter.cost

    @property
    def in_flight(self) -> int:
        """Requests on their way."""
        return self._limits.in_flight

    async def ask(self, request: ChatRequest) -> ChatReply:
        """Return the answer to a request: the journal's, or a new one that is in the journal by then.

        Raises:
            Unanswered: no model gave an answer in all attempts; other requests may go on.
            BudgetReached: the next request could pass the budget.
            ServiceError: the service cannot be used as it is set up, or the journal that replays lacks the answer.
            StoreError: the journal cannot be written.
        """
        canonical = request.canonical(self._service.model, self._config.extra_body)
        key = key_of(canonical)
        alone = self._asking.setdefault(key, asyncio.Lock())
        async with alone:
            stored = self._journal.get(key)
            if stored is not None:
                self.replayed += 1
                return ChatReply.load(stored)

            async def keep(reply: ChatReply) -> None:
                await self._journal.put(key, canonical, reply.dump(), reply.model, reply.usage)

            return await self._ask_models(request, keep)

    async def _ask_models(self, request: ChatRequest, keep: Keep) -> ChatReply:
        connection = self._connection
        if connection is None:
            raise ServiceError(
                f"{self._journal.path}: no answer to this request is recorded; run without --replay to record it,"
                " or replay with the config and seed it was recorded with."
            )
        whys = []
        for model in (request.model or self._service.model, *self._config.fallback_models):
            result = await self._persist(connection, request, model, keep)
            if isinstance(result, ChatReply):
                return result
            whys.append(f"{model}: {result.why}")
        raise Unanswered(f"{self._service.base_url}: no answer from {'; '.join(whys)}")

    async def _persist(
        self, connection: Connection, request: ChatRequest, model: str, keep: Keep
    ) -> ChatReply | Failed:
        """Ask one model until it answers or its attempts are used up."""
        attempt, nobody = 0, 0
        while True:
            result = await self._request(connection, request, model, keep, ahead=attempt > 0)
            attempt += 1
            if isinstance(result, ChatReply):
                return result
            nobody += result.nobody
            if nobody >= NOBODY_ATTEMPTS and not self._someone_answered:
                raise ServiceError(f"{self._service.base_url}: nobody answers ({result.why}); check llm.base_url.")
            wait = _wait_seconds(result, attempt)
            log.debug("%s, request %d: %s; waiting %.1f s", model, attempt, result.why, wait)
            if result.is_final or attempt >= self._config.attempts:
                return Failed(f"{result.why} (request {attempt} of {self._config.attempts})")
            if wait > self._config.longest_wait_seconds:
                return Failed(f"{result.why}; it asks to wait {wait:.0f} s, above llm.longest_wait_seconds")
            await asyncio.sleep(wait)

    async def _request(
        self, connection: Connection, request: ChatRequest, model: str, keep: Keep, *, ahead: bool
    ) -> ChatReply | Failed:
        """Send one request, or several where the provider refuses the answer's format."""
        bound = upper_bound(request, self._config.extra_body)
        while True:
            kind = self._format
            answer = await self._send(
                connection,
                body_of(request, model, FORMATS[kind], self._config.extra_body),
                model,
                bound,
                keep,
                ahead=ahead,
            )
            if isinstance(answer, (ChatReply, Failed)):
                return answer
            said = self._service.hide(complaint(answer.body))
            if answer.status == 400 and request.schema is not None and FORMATS[kind] and refuses_format(said):
                self._format = max(self._format, kind + 1)
                continue
            if answer.status == 400 and concerns_record(said):
                return Failed(f"{answer.status}: {shortened(said)}", is_final=True)
            raise refusal(answer, model, self._service)

    async def _send(
        self, connection: Connection, body: bytes, model: str, bound: Usage, keep: Keep, *, ahead: bool
    ) -> ChatReply | Failed | Answer:
        """Send one request within budget and limits; an `Answer` comes back where the provider refuses it.

        A reply holds its place until it is on disk: a kill then repeats no more than what was in flight.
        """
        held, verdict = await self.meter.hold(model, bound), NOT_SENT
        try:
            await self._limits.enter(bound, ahead=ahead)
            self.requests += 1
            verdict = IN_DOUBT
            try:
                verdict = self._judged(await connection.post(body), model, bound)
                if isinstance(verdict.result, ChatReply):
                    self.meter.pay(model, verdict.result.usage)
                    await keep(verdict.result)
            finally:
                self._limits.leave(bound, verdict.used, refused=verdict.too_many)
        finally:
            self.meter.release(held, unknown=verdict.used is None)
        return verdict.result

    def _judged(self, answer: Answer | NoAnswer, model: str, bound: Usage) -> Verdict:
        if isinstance(answer, NoAnswer):
            why = shortened(self._service.hide(answer.why))
            return Verdict(Failed(why, nobody=answer.never_sent), Usage() if answer.never_sent else None)
        self._someone_answered = True
        self._limits.heed(answer.headers)
        if answer.status == 200:
            reply = read_reply(answer.body, model, bound)
            if reply is not None:
                return Verdict(without_key(reply, self._service), reply.usage)
            return Verdict(Failed(f"200 without an answer: {self._said(answer)}"), None)
        if answer.status in RETRIED or answer.status >= 500:
            failed = Failed(f"{answer.status}: {self._said(answer)}", retry_after_seconds(answer.headers))
            return Verdict(failed, Usage(), too_many=answer.status == 429)
        return Verdict(answer, Usage())

    def _said(self, answer: Answer) -> str:
        return shortened(self._service.hide(complaint(answer.body)))


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
    return orjson.dumps(fields)


def refusal(answer: Answer, what: str, service: Service) -> ServiceError:
    """Return the error to show for an HTTP answer that asking again cannot change.

    Args:
        what: the model or the path that was asked.
    """
    url = service.base_url
    if 300 <= answer.status < 400:
        place = service.hide(answer.headers.get("location", "nowhere"))
        return ServiceError(f"{url}: redirects to {place}, which is not followed; set llm.base_url to where it is.")
    hints = {401: "check the key", 403: "check the key's rights", 404: "check llm.base_url and llm.model"}
    hint = hints.get(answer.status, "check llm.model and the other settings of llm")
    return ServiceError(f"{url}: {what}: {answer.status}: {shortened(service.hide(complaint(answer.body)))}; {hint}.")


def without_key(reply: ChatReply, service: Service) -> ChatReply:
    """Return a reply in which the key does not stand, whatever the service echoes."""
    reasoning = None if reply.reasoning is None else service.hide(reply.reasoning)
    return replace(reply, text=service.hide(reply.text), reasoning=reasoning)


def _wait_seconds(failed: Failed, attempt: int) -> float:
    if failed.wait_seconds is not None:
        return failed.wait_seconds + random.uniform(0, ASKED_JITTER_SECONDS)
    backoff = FIRST_WAIT_SECONDS * 2.0 ** min(attempt - 1, 10)
    return min(backoff, LONGEST_BACKOFF_SECONDS) * random.uniform(0.75, 1.25)
