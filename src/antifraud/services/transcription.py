"""Asks a transcription service what is said in a sound file: OpenAI's POST /audio/transcriptions, paid once."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Self

import orjson
from pydantic import BaseModel, ValidationError

from antifraud.errors import Unanswered
from antifraud.service_config import AsrServiceConfig
from antifraud.services.answers import Answer, NoAnswer
from antifraud.services.asking import ServiceModel
from antifraud.services.exchange import Usage
from antifraud.services.journal import Journal
from antifraud.services.sounds import Sound, look
from antifraud.services.speech_presets import resolve_transcription

if TYPE_CHECKING:
    from antifraud.services.connection import Connection

KEY_VERSION = 1
"""Part of every key; raised where old transcripts must not be replayed any more."""
TAGS = re.compile(r"<\|[^|<>]*\|>")
"""SenseVoice marks language, emotion and events so, as in <|zh|><|NEUTRAL|><|Speech|>."""
TOO_LARGE = 413


@dataclass(frozen=True)
class TranscriptionRequest:
    """A sound file to be written down."""

    audio: bytes
    name: str
    """What the service is told the file is called; decides nothing."""
    sound: Sound


@dataclass(frozen=True)
class Transcript:
    """A paid transcript, without the tags of the model."""

    text: str
    model: str
    """The model that was asked, which may be a fallback."""
    usage: Usage
    """Seconds of audio, rounded up, as prompt."""
    replayed: bool = False
    """Whether it came from the journal."""


class _Answered(BaseModel):
    text: str


class TranscriptionModel(ServiceModel[AsrServiceConfig, TranscriptionRequest, Transcript]):
    """A transcription service for the whole of a run; use it in an `async with` block."""

    @classmethod
    def open(cls, config: AsrServiceConfig, environment: Mapping[str, str], journal: Journal) -> Self:
        """Return the transcription service of a config; a journal that only replays needs no key.

        Raises:
            ServiceError: no key, no model, or a base URL that is none.
        """
        return cls(config, resolve_transcription(config, environment, with_key=not journal.replay_only), journal)

    async def transcribe(self, audio: bytes, name: str) -> Transcript:
        """Return what is said in a sound file; further errors as of `ask`.

        Args:
            audio: the file, WAV or another format that the service takes.
            name: what the service is told the file is called.

        Raises:
            Unanswered: it is no sound file or larger than the service takes, or there was no transcript with
                a word in it in all attempts.
        """
        section, config = self._service.section.name, self._config
        sound = look(audio)
        if sound is None:
            raise Unanswered(f"{name}: {len(audio)} bytes that are no sound file; expected WAV, FLAC or MP3.")
        if len(audio) > config.max_file_bytes or sound.seconds > config.max_file_seconds:
            raise Unanswered(
                f"{name}: {len(audio)} bytes, {sound.seconds:.0f} s; at most {config.max_file_bytes} bytes and"
                f" {config.max_file_seconds:.0f} s ({section}.max_file_bytes, {section}.max_file_seconds)."
            )
        return await self.ask(TranscriptionRequest(audio, name, sound))

    def _canonical(self, request: TranscriptionRequest) -> bytes:
        fields = {
            "version": KEY_VERSION,
            "kind": "transcription",
            "model": self._service.model,
            "audio": sha256(request.audio).hexdigest(),
            "fields": self._config.extra_fields,
        }
        return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)

    def _models(self, request: TranscriptionRequest) -> tuple[str, ...]:  # noqa: ARG002 - all are asked alike
        return (self._service.model, *self._config.fallback_models)

    def _bound(self, request: TranscriptionRequest) -> Usage:
        return Usage(prompt=math.ceil(request.sound.seconds))

    async def _post(
        self,
        connection: Connection,
        request: TranscriptionRequest,
        model: str,
        form: int,  # noqa: ARG002 - there is one
    ) -> Answer | NoAnswer:
        fields = {"model": model, **self._config.extra_fields}
        return await connection.post_form(
            "/audio/transcriptions", fields, request.name, request.audio, request.sound.media_type
        )

    def _concerns_record(self, status: int, said: str) -> bool:
        return status == TOO_LARGE or super()._concerns_record(status, said)

    def _read(self, answer: Answer, request: TranscriptionRequest, model: str) -> Transcript | None:
        try:
            text = TAGS.sub("", _Answered.model_validate_json(answer.body).text).strip()
        except ValidationError:
            return None
        return Transcript(self._service.hide(text), model, self._bound(request)) if text else None

    def _dump(self, reply: Transcript) -> bytes:
        return orjson.dumps({"text": reply.text, "model": reply.model})

    def _load(self, data: bytes, request: TranscriptionRequest) -> Transcript:
        return Transcript(**orjson.loads(data), usage=self._bound(request), replayed=True)
