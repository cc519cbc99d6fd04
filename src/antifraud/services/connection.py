"""The one HTTP client of a run: openai's, on its aiohttp transport; answers and failures come out, never an error."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping

import aiohttp
import httpx2
from openai import (
    APIConnectionError,
    APIStatusError,
    AsyncOpenAI,
    DefaultAioHttpClient,
    Omit,
    OpenAIError,
    RequestOptions,
)

from antifraud.errors import ServiceError
from antifraud.service_config import ServiceConfig
from antifraud.services.answers import Answer, NoAnswer
from antifraud.services.presets import Service

KEEP_ALIVE_SECONDS = 15.0
"""Below the idle limit of common gateways (60 s), so that a request seldom meets a connection that just closed."""


class Connection:
    """Sends requests one by one, without retries and without following redirects.

    Answers are taken as bytes: openai's models of a completion would cost half of a call's CPU.
    """

    def __init__(self, service: Service, config: ServiceConfig) -> None:
        timeout = httpx2.Timeout(config.timeout_seconds, connect=config.connect_seconds)
        limits = httpx2.Limits(max_connections=config.concurrency, keepalive_expiry=KEEP_ALIVE_SECONDS)
        key = service.key.get_secret_value() if service.key else None
        try:
            self._client = AsyncOpenAI(
                api_key=key or "none",
                base_url=service.base_url,
                timeout=timeout,
                max_retries=0,
                http_client=DefaultAioHttpClient(follow_redirects=False, timeout=timeout, limits=limits),
            )
        except (httpx2.InvalidURL, ValueError) as exc:
            raise ServiceError(
                f"{service.section.name}.base_url is {service.base_url!r}: {exc}; expected http(s)://host/v1."
            ) from exc
        self._client.organization = self._client.project = None  # of OPENAI_ORG_ID: none of another provider's business
        self._headers: dict[str, str | Omit] = {"Content-Type": "application/json"}
        if key is None:
            self._headers["Authorization"] = Omit()
        self._root = service.base_url.rstrip("/")
        self._longest = config.connect_seconds + config.timeout_seconds

    async def post(self, path: str, body: bytes) -> Answer | NoAnswer:
        """Send JSON; nothing is raised for what a service or a network does."""
        options: RequestOptions = {"headers": self._headers}
        return await self._answered(self._client.post(path, cast_to=httpx2.Response, content=body, options=options))

    async def post_form(
        self, path: str, fields: Mapping[str, str], name: str, content: bytes, media_type: str
    ) -> Answer | NoAnswer:
        """Send fields and one file, called `name`, as multipart/form-data; raises as little as `post`."""
        options: RequestOptions = {"headers": {**self._headers, "Content-Type": "multipart/form-data"}}
        return await self._answered(
            self._client.post(
                path,
                cast_to=httpx2.Response,
                body=dict(fields),
                files={"file": (name, content, media_type)},
                options=options,
            )
        )

    async def get(self, path: str) -> Answer | NoAnswer:
        """Fetch a path below the base URL, or a whole URL; one that lies elsewhere is not shown the key."""
        elsewhere = "://" in path and not path.startswith(f"{self._root}/")
        headers = {**self._headers, "Authorization": Omit()} if elsewhere else self._headers
        options: RequestOptions = {"headers": headers}
        return await self._answered(self._client.get(path, cast_to=httpx2.Response, options=options))

    async def _answered(self, sent: Awaitable[httpx2.Response]) -> Answer | NoAnswer:
        started = time.perf_counter()
        try:
            async with asyncio.timeout(self._longest):
                response = await sent
                seconds = time.perf_counter() - started
                return Answer(response.status_code, response.headers, response.content, seconds)
        except APIStatusError as exc:
            return Answer(exc.status_code, exc.response.headers, exc.response.content)
        except TimeoutError:
            return NoAnswer(f"no answer in {self._longest:g} s", never_sent=False)
        except (APIConnectionError, OpenAIError, aiohttp.ClientError, httpx2.HTTPError) as exc:
            return _failure(exc)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()


def _failure(exc: BaseException) -> NoAnswer:
    """Return the failure in the words of the lowest layer that has any."""
    chain = [exc]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    told = next((link for link in chain if isinstance(link, aiohttp.ClientError)), chain[-1])
    never_sent = any(isinstance(link, (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)) for link in chain)
    return NoAnswer(f"{type(told).__name__}: {told}", never_sent)
