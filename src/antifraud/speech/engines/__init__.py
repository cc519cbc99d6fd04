"""What a speech engine is; light to import, because the workers of an engine import it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from antifraud.errors import EngineError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from antifraud.records import Voice

Gender = Literal["男", "女"]
GENDERS: tuple[Gender, ...] = ("男", "女")


class SpeechFailed(EngineError):
    """One utterance could not be spoken; the engine works on."""


@dataclass(frozen=True)
class Candidate:
    """A voice that an engine offers and whom it suits."""

    voice: Voice
    """Set to the middle of what sounds natural; a persona moves rate and pitch from there."""
    youngest: int
    oldest: int
    """Ages of speaker, in years, that it can pass for, both included."""
    pitch_step: float
    """Engine units of pitch that make about one semitone."""


class SpeechEngine(Protocol):
    """Text in, one voice speaking it out."""

    name: str
    version: str
    """Known once the engine has started."""
    licence: str
    sample_rate_hz: int

    async def start(self) -> None:
        """Get ready to speak.

        Raises:
            EngineError: the engine is not installed or cannot run here.
        """
        ...

    async def speak(self, text: str, voice: Voice) -> NDArray[np.float32]:
        """Return `text` as mono speech, shape (samples,), values in [-1, 1], at the engine's rate.

        Args:
            text: as it is said, see `antifraud.speech.reading`.

        Raises:
            SpeechFailed: this text or voice cannot be spoken.
            EngineError: the engine is not running.
        """
        ...

    async def close(self) -> None:
        """End everything that `start` began; may be called twice."""
        ...

    def voices(self, gender: Gender) -> Sequence[Candidate]:
        """Return the voices on offer once started, always the same in the same order."""
        ...
