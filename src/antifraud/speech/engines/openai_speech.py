"""A speech service outside as an engine: one paid request for each utterance, decoded to the engine's rate."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping, Sequence

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from antifraud.errors import EngineError, Unanswered
from antifraud.records import Voice
from antifraud.scenarios.voice_pack import VoiceStyles
from antifraud.service_config import TtsServiceConfig
from antifraud.services.journal import Journal
from antifraud.services.speech import PCM, SpeechModel, SpokenReply
from antifraud.speech.engines import Candidate, Gender, SpeechFailed, Utterance

ENGINE = "openai-speech"
FULL_SCALE = 32768.0

Wave = NDArray[np.float32]


class OpenAISpeechEngine:
    """A service with OpenAI's POST /audio/speech; a `SpeechEngine`.

    The same utterance with the same attempt is paid once in a run: the journal keeps the sound. `speak` raises
    `ServiceError` where nobody can be spoken to any more, `BudgetReached` included.
    """

    name = ENGINE
    licence = "terms of the provider and licence of the model that the voices name"
    batch_size = 1
    block_calls = 1

    def __init__(
        self,
        config: TtsServiceConfig,
        environment: Mapping[str, str],
        journal: Journal,
        styles: VoiceStyles,
    ) -> None:
        """Take what it needs; `journal` is open as long as the engine is."""
        self.sample_rate_hz: int = config.sample_rate_hz
        self.version = ""
        self._config, self._environment, self._journal = config, environment, journal
        self._styles = styles
        self._model: SpeechModel | None = None
        self._candidates: tuple[Candidate, ...] = ()

    @property
    def model(self) -> SpeechModel:
        """The service once started, for what it costs and how many sounds the journal had.

        Raises:
            EngineError: the engine is not running.
        """
        if self._model is None:
            raise EngineError(f"the {ENGINE} engine is not running; start it first")
        return self._model

    async def start(self) -> None:
        """Get ready to speak; nothing is sent yet.

        Raises:
            ServiceError: no key, no model, or a base URL that is none.
            EngineError: neither the config nor the preset names a voice.
        """
        model = SpeechModel.open(self._config, self._environment, self._journal)
        if not model.voices:
            raise EngineError(
                f"synthesize.service.preset {self._config.preset} brings no voices; name those of the server in"
                " synthesize.service.voices, as {name: alex, gender: 男}"
            )
        self._candidates = tuple(
            Candidate(
                Voice(engine=ENGINE, version=model.model, name=voice.name, gender=voice.gender, rate=1.0, pitch=0.0),
                youngest=voice.youngest,
                oldest=voice.oldest,
                pitch_step=0.0,
            )
            for voice in model.voices
        )
        self._model = await model.__aenter__()
        self.version = model.model

    async def speak(self, batch: Sequence[Utterance], attempt: int = 0) -> list[Wave | SpeechFailed]:
        """See `SpeechEngine`; utterances are asked for at once, as far as the service's limits let them.

        Where one of them stops the run, the others are waited for first: they are paid for.
        """
        ended = await asyncio.gather(*(self._say(utterance, attempt) for utterance in batch), return_exceptions=True)
        spoken: list[Wave | SpeechFailed] = []
        for result in ended:
            if isinstance(result, BaseException) and not isinstance(result, SpeechFailed):
                raise result
            spoken.append(result)
        return spoken

    async def _say(self, utterance: Utterance, attempt: int) -> Wave | SpeechFailed:
        style = self._styles.style(utterance.emotion, utterance.manner)
        voice = utterance.voice
        try:
            reply = await self.model.say(utterance.text, voice.name, voice.rate, style, attempt)
        except Unanswered as exc:
            return SpeechFailed(str(exc))
        try:
            return await asyncio.to_thread(decoded, reply, self.sample_rate_hz)
        except soundfile.LibsndfileError as exc:
            return SpeechFailed(f"{ENGINE}: the service sent {reply.media_type} that cannot be decoded: {exc}")

    async def close(self) -> None:
        """End the connections; the journal is its owner's to close."""
        model, self._model = self._model, None
        if model is not None:
            await model.__aexit__()

    def voices(self, gender: Gender) -> Sequence[Candidate]:
        """See `SpeechEngine`."""
        return tuple(candidate for candidate in self._candidates if candidate.voice.gender == gender)


def decoded(reply: SpokenReply, sample_rate_hz: int) -> Wave:
    """Return a reply as mono speech, shape (samples,), values in [-1, 1], at `sample_rate_hz`.

    Raises:
        soundfile.LibsndfileError: the sound is damaged behind its head.
    """
    if reply.media_type == PCM:
        wave = np.frombuffer(reply.audio, dtype="<i2").astype(np.float32) / np.float32(FULL_SCALE)
        rate_hz = reply.sample_rate_hz
    else:
        sound, rate_hz = soundfile.read(io.BytesIO(reply.audio), dtype="float32", always_2d=True)
        wave = sound.mean(axis=1, dtype=np.float32)
    if rate_hz != sample_rate_hz:
        wave = soxr.resample(wave, rate_hz, sample_rate_hz)
    bounded: Wave = np.clip(wave, -1.0, 1.0).astype(np.float32)
    return bounded
