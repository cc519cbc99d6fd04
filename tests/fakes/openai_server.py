"""A service with OpenAI's interface on the loopback device, which costs nothing and fails on order.

Run as `python -m tests.fakes.openai_server --port 0`: it prints {"port": N} and serves until its stdin closes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from .audio import speech, transcription
from .batches import create_batch, look_at_batch, store_file
from .service import MODELS, Completion, Denied, Order, Service, check_key, read_object
from .settings import BadSettings
from .wires import DESK, Desk, hang_up, is_gone, meet, reply, send_half

MAX_BODY_BYTES = 256 * 1024 * 1024
PIECE_CHARACTERS = 8
"""Characters in one piece of a streamed answer."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(handle: Handler) -> Handler:
    """Ask for the key before a handler runs, and send what it denies."""

    async def checked(request: web.Request) -> web.StreamResponse:
        try:
            check_key(request.headers.get("Authorization", ""))
            return await handle(request)
        except Denied as denied:
            return reply(denied.payload, denied.status)

    return checked


async def chat(request: web.Request) -> web.StreamResponse:
    """POST /v1/chat/completions."""
    return await meet(request, "chat", admit, fulfil)


async def admit(request: web.Request, service: Service) -> Order:
    """Read a chat request."""
    return service.admit(await request.read())


async def fulfil(request: web.Request, service: Service, order: Order) -> web.StreamResponse:
    """Answer a chat request."""
    completion = service.complete(order)
    if is_gone(request):
        service.ledger.undelivered += 1
        return web.Response()
    service.ledger.by_status["200"] += 1
    response = await send(request, order, completion)
    if completion.is_usable:
        service.ledger.note_answer(order.digest)
    return response


async def send(request: web.Request, order: Order, completion: Completion) -> web.StreamResponse:
    """Send an answer whole, in pieces, or only its first half."""
    if order.body.get("stream"):
        return await stream(request, completion, is_cut=order.fault == "cut")
    if order.fault != "cut":
        return reply(completion.body)
    return await send_half(request, orjson.dumps(completion.body), "application/json")


async def stream(request: web.Request, completion: Completion, *, is_cut: bool) -> web.StreamResponse:
    """Send server-sent events, the tokens used in the last one."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    events = events_of(completion)
    for event in events[: len(events) // 2] if is_cut else events:
        await response.write(event)
    if is_cut:
        return hang_up(request)
    await response.write_eof()
    return response


def events_of(completion: Completion) -> list[bytes]:
    """Return the events of an answer: role, reasoning, content, finish, usage, end."""
    content, thought = completion.message["content"], completion.message.get("reasoning_content")
    starts = range(0, len(content), PIECE_CHARACTERS)
    deltas = [{"role": "assistant", "content": ""}]
    deltas += [{"reasoning_content": thought}] if thought else []
    deltas += [{"content": content[start : start + PIECE_CHARACTERS]} for start in starts]
    finish = completion.body["choices"][0]["finish_reason"]
    choices: list[list[object]] = [[{"index": 0, "delta": delta, "finish_reason": None}] for delta in deltas]
    choices.append([{"index": 0, "delta": {}, "finish_reason": finish}])
    chunk = {**completion.body, "object": "chat.completion.chunk"}
    usage = chunk.pop("usage")
    chunks = [{**chunk, "choices": part} for part in choices] + [{**chunk, "choices": [], "usage": usage}]
    return [b"data: " + orjson.dumps(one) + b"\n\n" for one in chunks] + [b"data: [DONE]\n\n"]


async def models(request: web.Request) -> web.Response:
    """GET /v1/models."""
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "fake"} for name in MODELS]
    return reply({"object": "list", "data": data})


async def upload(request: web.Request) -> web.Response:
    """POST /v1/files."""
    form = await request.post()
    part = form.get("file")
    if not isinstance(part, web.FileField):
        raise Denied(400, {"error": {"message": "no file", "type": "invalid_request_error"}})
    purpose = str(form.get("purpose", "batch"))
    return reply(store_file(request.app[DESK].service, part.file.read(), part.filename, purpose))


async def download(request: web.Request) -> web.Response:
    """GET /v1/files/{id}/content."""
    content = request.app[DESK].service.contents.get(request.match_info["id"])
    if content is None:
        raise Denied(404, {"error": {"message": "No such file", "type": "invalid_request_error"}})
    return web.Response(body=content, content_type="application/octet-stream")


async def begin_batch(request: web.Request) -> web.Response:
    """POST /v1/batches."""
    return reply(create_batch(request.app[DESK].service, read_object(await request.read())))


async def see_batch(request: web.Request) -> web.Response:
    """GET /v1/batches/{id}."""
    return reply(look_at_batch(request.app[DESK].service, request.match_info["id"]))


async def control(request: web.Request) -> web.Response:
    """POST /control: change the settings named."""
    try:
        request.app[DESK].service.settings.change(orjson.loads(await request.read()))
    except BadSettings as problem:
        return reply({"error": str(problem)}, 400)
    return reply({"ok": True})


async def reset(request: web.Request) -> web.Response:
    """POST /reset: forget everything, settings included."""
    request.app[DESK].service = Service()
    return reply({"ok": True})


async def stats(request: web.Request) -> web.Response:
    """GET /stats."""
    return reply(request.app[DESK].service.ledger.report())


def application() -> web.Application:
    """Return the service with its routes."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[DESK] = Desk(Service())
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_post("/v1/audio/speech", speech)
    app.router.add_post("/v1/audio/transcriptions", transcription)
    app.router.add_get("/v1/models", guarded(models))
    app.router.add_post("/v1/files", guarded(upload))
    app.router.add_get("/v1/files/{id}/content", guarded(download))
    app.router.add_post("/v1/batches", guarded(begin_batch))
    app.router.add_get("/v1/batches/{id}", guarded(see_batch))
    app.router.add_post("/control", control)
    app.router.add_post("/reset", reset)
    app.router.add_get("/stats", stats)
    return app


async def serve(port: int) -> None:
    """Serve on 127.0.0.1 until stdin closes."""
    runner = web.AppRunner(application(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    sys.stdout.write(orjson.dumps({"port": runner.addresses[0][1]}).decode() + "\n")
    sys.stdout.flush()
    await stdin_closed()
    await runner.cleanup()


async def stdin_closed() -> None:
    """Wait for the end of stdin."""
    closed, loop = asyncio.Event(), asyncio.get_running_loop()

    def watch() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(closed.set)

    threading.Thread(target=watch, daemon=True).start()
    await closed.wait()


def main() -> None:
    """Read the port and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asyncio.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
