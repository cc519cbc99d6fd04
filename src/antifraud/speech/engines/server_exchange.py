"""One HTTP exchange with a speech server whose answers are not trusted: bounded in bytes and in time."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from antifraud.errors import EngineError
from antifraud.speech.server.replies import ProblemReply

CONNECT_SECONDS = 5.0
ASK_SECONDS = 10.0
"""Longest wait for what a server tells of itself."""
MOST_TOLD_BYTES = 16_000_000
"""Of a list of voices: 4,096 of them with room to spare."""
LONGEST_REST_SECONDS = 60.0
SHOWN_CHARACTERS = 200
"""Of what a server says is wrong."""
_TOKEN = re.compile(r"[\x21-\x7e]+")
Model = TypeVar("Model", bound=BaseModel)


class Lost(Exception):
    """A server cannot be reached, broke off, or answered what no server of ours would."""

    def __init__(self, why: str, *, was_sent: bool = True) -> None:
        super().__init__(why)
        self.was_sent = was_sent
        """The server may have begun to work on it."""


class Nobody(Lost):
    """No connection came about: there is no server at the address, or none yet."""

    def __init__(self, why: str) -> None:
        super().__init__(f"nobody there: {why}", was_sent=False)


class Busy(Exception):
    """A server has no room now."""

    def __init__(self, rest_seconds: float) -> None:
        super().__init__(f"busy for {rest_seconds:g} s")
        self.rest_seconds = rest_seconds


class Unfit(Exception):
    """A server refuses this request and would refuse it again."""


@dataclass(frozen=True)
class Reply:
    """Status, headers and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def read(self, model: type[Model]) -> Model:
        """Return the body as a model.

        Raises:
            Lost: it is something else.
        """
        try:
            return model.model_validate_json(self.body)
        except ValidationError as exc:
            raise Lost(f"its answer is no {model.__name__}: {exc.errors()[0]['msg']}") from exc

    def problem(self) -> str:
        """Return what the server says is wrong, shortened."""
        try:
            told = ProblemReply.model_validate_json(self.body).error.message
        except ValidationError:
            told = self.body.decode(errors="replace")
        return f"{self.status} {told[:SHOWN_CHARACTERS]!r}"


class Exchange:
    """Requests to one server: no redirects, no proxies, no compression, the token in a header and nowhere else."""

    def __init__(self, address: str, token: str | None) -> None:
        if token is not None and not _TOKEN.fullmatch(token):
            raise EngineError("the token of the speech servers (synthesize.server_token_env) holds a blank or no ASCII")
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._client = httpx.AsyncClient(
            headers=headers,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
        )
        self._root = address.rstrip("/")

    async def get(self, path: str) -> Reply:
        """Ask what a server tells of itself.

        Raises:
            Lost: no answer, or too large a one.
            EngineError: the token is wrong.
        """
        return await self._send("GET", path, None, ASK_SECONDS, MOST_TOLD_BYTES)

    async def post(self, path: str, body: Mapping[str, Any], seconds: float, most_bytes: int) -> Reply:
        """Ask for speech; the reply has status 200.

        Raises:
            Busy: the server has no room, or is not ready.
            Unfit: it cannot speak this.
            Lost: no answer, too large a one, or a failure.
            EngineError: the token is wrong.
        """
        reply = await self._send("POST", path, body, seconds, most_bytes)
        if reply.status == 200:
            return reply
        if reply.status == 503 and (rest := reply.headers.get("retry-after", "")).isdigit():
            raise Busy(min(float(rest), LONGEST_REST_SECONDS))
        if reply.status in (413, 422):
            raise Unfit(reply.problem())
        raise Lost(f"it answered {reply.problem()}", was_sent=reply.status != 503)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _send(
        self, method: str, path: str, body: Mapping[str, Any] | None, seconds: float, most_bytes: int
    ) -> Reply:
        try:
            async with (
                asyncio.timeout(seconds),
                self._client.stream(method, f"{self._root}{path}", json=body) as response,
            ):
                reply = Reply(response.status_code, response.headers, await _bounded(response, most_bytes))
        except TimeoutError as exc:
            raise Lost(f"no answer in {seconds:g} s") from exc
        except (httpx.ConnectError, httpx.ConnectTimeout) as exc:
            raise Nobody(str(exc)) from exc
        except (httpx.HTTPError, httpx.InvalidURL) as exc:
            raise Lost(f"{type(exc).__name__}: {exc}") from exc
        if reply.status in (401, 403):
            raise EngineError(
                f"the speech server {shown(self._root)} refuses the token ({reply.status});"
                " put its token into an environment variable and name that in synthesize.server_token_env."
            )
        return reply


async def _bounded(response: httpx.Response, most_bytes: int) -> bytes:
    body = bytearray()
    async for part in response.aiter_raw():
        body += part
        if len(body) > most_bytes:
            raise Lost(f"its answer has more than {most_bytes} bytes")
    return bytes(body)


def shown(address: str) -> str:
    """Return an address without a name and password that may stand in it."""
    scheme, _, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
