"""Asks a speech service to say something: OpenAI's POST /audio/speech, every sound paid once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import orjson

from antifraud.errors import Unanswered
from antifraud.service_config import ServiceVoice, TtsServiceConfig
from antifraud.services.answers import Answer, NoAnswer
from antifraud.services.asking import ServiceModel
from antifraud.services.exchange import Usage
from antifraud.services.journal import Journal
from antifraud.services.presets import Service
from antifraud.services.sounds import Sound, has_name, look
from antifraud.services.speech_presets import SPEECH_PRESETS, resolve_speech, voices_of

if TYPE_CHECKING:
    from antifraud.services.connection import Connection

KEY_VERSION = 1
"""Part of every key; raised where old sounds must not be replayed any more."""
END_OF_PROMPT = "<|endofprompt|>"
"""Parts the way of speaking from what is said. Source: documentation of CosyVoice2 and of SiliconFlow."""
SLOWEST, FASTEST = 0.25, 4.0
"""Speeds that services take. Source: documentation of OpenAI and of SiliconFlow."""
RATED_FORMATS = ("wav", "pcm")
"""Formats that take any of the usual rates; SiliconFlow's mp3 and opus have rates of their own."""
DEFAULT_RATE_HZ = 24000
"""Of a service that takes no rate. Source: OpenAI's documentation of pcm."""
PCM = "audio/pcm"
PCM_SAMPLE_BYTES = 2
MAX_REPLY_BYTES = 64 * 1024 * 1024
"""Above this an answer is no utterance: eleven minutes of 16-bit mono at 48 kHz. A design choice."""
MAX_REPLY_SECONDS = 600.0
"""Bounds what a small compressed answer can unpack to. A design choice."""


@dataclass(frozen=True)
class SpeechRequest:
    """One utterance to be spoken."""

    text: str
    voice: str
    speed: float = 1.0
    """Factor on the voice's usual speed."""
    style: str = ""
    """How it is to be said, in words; empty for no wish."""
    sample: int = 0
    """Which of several takes of the same utterance; the journal keeps them apart."""


@dataclass(frozen=True)
class SpokenReply:
    """A paid sound, as the service sent it."""

    audio: bytes
    media_type: str
    """audio/wav, audio/mpeg, audio/flac, audio/ogg, or audio/pcm for bare 16-bit little-endian mono."""
    sample_rate_hz: int
    model: str
    usage: Usage
    """UTF-8 bytes that were sent to be spoken, as prompt."""
    replayed: bool = False
    """Whether it came from the journal."""


class SpeechModel(ServiceModel[TtsServiceConfig, SpeechRequest, SpokenReply]):
    """A speech service for the whole of a run; use it in an `async with` block.

    The journal keeps the sound itself as the reply.
    """

    def __init__(self, config: TtsServiceConfig, service: Service, journal: Journal) -> None:
        super().__init__(config, service, journal)
        self._preset = SPEECH_PRESETS[config.preset]
        is_rated = self._preset.takes_sample_rate and config.response_format in RATED_FORMATS
        self._rate_hz = config.sample_rate_hz if is_rated else None

    @classmethod
    def open(cls, config: TtsServiceConfig, environment: Mapping[str, str], journal: Journal) -> Self:
        """Return the speech service of a config; a journal that only replays needs no key.

        Raises:
            ServiceError: no key, no model, or a base URL that is none.
        """
        return cls(config, resolve_speech(config, environment, with_key=not journal.replay_only), journal)

    @property
    def model(self) -> str:
        """The model that speaks."""
        return self._service.model

    @property
    def voices(self) -> tuple[ServiceVoice, ...]:
        """Voices of the config, or of the preset."""
        return voices_of(self._config, self._service.model)

    async def say(self, text: str, voice: str, speed: float = 1.0, style: str = "", sample: int = 0) -> SpokenReply:
        """Return an utterance as sound; arguments as of `SpeechRequest`, errors as of `ask`.

        Raises:
            Unanswered: the text is empty or too long, or there was no sound in all attempts.
        """
        if not 0 < len(text) <= self._config.max_characters:
            raise Unanswered(
                f"a text of {len(text)} characters cannot be spoken; expected 1 to {self._config.max_characters}"
                f" ({self._service.section.name}.max_characters)"
            )
        speed = round(min(FASTEST, max(SLOWEST, speed)), 2)
        if not self._config.style_prompts or self._preset.style is None:
            style = ""
        return await self.ask(SpeechRequest(text, voice, speed, style, sample))

    def _canonical(self, request: SpeechRequest) -> bytes:
        fields = {"version": KEY_VERSION, "kind": "speech", "sample": request.sample, **self._fields(request)}
        return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)

    def _fields(self, request: SpeechRequest) -> dict[str, Any]:
        """Return the body of a request."""
        fields = {
            "model": self._service.model,
            "input": self._input(request),
            "voice": request.voice,
            "speed": request.speed,
            "response_format": self._config.response_format,
        }
        if self._rate_hz is not None:
            fields["sample_rate"] = self._rate_hz
        if request.style and self._preset.style == "instructions":
            fields["instructions"] = request.style
        return {**fields, **self._preset.extra_body, **self._config.extra_body}

    def _input(self, request: SpeechRequest) -> str:
        if request.style and self._preset.style == "prefix":
            return f"{request.style}{END_OF_PROMPT}{request.text}"
        return request.text

    def _models(self, request: SpeechRequest) -> tuple[str, ...]:  # noqa: ARG002 - a voice belongs to its model
        return (self._service.model,)

    def _bound(self, request: SpeechRequest) -> Usage:
        return Usage(prompt=len(self._input(request).encode()))

    async def _post(
        self,
        connection: Connection,
        request: SpeechRequest,
        model: str,  # noqa: ARG002 - there is one
        form: int,  # noqa: ARG002 - there is one
    ) -> Answer | NoAnswer:
        return await connection.post("/audio/speech", orjson.dumps(self._fields(request)))

    def _read(self, answer: Answer, request: SpeechRequest, model: str) -> SpokenReply | None:
        key = self._service.key
        if len(answer.body) > MAX_REPLY_BYTES or (key and key.get_secret_value().encode() in answer.body):
            return None
        sound = self._sound(answer.body)
        if sound is None or sound.seconds > MAX_REPLY_SECONDS:
            return None
        return SpokenReply(answer.body, sound.media_type, sound.sample_rate_hz, model, self._bound(request))

    def _sound(self, content: bytes) -> Sound | None:
        """Return what an answer holds, whatever format was asked for; bare samples only where they were."""
        if self._config.response_format != "pcm" or has_name(content):
            return look(content)
        samples, rest = divmod(len(content), PCM_SAMPLE_BYTES)
        if not samples or rest or _is_json(content):
            return None
        rate_hz = self._rate_hz or DEFAULT_RATE_HZ
        return Sound(PCM, rate_hz, samples / rate_hz)

    def _dump(self, reply: SpokenReply) -> bytes:
        return reply.audio

    def _load(self, data: bytes, request: SpeechRequest) -> SpokenReply:
        sound = self._sound(data) or Sound(PCM, self._rate_hz or DEFAULT_RATE_HZ, 0.0)
        usage = self._bound(request)
        return SpokenReply(data, sound.media_type, sound.sample_rate_hz, self._service.model, usage, replayed=True)


def _is_json(content: bytes) -> bool:
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return True
