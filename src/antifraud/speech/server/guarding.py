"""Before a request is read: whose it is, and how large its body may be."""

from __future__ import annotations

import hmac

from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from antifraud.speech.server.problems import problem

OPEN_PATHS = frozenset({"/ready"})
"""As `telling.open_router`."""


class Guard:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, token: SecretStr | None, most_bytes: int) -> None:
        self._app, self._most_bytes = app, most_bytes
        self._token = None if token is None else token.get_secret_value().encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._is_known(scope["path"], headers):
            told = "expected the header Authorization: Bearer TOKEN with this server's token"
            await problem(401, told, code="no_token", headers={"WWW-Authenticate": "Bearer"})(scope, receive, send)
        elif _claimed(headers) > self._most_bytes:
            await problem(413, self._too_large, code="too_large")(scope, receive, send)
        else:
            await self._app(scope, self._counted(receive), send)

    def _is_known(self, path: str, headers: Headers) -> bool:
        if self._token is None or path in OPEN_PATHS:
            return True
        kind, _, token = headers.get("authorization", "").partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token)

    @property
    def _too_large(self) -> str:
        return f"the body has more than {self._most_bytes} bytes; send fewer or shorter texts"

    def _counted(self, receive: Receive) -> Receive:
        """Return `receive` as it is, until it has handed out more bytes than a body may have."""
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._most_bytes:
                raise HTTPException(413, self._too_large)
            return message

        return counted


def _claimed(headers: Headers) -> int:
    """Return the length a request says it has; 0 where it says none, or none that makes sense."""
    claimed = headers.get("content-length", "")
    return int(claimed) if claimed.isascii() and claimed.isdigit() else 0
