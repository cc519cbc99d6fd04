"""What a speech engine is; light to import, because the workers of an engine import it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from antifraud.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antifraud.labels import Emotion
    from antifraud.records import Voice

Gender = Literal["男", "女"]
GENDERS: tuple[Gender, ...] = ("男", "女")


class SpeechFailed(EngineError):
    """One utterance could not be spoken; the engine works on."""


@dataclass(frozen=True)
class Utterance:
    """One turn as an engine is asked to say it."""

    text: str
    """As it is said, see `antifraud.speech.reading`: hanzi, Latin words and letters, and the marks ，。！？、；：."""
    voice: Voice
    emotion: Emotion
    manner: str
    """Way of talking of the persona; empty where nobody knows."""
    seed: int
    """Not negative, below 2**63."""


@dataclass(frozen=True)
class Candidate:
    """A voice that an engine offers and whom it suits."""

    voice: Voice
    """Set to the middle of what sounds natural; a persona moves rate and pitch from there."""
    youngest: int
    oldest: int
    """Ages of speaker, in years, that it can pass for, both included."""
    pitch_step: float
    """Engine units of pitch that make about one semitone; 0 where pitch cannot be set."""


class SpeechEngine(Protocol):
    """Text in, one voice speaking it out."""

    name: str
    version: str
    """Known once the engine has started."""
    licence: str
    sample_rate_hz: int
    batch_size: int
    """Most utterances that are best spoken in one go; 1 where each is spoken alone."""
    block_calls: int
    """Calls whose utterances are batched together; 1 where each is spoken alone."""

    async def start(self) -> None:
        """Get ready to speak.

        Raises:
            EngineError: the engine is not installed or cannot run here.
        """
        ...

    async def speak(self, batch: Sequence[Utterance], attempt: int = 0) -> list[NDArray[np.float32] | SpeechFailed]:
        """Return each utterance as mono speech, shape (samples,), values in [-1, 1], at the engine's rate.

        The same batch with the same attempt sounds the same, whatever is spoken before or beside it.

        Args:
            attempt: 0 at first; a higher one draws anew where the engine draws at all.

        Returns:
            One for each utterance, in order; `SpeechFailed` in place of one that cannot be spoken.

        Raises:
            EngineError: the engine is not running, or nothing can be spoken any more.
        """
        ...

    async def close(self) -> None:
        """End everything that `start` began; may be called twice."""
        ...

    def voices(self, gender: Gender) -> Sequence[Candidate]:
        """Return the voices on offer once started, always the same in the same order."""
        ...
