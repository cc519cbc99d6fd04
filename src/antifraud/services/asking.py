"""Asks a service once for every answer: journal first, then limits, then requests until there is one on disk."""

from __future__ import annotations

import asyncio
import logging
import random
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Protocol, Self, TypeVar
from weakref import WeakValueDictionary

from antifraud.errors import ServiceError, Unanswered
from antifraud.service_config import ServiceConfig
from antifraud.services.answers import (
    RETRIED,
    Answer,
    NoAnswer,
    complaint,
    concerns_record,
    refusal,
    retry_after_seconds,
    shortened,
)
from antifraud.services.exchange import Usage, key_of
from antifraud.services.journal import Journal
from antifraud.services.limits import Limits
from antifraud.services.meter import Meter
from antifraud.services.presets import Service

if TYPE_CHECKING:
    from antifraud.services.connection import Connection

FIRST_WAIT_SECONDS = 0.5
LONGEST_BACKOFF_SECONDS = 20.0
ASKED_JITTER_SECONDS = 0.5
"""Added to a Retry-After, so that those who wait do not all come back at once."""
NOBODY_ATTEMPTS = 3
"""Connections refused in a row, before any answer came, after which nobody is believed to be there."""

log = logging.getLogger(__name__)


class Reply(Protocol):
    """A paid answer of any service."""

    @property
    def usage(self) -> Usage:
        """What it used, in what the service counts."""
        ...

    @property
    def model(self) -> str:
        """The model that was asked, which may be a fallback."""
        ...


ConfigT = TypeVar("ConfigT", bound=ServiceConfig)
RequestT = TypeVar("RequestT")
ReplyT = TypeVar("ReplyT", bound=Reply)


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
class Verdict(Generic[ReplyT]):
    """What came of one request."""

    result: ReplyT | Failed | Answer
    """An `Answer` where the provider refuses the request."""
    used: Usage | None
    """None where it may be billed and nobody knows."""
    too_many: bool = False
    """It was a 429."""


@dataclass(frozen=True)
class Errand(Generic[RequestT]):
    """A question that the journal has no answer to."""

    request: RequestT
    canonical: bytes
    connection: Connection


class ServiceModel(ABC, Generic[ConfigT, RequestT, ReplyT]):
    """A model of a service for the whole of a run; use it in an `async with` block.

    One client, one journal, one set of limits and one meter, shared by all that ask.
    """

    def __init__(self, config: ConfigT, service: Service, journal: Journal, limits: Limits | None = None) -> None:
        self.replayed = 0
        """Answers that came from the journal."""
        self.requests = 0
        """HTTP requests sent."""
        before = journal.stats().usage
        self.meter = Meter(config.prices, config.budget, config.currency, before, section=service.section.name)
        self._config, self._service, self._journal = config, service, journal
        self._limits = limits or Limits(config.concurrency, config.requests_per_minute)
        self._form = 0
        """How requests are worded now; what a provider refuses of it moves the run one on."""
        self._someone_answered = False
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._connection: Connection | None = None

    async def __aenter__(self) -> Self:
        if not self._journal.replay_only:
            from antifraud.services.connection import Connection  # heavy: openai and aiohttp

            self._connection = Connection(self._service, self._config)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._connection:
            await self._connection.close()

    @property
    def config(self) -> ConfigT:
        """What it was opened with."""
        return self._config

    @property
    def spent(self) -> Usage:
        """What this process paid for, in what the service counts."""
        return self.meter.spent

    @property
    def cost(self) -> float:
        """Money paid by this process."""
        return self.meter.cost

    @property
    def in_flight(self) -> int:
        """Requests on their way."""
        return self._limits.in_flight

    @abstractmethod
    def _canonical(self, request: RequestT) -> bytes:
        """Return everything that decides the answer, as the same bytes every time; JSON."""

    @abstractmethod
    def _models(self, request: RequestT) -> tuple[str, ...]:
        """Return the models to ask, in order."""

    @abstractmethod
    def _bound(self, request: RequestT) -> Usage:
        """Return what one request may use at most."""

    @abstractmethod
    async def _post(self, connection: Connection, request: RequestT, model: str, form: int) -> Answer | NoAnswer:
        """Send one request, worded in one of the forms that the service may refuse."""

    @abstractmethod
    def _read(self, answer: Answer, request: RequestT, model: str) -> ReplyT | None:
        """Return the reply in an HTTP 200, without the key; None where there is none."""

    @abstractmethod
    def _dump(self, reply: ReplyT) -> bytes:
        """Return a reply as the journal keeps it."""

    @abstractmethod
    def _load(self, data: bytes, request: RequestT) -> ReplyT:
        """Return a reply from the journal."""

    def _refuses_form(self, status: int, said: str, request: RequestT, form: int) -> bool:  # noqa: ARG002
        """Tell whether a refusal is about the form of a request and there is another; a child may know."""
        return False

    def _concerns_record(self, status: int, said: str) -> bool:
        """Tell whether a refusal is about this one question."""
        return status == 400 and concerns_record(said)

    async def ask(self, request: RequestT) -> ReplyT:
        """Return the answer to a request: the journal's, or a new one that is in the journal by then.

        Raises:
            Unanswered: no model gave an answer in all attempts; other requests may go on.
            BudgetReached: the next request could pass the budget.
            ServiceError: the service cannot be used as it is set up, or the journal that replays lacks the answer.
            StoreError: the journal cannot be written.
        """
        canonical = self._canonical(request)
        key = key_of(canonical)
        alone = self._asking.setdefault(key, asyncio.Lock())
        async with alone:
            stored = self._journal.get(key)
            if stored is not None:
                self.replayed += 1
                return self._load(stored, request)
            if self._connection is None:
                raise ServiceError(
                    f"{self._journal.path}: no answer to this request is recorded; run without --replay to record it,"
                    " or replay with the config and seed it was recorded with."
                )
            return await self._ask_models(Errand(request, canonical, self._connection))

    async def _ask_models(self, errand: Errand[RequestT]) -> ReplyT:
        whys = []
        for model in self._models(errand.request):
            result = await self._persist(errand, model)
            if not isinstance(result, Failed):
                return result
            whys.append(f"{model}: {result.why}")
        raise Unanswered(f"{self._service.base_url}: no answer from {'; '.join(whys)}")

    async def _persist(self, errand: Errand[RequestT], model: str) -> ReplyT | Failed:
        """Ask one model until it answers or its attempts are used up."""
        section = self._service.section.name
        attempt, nobody = 0, 0
        while True:
            result = await self._request(errand, model, ahead=attempt > 0)
            attempt += 1
            if not isinstance(result, Failed):
                return result
            nobody += result.nobody
            if nobody >= NOBODY_ATTEMPTS and not self._someone_answered:
                raise ServiceError(
                    f"{self._service.base_url}: nobody answers ({result.why}); check {section}.base_url."
                )
            wait = _wait_seconds(result, attempt)
            log.debug("%s, request %d: %s; waiting %.1f s", model, attempt, result.why, wait)
            if result.is_final or attempt >= self._config.attempts:
                return Failed(f"{result.why} (request {attempt} of {self._config.attempts})")
            if wait > self._config.longest_wait_seconds:
                return Failed(f"{result.why}; it asks to wait {wait:.0f} s, above {section}.longest_wait_seconds")
            await asyncio.sleep(wait)

    async def _request(self, errand: Errand[RequestT], model: str, *, ahead: bool) -> ReplyT | Failed:
        """Send one request, or several where the provider refuses the form of it."""
        while True:
            form = self._form
            answer = await self._send(errand, model, form, ahead=ahead)
            if not isinstance(answer, Answer):
                return answer
            said = self._service.hide(complaint(answer.body))
            if self._refuses_form(answer.status, said, errand.request, form):
                self._form = max(self._form, form + 1)
                continue
            if self._concerns_record(answer.status, said):
                return Failed(f"{answer.status}: {shortened(said)}", is_final=True)
            raise refusal(answer, model, self._service)

    async def _send(self, errand: Errand[RequestT], model: str, form: int, *, ahead: bool) -> ReplyT | Failed | Answer:
        """Send one request within budget and limits; an `Answer` comes back where the provider refuses it.

        A reply holds its place until it is on disk: a kill then repeats no more than what was in flight.
        """
        request, bound = errand.request, self._bound(errand.request)
        held = await self.meter.hold(model, bound)
        verdict: Verdict[ReplyT] = Verdict(Failed("not sent"), Usage())
        try:
            await self._limits.enter(bound, ahead=ahead)
            self.requests += 1
            verdict = Verdict(Failed("stopped on its way"), None)
            try:
                verdict = self._judged(await self._post(errand.connection, request, model, form), request, model)
                if not isinstance(verdict.result, (Failed, Answer)):
                    self.meter.pay(model, verdict.result.usage)
                    await self._keep(errand, verdict.result)
            finally:
                self._limits.leave(bound, verdict.used, refused=verdict.too_many)
        finally:
            self.meter.release(held, unknown=verdict.used is None)
        return verdict.result

    async def _keep(self, errand: Errand[RequestT], reply: ReplyT) -> None:
        key = key_of(errand.canonical)
        await self._journal.put(key, errand.canonical, self._dump(reply), reply.model, reply.usage)

    def _judged(self, answer: Answer | NoAnswer, request: RequestT, model: str) -> Verdict[ReplyT]:
        if isinstance(answer, NoAnswer):
            why = shortened(self._service.hide(answer.why))
            return Verdict(Failed(why, nobody=answer.never_sent), Usage() if answer.never_sent else None)
        self._someone_answered = True
        self._limits.heed(answer.headers)
        if answer.status == 200:
            reply = self._read(answer, request, model)
            if reply is not None:
                return Verdict(reply, reply.usage)
            return Verdict(Failed(f"200 without an answer: {self._said(answer)}"), None)
        if answer.status in RETRIED or answer.status >= 500:
            failed = Failed(f"{answer.status}: {self._said(answer)}", retry_after_seconds(answer.headers))
            return Verdict(failed, Usage(), too_many=answer.status == 429)
        return Verdict(answer, Usage())

    def _said(self, answer: Answer) -> str:
        return shortened(self._service.hide(complaint(answer.body)))


def _wait_seconds(failed: Failed, attempt: int) -> float:
    if failed.wait_seconds is not None:
        return failed.wait_seconds + random.uniform(0, ASKED_JITTER_SECONDS)
    backoff = FIRST_WAIT_SECONDS * 2.0 ** min(attempt - 1, 10)
    return min(backoff, LONGEST_BACKOFF_SECONDS) * random.uniform(0.75, 1.25)
