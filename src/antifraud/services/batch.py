"""Asks a chat model by the provider's batches, at half the price for those who can wait.

A stage runs in rounds: `ask` answers from the journal or raises `Pending`; `settle` gets what was asked for.

    while True:
        ...every record of the stage; one that raises Pending waits for the next round
        if not model.wanted:
            break
        await model.settle()
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Self

import orjson

from antifraud.errors import AntifraudError, ServiceError, Unanswered
from antifraud.service_config import LlmConfig, Price
from antifraud.services.answers import RETRIED, Answer, complaint, concerns_record, refusal, shortened
from antifraud.services.batch_api import ENDPOINT, BatchApi, BatchState, Line
from antifraud.services.batch_book import BatchBook, Failure, Submitted
from antifraud.services.completions import FORMATS, body_of, read_reply, refuses_format, without_key
from antifraud.services.exchange import ChatReply, ChatRequest, Usage, key_of
from antifraud.services.journal import Journal
from antifraud.services.meter import Meter
from antifraud.services.presets import Service, resolve
from antifraud.services.pricing import upper_bound

if TYPE_CHECKING:
    from antifraud.services.connection import Connection

BATCH_PRICE_FACTOR = 0.5
"""Of the price of single requests. Source: the batch documentation of SiliconFlow and of OpenAI."""
MAX_LINES = 5000
"""Requests in one file. Source: as above."""
POLL_SECONDS = 30.0


class Pending(AntifraudError):
    """The answer is not there yet; ask again after `settle`."""


class BatchModel:
    """A chat service that is asked in batches, for the whole of a run; use it in an `async with` block.

    What is submitted stands in batches.json beside the journal until its answers are in the journal, so that a run
    that was killed goes on waiting for the same batches.
    """

    def __init__(
        self,
        config: LlmConfig,
        service: Service,
        journal: Journal,
        *,
        poll_seconds: float = POLL_SECONDS,
        max_lines: int = MAX_LINES,
    ) -> None:
        prices = {model: _halved(price) for model, price in config.prices.items()}
        self._config = config.model_copy(update={"prices": prices})
        before = journal.stats().usage
        self.meter = Meter(prices, config.budget, config.currency, before, section=service.section.name)
        self._service, self._journal = service, journal
        self._poll_seconds, self._max_lines = poll_seconds, max_lines
        self._format = 0 if service.json_schema else 1
        self._wanted: dict[str, ChatRequest] = {}
        self._arrived: set[str] = set()
        self._replayed: set[str] = set()
        self._book = BatchBook(journal.path.with_name("batches.json"))
        self._submitting = asyncio.Lock()
        self._connection: Connection | None = None

    @classmethod
    def open(
        cls,
        config: LlmConfig,
        environment: Mapping[str, str],
        journal: Journal,
        *,
        poll_seconds: float = POLL_SECONDS,
        max_lines: int = MAX_LINES,
    ) -> Self:
        """Return the batch service of a config.

        Raises:
            ServiceError: no key, no model, a base URL that is none, or a journal that only replays.
            StoreError: batches.json cannot be read.
        """
        if journal.replay_only:
            raise ServiceError(f"{journal.path}: a replay submits no batches; replay without the batch mode.")
        service = resolve(config, environment)
        return cls(config, service, journal, poll_seconds=poll_seconds, max_lines=max_lines)

    async def __aenter__(self) -> Self:
        from antifraud.services.connection import Connection  # heavy: openai and aiohttp

        self._connection = Connection(self._service, self._config)
        self._api = BatchApi(self._connection, self._service, self._config, self._poll_seconds)
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._connection:
            await self._connection.close()

    @property
    def config(self) -> LlmConfig:
        """What it was opened with, at the prices of batches."""
        return self._config

    @property
    def takes_schema(self) -> bool:
        """Whether answers are held to the JSON schema of the request, as far as the preset knows."""
        return self._service.json_schema

    @property
    def spent(self) -> Usage:
        """Tokens of the answers that this process fetched."""
        return self.meter.spent

    @property
    def cost(self) -> float:
        """Money for them."""
        return self.meter.cost

    @property
    def replayed(self) -> int:
        """Answers that were in the journal before this process."""
        return len(self._replayed)

    @property
    def wanted(self) -> int:
        """Answers that were asked for and are not there; 0 after a round means that the stage is finished."""
        return len(self._wanted)

    @property
    def in_flight(self) -> int:
        """Requests in batches on their way."""
        return sum(len(batch.keys) for batch in self._book.batches)

    async def ask(self, request: ChatRequest) -> ChatReply:
        """Return the journal's answer to a request.

        Raises:
            Pending: there is none yet; it is noted as wanted.
            Unanswered: it was submitted in all attempts and never answered; other requests may go on.
        """
        key = key_of(request.canonical(self._service.model, self._config.extra_body))
        stored = self._journal.get(key)
        if stored is not None:
            if key not in self._arrived:
                self._replayed.add(key)
            return ChatReply.load(stored)
        failure = self._book.failed.get(key)
        if failure and (failure.is_final or failure.times >= self._config.attempts):
            raise Unanswered(
                f"{self._service.base_url}: no answer from {self._model_of(request)}: {failure.why}"
                f" (submission {failure.times} of {self._config.attempts})"
            )
        self._wanted[key] = request
        raise Pending(f"{self._journal.path}: no answer to this request yet; it goes into the next batch.")

    async def settle(self) -> int:
        """Get what is wanted: submit what is not on its way, wait for all of it, and return how many answers came.

        Raises:
            BudgetReached: a file was not submitted because it could pass the budget; the others are settled.
            ServiceError: the service refuses; what was submitted is fetched by the next `settle` or run.
            StoreError: the journal or batches.json cannot be written.
        """
        wanted, self._wanted = self._wanted, {}
        before = len(self._arrived)
        awaited = [batch for batch in self._book.batches if not wanted.keys().isdisjoint(batch.keys)]
        submitted = {key for batch in awaited for key in batch.keys}
        new = {key: request for key, request in wanted.items() if key not in submitted}
        ended = await asyncio.gather(
            *(self._resume(batch, wanted) for batch in awaited),
            *(self._submit(model, part) for model, part in self._parts(new)),
            return_exceptions=True,
        )
        for result in ended:
            if isinstance(result, BaseException):
                raise result
        return len(self._arrived) - before

    def _parts(self, wanted: Mapping[str, ChatRequest]) -> Iterator[tuple[str, dict[str, ChatRequest]]]:
        """Yield what goes into one file each, with its model."""
        for model in dict.fromkeys(map(self._model_of, wanted.values())):
            left = iter((key, request) for key, request in wanted.items() if self._model_of(request) == model)
            while part := dict(islice(left, self._max_lines)):
                yield model, part

    async def _submit(self, model: str, part: Mapping[str, ChatRequest]) -> None:
        bound = sum((upper_bound(request, self._config.extra_body) for request in part.values()), Usage())
        held = await self.meter.hold(model, bound)
        is_known = True
        try:
            async with self._submitting:  # one file in memory
                kind = FORMATS[self._format]
                lines = (self._line(key, request, model, kind) for key, request in part.items())
                file = await self._api.upload(b"".join(lines))
                is_known = False
                batch = Submitted(
                    file=file,
                    model=model,
                    format=kind,
                    keys=tuple(part),
                    prompt=bound.prompt,
                    completion=bound.completion,
                )
                self._book.add(batch)
                batch = self._book.begin(batch, await self._api.begin(file))
            await self._fetch(batch, part)
            is_known = True
        finally:
            self.meter.release(held, unknown=not is_known)

    async def _resume(self, batch: Submitted, wanted: Mapping[str, ChatRequest]) -> None:
        """Wait for a batch that an earlier process submitted, or an earlier `settle` that failed."""
        held = self.meter.hold_sent(batch.model, batch.bound)
        try:
            if batch.id is None:
                batch = self._book.begin(batch, await self._api.begin(batch.file, in_doubt=True))
            await self._fetch(batch, wanted)
        finally:
            self.meter.release(held)

    def _line(self, key: str, request: ChatRequest, model: str, kind: str | None) -> bytes:
        body = orjson.Fragment(body_of(request, model, kind, self._config.extra_body))
        return orjson.dumps({"custom_id": key, "method": "POST", "url": ENDPOINT, "body": body}) + b"\n"

    async def _fetch(self, batch: Submitted, requests: Mapping[str, ChatRequest]) -> None:
        """Wait for a batch, put its answers into the journal, then note what failed and forget the batch."""
        state = await self._api.ended(batch.id or "")
        why = shortened(self._service.hide(f"batch {state.status}{_problems(state)}"))
        failures = dict.fromkeys(batch.keys, Failure(why=why))
        replies: dict[str, ChatReply] = {}
        stop: ServiceError | None = None
        for line in await self._api.lines(state):
            if line.custom_id not in failures:
                continue
            result = self._result(line, batch, requests.get(line.custom_id))
            if isinstance(result, ChatReply):
                replies[line.custom_id] = result
            elif isinstance(result, Failure):
                failures[line.custom_id] = result
            else:
                stop = result
        await self._keep(replies, requests)
        self._book.close(batch, {key: failure for key, failure in failures.items() if key not in replies})
        if stop:
            raise stop

    def _result(self, line: Line, batch: Submitted, request: ChatRequest | None) -> ChatReply | Failure | ServiceError:
        """Return what came of one request; an error where asking again cannot help any request."""
        if line.response is None:
            return self._failure(orjson.dumps(line.error))
        status, body = line.response.status_code, orjson.dumps(line.response.body)
        if status == 200:
            bound = upper_bound(request, self._config.extra_body) if request else Usage()
            reply = read_reply(body, batch.model, bound)
            return without_key(reply, self._service) if reply else self._failure(body, "200 without an answer: ")
        if status in RETRIED or status >= 500:
            return self._failure(body, f"{status}: ")
        said = complaint(body)
        if status == 400 and batch.format and refuses_format(said):
            self._format = max(self._format, FORMATS.index(batch.format) + 1)
            return self._failure(body, "400: ")
        if status == 400 and concerns_record(said):
            return self._failure(body, "400: ", is_final=True)
        return refusal(Answer(status, {}, body), batch.model, self._service)

    def _failure(self, body: bytes, prefix: str = "", *, is_final: bool = False) -> Failure:
        said = shortened(self._service.hide(complaint(body)))
        return Failure(why=f"{prefix}{said}", is_final=is_final)

    async def _keep(self, replies: Mapping[str, ChatReply], requests: Mapping[str, ChatRequest]) -> None:
        """Put answers into the journal and count those that were not there yet."""
        new = {key: reply for key, reply in replies.items() if self._journal.get(key) is None}
        await asyncio.gather(
            *(
                self._journal.put(key, self._canonical(key, requests), reply.dump(), reply.model, reply.usage)
                for key, reply in new.items()
            )
        )
        for reply in new.values():
            self.meter.pay(reply.model, reply.usage)
        self._arrived.update(new)

    def _canonical(self, key: str, requests: Mapping[str, ChatRequest]) -> bytes:
        """Return the request for the journal; of one that only an earlier process asked, its key alone is known."""
        if key not in requests:
            return orjson.dumps({"key": key})
        return requests[key].canonical(self._service.model, self._config.extra_body)

    def _model_of(self, request: ChatRequest) -> str:
        return request.model or self._service.model


def _halved(price: Price) -> Price:
    return Price(
        prompt=price.prompt * BATCH_PRICE_FACTOR,
        cached=None if price.cached is None else price.cached * BATCH_PRICE_FACTOR,
        completion=price.completion * BATCH_PRICE_FACTOR,
    )


def _problems(state: BatchState) -> str:
    return f": {complaint(orjson.dumps(state.errors))}" if state.errors else " without an answer to this request"
