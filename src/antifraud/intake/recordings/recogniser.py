"""Who writes down what is said in a piece: a transcription service, or another that keeps this shape."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final, Protocol

import soundfile

from antifraud.errors import Unanswered
from antifraud.intake.recordings.pieces import Samples
from antifraud.intake.recordings.sound import HEARD_RATE_HZ
from antifraud.intake.utterances import Unfit
from antifraud.labels import Emotion, RejectReason
from antifraud.services.transcription import Timed, TranscriptionModel

_HEAD_BYTES: Final = 44
_BYTES_A_SECOND: Final = 2 * HEARD_RATE_HZ


@dataclass(frozen=True)
class Words:
    """What is said in a piece; empty where nobody says a word."""

    text: str
    model: str
    emotion: Emotion | None = None
    segments: tuple[Timed, ...] = ()
    """Where the recogniser tells times, from the start of the piece."""


class Recogniser(Protocol):
    """A recogniser that is ready."""

    @property
    def name(self) -> str:
        """What is noted in the provenance."""
        ...

    @property
    def longest_seconds(self) -> float:
        """The longest piece it takes."""
        ...

    def bill(self) -> str:
        """Return what it has cost so far, in a few words; how much was heard, where it costs nothing."""
        ...

    async def hear(self, wave: Samples, name: str) -> Words:
        """Return what is said.

        Args:
            wave: mono at `HEARD_RATE_HZ`.
            name: what the piece is called outside; tells nothing of the recording.

        Raises:
            Unfit: there is no answer.
        """
        ...


class ServiceRecogniser:
    """A transcription service."""

    def __init__(self, model: TranscriptionModel) -> None:
        self._model = model
        self.name = f"transcription:{model.config.preset}"
        by_size = (model.config.max_file_bytes - _HEAD_BYTES) / _BYTES_A_SECOND
        self.longest_seconds = min(model.config.max_file_seconds, by_size)

    def bill(self) -> str:
        """See `Recogniser`."""
        model = self._model
        money = f"{model.cost:.2f} {model.config.currency}"
        return f"{model.spent.prompt:,} seconds heard, {money}, {model.replayed:,} replayed"

    async def hear(self, wave: Samples, name: str) -> Words:
        """See `Recogniser`."""
        file = io.BytesIO()
        soundfile.write(file, wave, HEARD_RATE_HZ, format="WAV", subtype="PCM_16")
        try:
            heard = await self._model.transcribe(file.getvalue(), f"{name}.wav", may_be_wordless=True)
        except Unanswered as exc:  # its message may quote the answer
            raise Unfit(RejectReason.NO_ANSWER, "the service gave no transcript in all attempts") from exc
        return Words(heard.text, heard.model, heard.emotion, heard.segments)
