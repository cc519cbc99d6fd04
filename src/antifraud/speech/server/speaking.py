"""The routes that speak: ChatTTS's own and OpenAI's."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from starlette.responses import Response

from antifraud.speech.engines import SpeechFailed
from antifraud.speech.server.archive import archive
from antifraud.speech.server.booth import OpenBooth
from antifraud.speech.server.encoding import MEDIA_TYPES, encoded
from antifraud.speech.server.problems import ClientGone, Refused, documented
from antifraud.speech.server.requests import AudioSpeech, GenerateVoice
from antifraud.speech.server.voicing import utterance_of_input, utterances_of_texts

router = APIRouter()
Result = TypeVar("Result")
ZIP, ATTACHMENT = "application/zip", "attachment; filename=audio_files.zip"
BINARY = {"type": "string", "format": "binary"}


@router.post(
    "/generate_voice",
    response_class=Response,
    responses={
        200: {"description": "0.mp3, 1.mp3 ... in the order of the texts", "content": {ZIP: {"schema": BINARY}}},
        **documented(400, 413, 422, 500, 503),
    },
)
async def generate_voice(asked: GenerateVoice, request: Request, booth: OpenBooth) -> Response:
    """Speak texts; the request of ChatTTS's own server.

    One text that cannot be spoken fails the request with 422, unless `voices` are given: then `failed.json` in the
    archive tells of it.
    """
    desk, settings = booth.desk(), booth.settings
    if len(asked.text) > (most := min(settings.texts, settings.queue)):
        raise Refused(422, f"text: {len(asked.text)} texts; at most {most} in one request", "text")
    size = desk.engine.batch_size
    if asked.voices is not None and 1 < size < len(asked.text):
        raise Refused(422, f"text: {len(asked.text)} texts; a batch of this engine holds at most {size}", "text")
    utterances = await asyncio.to_thread(utterances_of_texts, asked, desk.cast, settings.characters)
    has_own_speaker = asked.params_infer_code is not None and asked.params_infer_code.spk_emb is not None
    is_alone = size > 1 and (asked.voices is not None or has_own_speaker)  # a wrong speaker fails its whole batch
    spoken = desk.batcher.speak(utterances, asked.attempt, is_alone=is_alone)
    answers = await _while_connected(request, spoken)
    if asked.voices is None and (failed := [answer for answer in answers if isinstance(answer, SpeechFailed)]):
        raise failed[0]
    content = await asyncio.to_thread(archive, answers, desk.engine.sample_rate_hz, asked.format, desk.spoke)
    return Response(content, headers={"Content-Disposition": ATTACHMENT}, media_type=ZIP)


@router.post(
    "/v1/audio/speech",
    response_class=Response,
    responses={
        200: {"description": "the speech", "content": {kind: {"schema": BINARY} for kind in MEDIA_TYPES.values()}},
        **documented(400, 404, 413, 422, 500, 503),
    },
)
async def audio_speech(asked: AudioSpeech, request: Request, booth: OpenBooth) -> Response:
    """Speak one text; OpenAI's request."""
    desk = booth.desk()
    if asked.model != desk.engine.name:
        raise Refused(404, f"model: expected {desk.engine.name!r}, see GET /v1/models", "model", "model_not_found")
    utterance = await asyncio.to_thread(utterance_of_input, asked, desk.cast, booth.settings.characters)
    [answer] = await _while_connected(request, desk.batcher.speak([utterance], is_alone=False))
    if isinstance(answer, SpeechFailed):
        raise answer
    content = await asyncio.to_thread(encoded, answer, desk.engine.sample_rate_hz, asked.response_format, desk.spoke)
    return Response(content, media_type=MEDIA_TYPES[asked.response_format])


async def _while_connected(request: Request, work: Coroutine[Any, Any, Result]) -> Result:
    """Return what the work returns; drop it when the client goes away.

    Raises:
        ClientGone: it went away first.
    """
    working, leaving = asyncio.create_task(work), asyncio.create_task(_leaving(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientGone
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _leaving(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
