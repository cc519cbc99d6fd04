"""How the fake service meets a paid request: key, queue, fault, answer; and how it fails on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import orjson
from aiohttp import web

from .batches import ERRORS
from .service import Denied, Order, Service, check_key
from .settings import FAILURES

LOOK_SECONDS = 0.02
"""How often a request that hangs looks whether its client is still there."""

Admit = Callable[[web.Request, Service], Awaitable[Order]]
Fulfil = Callable[[web.Request, Service, Order], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Desk:
    """Where the service stands; a reset puts a new one there."""

    service: Service


DESK = web.AppKey("desk", Desk)


def reply(payload: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return a JSON response."""
    return web.Response(
        body=orjson.dumps(payload), status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


async def meet(request: web.Request, kind: str, admit: Admit, fulfil: Fulfil) -> web.StreamResponse:
    """Admit a request, think, then answer or fail as ordered."""
    service = request.app[DESK].service
    service.ledger.arrive(kind)
    try:
        check_key(request.headers.get("Authorization", ""))
        order = await admit(request, service)
        if not (order.fault or "").startswith("429"):
            await asyncio.sleep(service.settings.delay_seconds(order.digest, order.asked))
        if order.fault in FAILURES:
            return await fail(request, service, order.fault)
        return await fulfil(request, service, order)
    except Denied as denied:
        service.ledger.by_status[str(denied.status)] += 1
        return reply(denied.payload, denied.status)
    finally:
        service.ledger.leave()


async def fail(request: web.Request, service: Service, fault: str) -> web.Response:
    """Give no answer, in one of the ways in which services do."""
    if fault not in ERRORS:
        while fault == "hang" and not is_gone(request):  # noqa: ASYNC110 - aiohttp has no event for it
            await asyncio.sleep(LOOK_SECONDS)
        service.ledger.by_status["none"] += 1
        return hang_up(request)
    status, message = ERRORS[fault]
    service.ledger.by_status[str(status)] += 1
    if fault == "key_echo":
        message = f"{message}: upstream refused Authorization: {request.headers['Authorization']}"
    headers = {"Retry-After": service.settings.retry_after} if fault == "429_retry_after" else None
    if fault == "error_200":
        return reply({"error": {"message": message, "type": "upstream_error", "code": 50505}}, status)
    return reply({"code": status * 100, "message": message, "data": None}, status, headers)


async def send_half(request: web.Request, content: bytes, media_type: str) -> web.Response:
    """Send the first half of an answer, then hang up."""
    response = web.StreamResponse(headers={"Content-Length": str(len(content)), "Content-Type": media_type})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    return hang_up(request)


def is_gone(request: web.Request) -> bool:
    """The client has closed its connection."""
    return request.transport is None or request.transport.is_closing()


def hang_up(request: web.Request) -> web.Response:
    """Close the connection; the response returned reaches nobody."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()
