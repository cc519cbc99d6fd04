"""Speech servers that are not ours, ChatTTS's example server and ones that mean harm: each in a thread, on a free port.

The example server here keeps to its contract: the fields of its request, a zip of MP3 at 24 kHz, one pitch for each
speaker string, and 422 for what its request model refuses.
"""

from __future__ import annotations

import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import soundfile

Answer = tuple[int, dict[str, str], bytes]
Answering = Callable[[str, dict[str, Any] | None], Answer]
RATE_HZ = 24000


@contextmanager
def strange_server(answering: Answering) -> Iterator[str]:
    """Serve what `answering` makes of a path and a JSON body; yields the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(answering(self.path, None))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self._answer(answering(self.path, json.loads(body)))

        def _answer(self, answer: Answer) -> None:
            status, headers, content = answer
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class ExampleServer:
    """ChatTTS's example server."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def __call__(self, path: str, body: dict[str, Any] | None) -> Answer:
        if body is None or path != "/generate_voice":
            return 404, {"Content-Type": "application/json"}, b'{"detail":"Not Found"}'
        for name, kind in (("text", list), ("audio_seed", int), ("text_seed", int), ("params_infer_code", dict)):
            if not isinstance(body.get(name), kind):
                return 422, {"Content-Type": "application/json"}, b'{"detail":[{"type":"missing"}]}'
        self.asked.append(body)
        hertz = 150 + len(body["params_infer_code"]["spk_emb"]) * 10
        return 200, {"Content-Type": "application/zip"}, zipped([mp3(hertz, len(text) * 0.1) for text in body["text"]])


def mp3(hertz: float, seconds: float) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone(hertz, seconds), RATE_HZ, format="MP3", subtype="MPEG_LAYER_III")
    return file.getvalue()


def wav(seconds: float, rate_hz: int = RATE_HZ, channels: int = 1) -> bytes:
    file = io.BytesIO()
    wave = np.repeat(tone(200, seconds)[:, None], channels, axis=1)
    soundfile.write(file, wave, rate_hz, format="WAV", subtype="FLOAT")
    return file.getvalue()


def tone(hertz: float, seconds: float) -> Any:
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ)


def zipped(files: list[bytes], ending: str = "mp3", *, more: dict[str, bytes] | None = None) -> bytes:
    file = io.BytesIO()
    named = {f"{index}.{ending}": content for index, content in enumerate(files)} | (more or {})
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in named.items():
            pack.writestr(name, content)
    return file.getvalue()
