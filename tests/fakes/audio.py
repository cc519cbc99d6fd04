"""The fake service's sound: POST /v1/audio/speech and /v1/audio/transcriptions."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
from aiohttp import web

from .answers import REFUSAL
from .service import Denied, Order, Service, check_model, read_object
from .wires import is_gone, meet, send_half

MAX_INPUT_CHARACTERS = 128_000
END_OF_PROMPT = "<|endofprompt|>"
MEDIA_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "opus": "audio/ogg",
    "pcm": "application/octet-stream",
}
RATES_HZ = {"mp3": 44100, "opus": 48000}
"""Of formats that take no other; all others come at the rate asked for, or OpenAI's 24,000."""
TAGS = "<|zh|><|NEUTRAL|><|Speech|><|woitn|>"
NO_INPUT = {"code": 20015, "message": "The input is empty or too long.", "data": None}
NO_VOICE = {"code": 20047, "message": "Invalid voice: it is not one of this model.", "data": None}
NO_FORMAT = {"code": 20015, "message": "The response format or the sample rate is not supported.", "data": None}
NO_FILE = {"code": 20015, "message": "There is no file.", "data": None}
USABLE = (None, "control_tokens")
"""Faults of a transcript with which it is still one."""


async def speech(request: web.Request) -> web.StreamResponse:
    """POST /v1/audio/speech."""
    return await meet(request, "speech", admit_speech, speak)


async def transcription(request: web.Request) -> web.StreamResponse:
    """POST /v1/audio/transcriptions."""
    return await meet(request, "transcription", admit_transcription, transcribe)


async def admit_speech(request: web.Request, service: Service) -> Order:
    """Read a request to speak.

    Raises:
        Denied: the service could never answer it, or the minute is full.
    """
    raw = await request.read()
    body = read_object(raw)
    check_model(body)
    if not isinstance(body.get("input"), str) or not 0 < len(body["input"]) <= MAX_INPUT_CHARACTERS:
        raise Denied(400, NO_INPUT)
    owner, colon, _ = str(body.get("voice") or ":").rpartition(":")
    if colon and owner != body["model"]:
        raise Denied(400, NO_VOICE)
    if body.get("response_format", "mp3") not in MEDIA_TYPES or not 8000 <= _rate_hz(body, service) <= 48000:
        raise Denied(400, NO_FORMAT)
    service.count_minute()
    return service.order(body, sha256(raw).hexdigest())


async def speak(request: web.Request, service: Service, order: Order) -> web.StreamResponse:
    """Answer with sound."""
    from .voice import encode, say  # heavy: numpy and soundfile

    kind = service.settings.speech_format or order.body.get("response_format", "mp3")
    rate_hz, text = _rate_hz(order.body, service), order.body["input"].rpartition(END_OF_PROMPT)[2]
    wave = say(text, order.body["voice"], float(order.body.get("speed", 1.0)), rate_hz)
    if order.fault == "length":
        wave = wave[: len(wave) // 2]
    content = encode(wave[:0] if order.fault == "wrong_schema" else wave, kind, rate_hz)
    if order.fault in ("empty", "refusal"):
        content = REFUSAL.encode() if order.fault == "refusal" else b""
    if order.fault == "malformed_json":
        content = content[::-1]
    service.spoken[sha256(content).hexdigest()] = text
    service.ledger.charge({"prompt_tokens": len(order.body["input"].encode()), "completion_tokens": 0})
    return await deliver(request, service, order, content, MEDIA_TYPES[kind], is_usable=order.fault is None)


def _rate_hz(body: dict[str, Any], service: Service) -> int:
    kind = service.settings.speech_format or body.get("response_format", "mp3")
    return service.settings.speech_rate_hz or RATES_HZ.get(kind) or int(body.get("sample_rate", 24000))


async def admit_transcription(request: web.Request, service: Service) -> Order:
    """Read a file to be written down.

    Raises:
        Denied: the service could never answer it, or the minute is full.
    """
    form = await request.post()
    part = form.get("file")
    fields = {name: value for name, value in form.items() if isinstance(value, str)}
    check_model(fields)
    if not isinstance(part, web.FileField):
        raise Denied(400, NO_FILE)
    content = part.file.read()
    service.count_minute()
    body = {**fields, "name": part.filename, "sha256": sha256(content).hexdigest(), "bytes": len(content)}
    return service.order(body, sha256(f"{body['model']}:{body['sha256']}".encode()).hexdigest())


async def transcribe(request: web.Request, service: Service, order: Order) -> web.StreamResponse:
    """Answer with a text."""
    text = _heard(service, order)
    if order.fault == "refusal":
        text = REFUSAL
    if order.fault == "length":
        text = text[: len(text) // 2]
    if order.fault == "control_tokens" or service.settings.sensevoice_tags:
        text = f"{TAGS}{text}"
    content = orjson.dumps({"result" if order.fault == "wrong_schema" else "text": text})
    if order.fault == "empty":
        content = orjson.dumps({"text": ""})
    if order.fault == "malformed_json":
        content = content[: len(content) // 2]
    service.ledger.charge({"prompt_tokens": 0, "completion_tokens": 0})
    return await deliver(request, service, order, content, "application/json", is_usable=order.fault in USABLE)


def _heard(service: Service, order: Order) -> str:
    """Return what is in the file: what was ordered, else what this service itself said in it."""
    ordered = service.settings.transcripts
    if isinstance(ordered, list):
        return ordered.pop(0) if ordered else ""
    for beginning, text in ordered.items():
        if order.body["name"].startswith(beginning) or order.body["sha256"].startswith(beginning):
            return text
    return service.spoken.get(order.body["sha256"], "")


async def deliver(
    request: web.Request, service: Service, order: Order, content: bytes, media_type: str, *, is_usable: bool
) -> web.StreamResponse:
    """Send an answer whole, or only its first half; note it where its client can use it."""
    if is_gone(request):
        service.ledger.undelivered += 1
        return web.Response()
    service.ledger.by_status["200"] += 1
    if order.fault == "cut":
        return await send_half(request, content, media_type)
    if is_usable:
        service.ledger.note_answer(order.digest)
    return web.Response(body=content, headers={"Content-Type": media_type, "x-siliconcloud-trace-id": order.digest})
