"""Asks a transcription service what is said in a sound file: OpenAI's POST /audio/transcriptions, paid once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import astuple, dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Self

import orjson
from pydantic import BaseModel, Field, ValidationError

from antifraud.errors import Unanswered
from antifraud.labels import Emotion
from antifraud.service_config import AsrServiceConfig
from antifraud.services.answers import Answer, NoAnswer
from antifraud.services.asking import ServiceModel
from antifraud.services.exchange import Usage
from antifraud.services.journal import Journal
from antifraud.services.presets import Section
from antifraud.services.sounds import Sound, look
from antifraud.services.speech_presets import ASR, resolve_transcription
from antifraud.services.tags import Tagged, read_tags

if TYPE_CHECKING:
    from antifraud.services.connection import Connection

KEY_VERSION = 1
"""Part of every key; raised where old transcripts must not be replayed any more."""
TOO_LARGE = 413


@dataclass(frozen=True)
class TranscriptionRequest:
    """A sound file to be written down."""

    audio: bytes
    name: str
    """What the service is told the file is called; decides nothing."""
    sound: Sound
    may_be_wordless: bool = False
    """An empty text is an answer."""


@dataclass(frozen=True)
class Timed:
    """Part of a transcript and when it is heard, from the start of the file."""

    start_seconds: float
    end_seconds: float
    text: str


@dataclass(frozen=True)
class Transcript:
    """A paid transcript, without the tags of the model."""

    text: str
    model: str
    """The model that was asked, which may be a fallback."""
    usage: Usage
    """Seconds of audio, rounded up, as prompt."""
    emotion: Emotion | None = None
    """By SenseVoice, where it is one of ours."""
    events: tuple[str, ...] = ()
    """By SenseVoice: laughter, cough, bgm …"""
    segments: tuple[Timed, ...] = ()
    """Where the service answers with times, as for response_format verbose_json."""
    replayed: bool = False
    """Whether it came from the journal."""


class _Segment(BaseModel):
    start: float = Field(ge=0)
    end: float = Field(ge=0)
    text: str


class _Answered(BaseModel):
    text: str
    segments: list[_Segment] | None = None


class TranscriptionModel(ServiceModel[AsrServiceConfig, TranscriptionRequest, Transcript]):
    """A transcription service for the whole of a run; use it in an `async with` block."""

    @classmethod
    def open(
        cls, config: AsrServiceConfig, environment: Mapping[str, str], journal: Journal, section: Section = ASR
    ) -> Self:
        """Return the transcription service of a config; a journal that only replays needs no key.

        Args:
            section: where the settings stand in the config, for error messages.

        Raises:
            ServiceError: no key, no model, or a base URL that is none.
        """
        with_key = not journal.replay_only
        return cls(config, resolve_transcription(config, environment, with_key=with_key, section=section), journal)

    async def transcribe(self, audio: bytes, name: str, *, may_be_wordless: bool = False) -> Transcript:
        """Return what is said in a sound file; further errors as of `ask`.

        Args:
            audio: the file, WAV or another format that the service takes.
            name: what the service is told the file is called.
            may_be_wordless: take an empty text for an answer, as for a cough that was cut from a call.

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
        return await self.ask(TranscriptionRequest(audio, name, sound, may_be_wordless))

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
            answered = _Answered.model_validate_json(answer.body)
        except ValidationError:
            return None
        said = read_tags(self._service.hide(answered.text))
        if not said.text and not request.may_be_wordless:
            return None
        return self._transcript(said, self._timed(answered), model, request)

    def _timed(self, answered: _Answered) -> tuple[Timed, ...]:
        timed = (
            Timed(part.start, max(part.start, part.end), read_tags(self._service.hide(part.text)).text)
            for part in answered.segments or ()
        )
        return tuple(part for part in timed if part.text)

    def _transcript(
        self, said: Tagged, segments: tuple[Timed, ...], model: str, request: TranscriptionRequest
    ) -> Transcript:
        return Transcript(said.text, model, self._bound(request), said.emotion, said.events, segments)

    def _dump(self, reply: Transcript) -> bytes:
        told = {"emotion": reply.emotion, "events": reply.events, "segments": list(map(astuple, reply.segments))}
        return orjson.dumps(
            {"text": reply.text, "model": reply.model, **{key: value for key, value in told.items() if value}}
        )

    def _load(self, data: bytes, request: TranscriptionRequest) -> Transcript:
        kept = orjson.loads(data)
        said = Tagged(
            kept["text"], Emotion(kept["emotion"]) if "emotion" in kept else None, tuple(kept.get("events", ()))
        )
        segments = tuple(Timed(*part) for part in kept.get("segments", ()))
        return replace(self._transcript(said, segments, kept["model"], request), replayed=True)
