"""The site over HTTP on this machine alone: its files, its recordings with ranges, reviews; nothing else.

A browser asks for a part of a recording by `Range` when somebody seeks. Requests that name another host are refused,
so that no page from elsewhere reads the site under a name of its own.
"""

from __future__ import annotations

import mimetypes
import os
import re
from collections.abc import Callable, Collection
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote, urlsplit

from pydantic import ValidationError

from antifraud.errors import StoreError
from antifraud.site.reviews import Review

HOST: Final = "127.0.0.1"
MOST_REVIEW_BYTES: Final = 16_000
"""Of one review; its note has at most 2,000 characters."""
_BLOCK_BYTES: Final = 256 * 1024
_RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)$")

Keep = Callable[[Review], None]


class LoopbackServer(ThreadingHTTPServer):
    """Offers a site and its recordings; `url` is where it opens."""

    daemon_threads = True

    def __init__(self, site: Path, recordings: Collection[Path], keep: Keep | None = None, port: int = 0) -> None:
        self.site = site.resolve()
        self.recordings = frozenset(path.resolve() for path in recordings)
        self.keep = keep
        folders = {str(self.site), *(str(path.parent) for path in self.recordings)}
        self.root = Path(os.path.commonpath(folders))
        super().__init__((HOST, port), _Handler)

    @property
    def url(self) -> str:
        """The address of the first page."""
        place = self.site.relative_to(self.root).as_posix()
        return f"http://{HOST}:{self.server_address[1]}/{quote(f'{place}/index.html')}"

    def file_at(self, path: str) -> Path | None:
        """Return the file that a path of a request names; None where it is none of ours."""
        try:
            found = (self.root / unquote(urlsplit(path).path).lstrip("/")).resolve()
        except ValueError:  # a null byte
            return None
        is_ours = found in self.recordings or found.is_relative_to(self.site)
        return found if is_ours and found.is_file() else None


class _Handler(BaseHTTPRequestHandler):
    server: LoopbackServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Send a file or a part of it."""
        self._send(with_body=True)

    def do_HEAD(self) -> None:
        """Send what GET would, without the file."""
        self._send(with_body=False)

    def do_POST(self) -> None:
        """Keep a review."""
        length = self.headers.get("Content-Length", "")
        is_json = self.headers.get("Content-Type") == "application/json"  # no page elsewhere may send it unasked
        if not self._names_us() or self.server.keep is None or not is_json or not self.path.endswith("/reviews"):
            return self._answer(HTTPStatus.FORBIDDEN)
        if not length.isdecimal() or int(length) > MOST_REVIEW_BYTES:
            return self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        try:
            self.server.keep(Review.model_validate_json(self.rfile.read(int(length))))
        except ValidationError:
            return self._answer(HTTPStatus.BAD_REQUEST)
        except StoreError:
            return self._answer(HTTPStatus.INSUFFICIENT_STORAGE)
        return self._answer(HTTPStatus.NO_CONTENT)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Keep quiet; the browser shows what is missing."""

    def _send(self, with_body: bool) -> None:
        path = self.server.file_at(self.path) if self._names_us() else None
        if path is None:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        size = path.stat().st_size
        asked = span(self.headers.get("Range"), size)
        if asked is None:
            self._answer(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, {"Content-Range": f"bytes */{size}"})
            return
        start, end = asked
        is_part = end - start < size
        status = HTTPStatus.PARTIAL_CONTENT if is_part else HTTPStatus.OK
        more = {"Content-Range": f"bytes {start}-{end - 1}/{size}"} if is_part else {}
        self._head(status, end - start, {"Content-Type": media_type(path), **more})
        if with_body:
            self._copy(path, start, end)

    def _copy(self, path: Path, start: int, end: int) -> None:
        with open(path, "rb") as file:
            file.seek(start)
            try:
                while start < end and (block := file.read(min(_BLOCK_BYTES, end - start))):
                    self.wfile.write(block)
                    start += len(block)
            except ConnectionError:  # a player that seeks drops what it asked for before
                self.close_connection = True

    def _names_us(self) -> bool:
        host, _, port = self.headers.get("Host", "").partition(":")
        return host in (HOST, "localhost") and port == str(self.server.server_address[1])

    def _answer(self, status: HTTPStatus, more: dict[str, str] | None = None) -> None:
        self.close_connection = True
        self._head(status, 0, more or {})

    def _head(self, status: HTTPStatus, length: int, more: dict[str, str]) -> None:
        self.send_response(status)
        always = {"Accept-Ranges": "bytes", "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        for name, value in (always | more | {"Content-Length": str(length)}).items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()


def media_type(path: Path) -> str:
    """Return what a browser is told that a file is."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def span(asked: str | None, size: int) -> tuple[int, int] | None:
    """Return start and end of the bytes that a Range header asks for; the whole where it is none we know.

    None where the range lies outside of the file (RFC 9110, 14.2).
    """
    found = _RANGE.match(asked or "")
    if not found or found.group(1) == found.group(2) == "":
        return 0, size
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    return (start, end) if start < end else None
