"""What voices say besides the calls, and how a speech service is told to say an utterance."""

from __future__ import annotations

import re
from typing import Self

from pydantic import Field, model_validator

from antifraud.labels import Emotion
from antifraud.scenarios.pack_model import PackModel

NO_HANZI = re.compile(r"[^\u4e00-\u9fff]")
MAX_MANNER_CHARACTERS = 8
"""The longest manner of the persona pack has four; a longer one is no name of a manner. A design choice."""


class VoiceStyles(PackModel):
    """How a speech service is told in words to say an utterance."""

    plain: str = "{tone}"
    with_manner: str = "{tone} {manner}"
    tones: dict[Emotion, str] = {}
    manners: dict[str, str] = {}
    """Manners of the persona pack that need other words."""

    @model_validator(mode="after")
    def every_emotion_has_a_tone(self) -> Self:
        if missing := [emotion.value for emotion in Emotion if self.tones and emotion not in self.tones]:
            raise ValueError(f"tones lacks {', '.join(missing)}")
        return self

    def style(self, emotion: Emotion, manner: str) -> str:
        """Return how an utterance is to be said; of a manner only its hanzi, so that it cannot end the instruction."""
        tone = self.tones.get(emotion, "")
        name = NO_HANZI.sub("", manner)
        if not tone or not name or len(name) > MAX_MANNER_CHARACTERS:
            return self.plain.format(tone=tone) if tone else ""
        return self.with_manner.format(tone=tone, manner=self.manners.get(name, name))


class VoicePack(PackModel):
    """scenarios/voices/*.yaml, merged: what is spoken besides the calls."""

    audition: str = Field(default="", pattern=r"^[^0-9]*$")
    """What every voice of a bank reads to be measured; without digits, so that nothing depends on how they are read."""
    babble: tuple[str, ...] = ()
    """What the voices behind a speaker say, one line each."""
    styles: VoiceStyles = VoiceStyles()
