"""Errors as HTTP answers, all in OpenAI's shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from antifraud.errors import EngineError
from antifraud.speech.engines import SpeechFailed
from antifraud.speech.server.queueing import Closing, QueueFull
from antifraud.speech.server.replies import Problem, ProblemReply

CLIENT_CLOSED = 499
"""nginx's number for a request whose client went away; nobody reads it."""
WHY = {
    400: "the body is no UTF-8",
    401: "no bearer token, or a wrong one",
    404: "no such model",
    413: "the body is too large",
    422: "the request does not fit, or the text cannot be spoken",
    500: "the engine spoke nothing of the batch",
    503: "not ready, shutting down, or the queue is full (then with Retry-After)",
}


class Refused(Exception):
    """A request that cannot be served as it is."""

    def __init__(self, status: int, message: str, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.param, self.code = status, param, code


class ClientGone(Exception):
    """Nobody waits for the answer any more."""


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the errors of an operation for its OpenAPI description."""
    return {status: {"model": ProblemReply, "description": WHY[status]} for status in statuses}


def problem(
    status: int,
    message: str,
    param: str | None = None,
    code: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return an error as an answer."""
    kind = "server_error" if status >= 500 else "invalid_request_error"
    told = ProblemReply(error=Problem(message=message, type=kind, param=param, code=code))
    return JSONResponse(told.model_dump(), status, headers=dict(headers or {}))


def not_ready(why: str) -> Refused:
    """Return the refusal of a server that cannot speak now."""
    return Refused(503, why, code="not_ready")


def answer_errors(app: FastAPI) -> None:
    """Let the app answer every error that its routes raise."""

    @app.exception_handler(RequestValidationError)
    async def _(_request: Request, exc: RequestValidationError) -> Response:
        first = exc.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return problem(422, f"{where or 'the body'}: {first['msg']}", where or None, first["type"])

    @app.exception_handler(HTTPException)
    async def _(_request: Request, exc: HTTPException) -> Response:
        return problem(exc.status_code, str(exc.detail), headers=exc.headers)

    @app.exception_handler(Refused)
    async def _(_request: Request, exc: Refused) -> Response:
        return problem(exc.status, str(exc), exc.param, exc.code)

    @app.exception_handler(QueueFull)
    async def _(_request: Request, exc: QueueFull) -> Response:
        return problem(503, str(exc), code="queue_full", headers={"Retry-After": str(exc.retry_after_seconds)})

    @app.exception_handler(Closing)
    async def _(_request: Request, exc: Closing) -> Response:
        return problem(503, str(exc), code="not_ready")

    @app.exception_handler(SpeechFailed)
    async def _(_request: Request, exc: SpeechFailed) -> Response:
        return problem(422, str(exc), code="speech_failed")

    @app.exception_handler(EngineError)
    async def _(_request: Request, exc: EngineError) -> Response:
        return problem(500, str(exc), code="engine_failed")

    @app.exception_handler(ClientGone)
    async def _(_request: Request, _exc: ClientGone) -> Response:
        return Response(status_code=CLIENT_CLOSED)

    @app.exception_handler(Exception)
    async def _(_request: Request, _exc: Exception) -> Response:
        return problem(500, "the server met an error that nobody foresaw; its log has the rest", code="internal")
