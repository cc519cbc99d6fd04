"""A provider's batch interface in OpenAI's format: a file of requests up, a batch that takes its time, files down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import orjson
from pydantic import BaseModel, ValidationError

from antifraud.errors import ServiceError
from antifraud.service_config import LlmConfig
from antifraud.services.answers import (
    RETRIED,
    Answer,
    NoAnswer,
    complaint,
    refusal,
    retry_after_seconds,
    shortened,
)
from antifraud.services.asking import FIRST_WAIT_SECONDS, NOBODY_ATTEMPTS
from antifraud.services.presets import Service

if TYPE_CHECKING:
    from antifraud.services.connection import Connection

ENDPOINT = "/v1/chat/completions"
WINDOW = "24h"
"""The shortest that SiliconFlow takes and the only one of OpenAI."""
LISTED = 100
"""Newest batches that are looked through for one whose creation is in doubt; the most that OpenAI lists at once."""
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
"""All other words mean that it goes on: OpenAI says validating where SiliconFlow says in_queue."""
LONGEST_PAUSE_SECONDS = 600.0
"""Between two tries of a request while a batch is waited for."""


class _Named(BaseModel):
    id: str


class BatchState(_Named):
    """A batch as the provider tells of it."""

    status: str
    input_file_id: str | None = None
    output_file_id: str | None = None
    """An id, or a URL on SiliconFlow."""
    error_file_id: str | None = None
    errors: Any = None
    """What is wrong with the whole file, in the provider's form."""


class Response(BaseModel):
    """The HTTP answer to one request of a batch."""

    status_code: int
    body: Any = None


class Line(BaseModel):
    """What came of one request: a response, or an error where the request was never made."""

    custom_id: str
    response: Response | None = None
    error: Any = None


class _Listing(BaseModel):
    data: tuple[BatchState, ...]


Form = TypeVar("Form", bound=BaseModel)
Sending = Callable[[], Awaitable[Answer | NoAnswer]]


class BatchApi:
    """Files and batches of one service; what fails in passing is tried again."""

    def __init__(self, connection: Connection, service: Service, config: LlmConfig, poll_seconds: float) -> None:
        self._connection, self._service = connection, service
        self._attempts, self._poll_seconds = config.attempts, poll_seconds
        self._someone_answered = False

    async def upload(self, content: bytes) -> str:
        """Send a file of requests and return its id."""
        body = await self._ask("/files", lambda: self._send_file(content))
        return self._read(body, _Named, "/files").id

    async def _send_file(self, content: bytes) -> Answer | NoAnswer:
        return await self._connection.post_form(
            "/files", {"purpose": "batch"}, "antifraud.jsonl", content, "application/jsonl"
        )

    async def begin(self, file_id: str, *, in_doubt: bool = False) -> str:
        """Begin the batch of an uploaded file and return its id.

        Args:
            in_doubt: it may have begun already; so it may after an answer was lost. It is then looked for first.
        """
        wish = orjson.dumps({"input_file_id": file_id, "endpoint": ENDPOINT, "completion_window": WINDOW})

        async def send() -> Answer | NoAnswer:
            nonlocal in_doubt
            if in_doubt and (found := await self._find(file_id)):
                return Answer(200, {}, orjson.dumps({"id": found}))
            answer = await self._connection.post("/batches", wish)
            in_doubt = not answer.never_sent if isinstance(answer, NoAnswer) else answer.status >= 500
            return answer

        return self._read(await self._ask("/batches", send), _Named, "/batches").id

    async def _find(self, file_id: str) -> str | None:
        path = f"/batches?limit={LISTED}"
        advice = f"Without this list nobody knows whether the batch of {file_id} has begun: see the provider's console,"
        body = await self._ask(
            path,
            partial(self._connection.get, path),
            f"{advice} then write its id into batches.json, or take the entry out to submit it again.",
        )
        listed = self._read(body, _Listing, path).data
        return next((batch.id for batch in listed if batch.input_file_id == file_id), None)

    async def ended(self, batch_id: str) -> BatchState:
        """Wait until a batch has ended, well or not, and return how."""
        path = f"/batches/{quote(batch_id, safe='')}"
        place = f"{self._service.section.name}.base_url"
        advice = f"Set {place} to where {batch_id} was submitted, or take it out of batches.json to submit again."
        while True:
            state = self._read(await self._ask(path, partial(self._connection.get, path), advice), BatchState, path)
            if state.status in ENDED:
                return state
            await asyncio.sleep(self._poll_seconds)

    async def lines(self, state: BatchState) -> Iterator[Line]:
        """Return what came of the requests of a batch; lines that cannot be read are left out."""
        content = b""
        for file_id in filter(None, (state.output_file_id, state.error_file_id)):
            path = file_id if "://" in file_id else f"/files/{quote(file_id, safe='')}/content"
            advice = f"If the file's time is over, take {state.id} out of batches.json to submit again."
            content += await self._ask(path, partial(self._connection.get, path), advice) + b"\n"
        return _read_lines(content)

    async def _ask(self, path: str, send: Sending, advice: str = "") -> bytes:
        """Return the body of a good answer, trying again while that can help.

        Raises:
            ServiceError: the service refuses, or gave no good answer in all attempts.
        """
        attempt, wait, why = 0, 0.0, ""
        while attempt < self._attempts:
            await asyncio.sleep(wait)
            answer = await send()
            attempt += 1
            first = self._poll_seconds if self._someone_answered else FIRST_WAIT_SECONDS
            wait = min(LONGEST_PAUSE_SECONDS, first * 2.0 ** min(attempt - 1, 10))
            if isinstance(answer, NoAnswer):
                why = shortened(self._service.hide(answer.why))
                if answer.never_sent and attempt >= NOBODY_ATTEMPTS and not self._someone_answered:
                    raise ServiceError(
                        f"{self._service.base_url}: nobody answers ({why});"
                        f" check {self._service.section.name}.base_url."
                    )
                continue
            self._someone_answered = True
            if 200 <= answer.status < 300:
                return answer.body
            if answer.status not in RETRIED and answer.status < 500:
                raise ServiceError(f"{refusal(answer, path, self._service)} {advice}".rstrip())
            why = f"{answer.status}: {self._said(answer.body)}"
            wait = max(wait, min(LONGEST_PAUSE_SECONDS, retry_after_seconds(answer.headers) or 0.0))
        raise ServiceError(
            f"{self._service.base_url}: {path}: {why} (request {attempt} of {self._attempts})."
            " What was submitted is kept; run again later."
        )

    def _read(self, body: bytes, form: type[Form], path: str) -> Form:
        try:
            return form.model_validate(_unwrapped(body))
        except (orjson.JSONDecodeError, ValidationError) as exc:
            raise ServiceError(
                f"{self._service.base_url}: {path}: answers {self._said(body)}, which is not OpenAI's batch interface;"
                f" check {self._service.section.name}.base_url and whether the provider has batches."
            ) from exc

    def _said(self, body: bytes) -> str:
        return shortened(self._service.hide(complaint(body)))


def _unwrapped(body: bytes) -> Any:
    """Return the object in a body; SiliconFlow puts that of a file into {code, message, data}."""
    found = orjson.loads(body)
    if isinstance(found, dict) and "id" not in found and isinstance(found.get("data"), dict):
        return found["data"]
    return found


def _read_lines(content: bytes) -> Iterator[Line]:
    for line in content.split(b"\n"):
        with suppress(ValidationError):
            yield Line.model_validate_json(line)
