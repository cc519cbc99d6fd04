"""What was said, before it becomes turns; and why something from outside cannot be used."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from antifraud.labels import Emotion, RejectReason, Speaker

_SPEAKABLE: Final = re.compile(r"[\u3400-\u9fffA-Za-z0-9]")
_GAP_IN_CHINESE: Final = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u9fff\uff00-\uffef])")
_SPACE: Final = re.compile(r"\s+")


class Unfit(Exception):
    """A recording or transcript cannot become a dialogue; the message holds nothing of what is in it."""

    def __init__(self, reason: RejectReason, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Utterance:
    """What one side says without a longer pause; `start` and `end` are seconds from the start of the call, or None."""

    speaker: Speaker
    text: str
    start: float | None = None
    end: float | None = None
    emotion: Emotion | None = None


@dataclass(frozen=True)
class Talk:
    """A call as it was written down, and what its file tells besides."""

    utterances: tuple[Utterance, ...]
    engine: str
    """What wrote it down, or the form of the transcript."""
    model: str | None = None
    terminator: str = ""
    label: str | None = None
    """A fraud type or scene of TeleAntiFraud, where the file holds one."""
    unclear: int = 0
    """Pieces of the recording without a word."""
    ids: tuple[str, ...] = field(default=())
    """What the file calls the call; never written."""


def clean(text: str) -> str:
    """Return a text without line breaks, and without spaces between Chinese characters."""
    return _SPACE.sub(" ", _GAP_IN_CHINESE.sub("", text)).strip()


def spoken(utterances: Sequence[Utterance]) -> tuple[Utterance, ...]:
    """Return what holds a word, cleaned."""
    cleaned = (
        Utterance(said.speaker, clean(said.text), said.start, said.end, said.emotion)
        for said in utterances
        if _SPEAKABLE.search(said.text)
    )
    return tuple(cleaned)
