"""A conversation of a release as training reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from antifraud.errors import RecordError
from antifraud.store.lines import parse_line
from antifraud.training.recipe.conversations import AUDIO_MARK

CHAT_MARK = "<|"
"""Begins every mark of Qwen's chat form; in a text it would be read as one."""
SOURCES = ("sft", "swift")
"""Folders of a release that hold conversations with `messages` and `audios`, of the formats taf and swift."""


class Message(BaseModel):
    """What one side says."""

    model_config = ConfigDict(frozen=True)
    role: Literal["system", "user", "assistant"]
    content: str


class Sample(BaseModel):
    """One line of a conversation file; keys besides these are for others."""

    model_config = ConfigDict(frozen=True)
    messages: tuple[Message, ...]
    audios: tuple[str, ...] = Field(min_length=1)
    """Relative to the release."""

    @model_validator(mode="after")
    def _is_a_conversation(self) -> Self:
        roles = [message.role for message in self.messages if message.role != "system"]
        if not roles or roles != ["user", "assistant"] * (len(roles) // 2):
            raise ValueError("expected rounds of user and assistant")
        marks = sum(message.content.count(AUDIO_MARK) for message in self.messages if message.role == "user")
        if marks != len(self.audios):
            raise ValueError(f"expected one {AUDIO_MARK} for each of {len(self.audios)} audios, found {marks}")
        if any(CHAT_MARK in message.content for message in self.messages):
            raise ValueError(f"expected no {CHAT_MARK} in a text, it begins a mark of the chat form")
        return self


def conversations_of(release: Path, split: str) -> Path:
    """Return the file of a release that holds the conversations of a split.

    Raises:
        RecordError: it has none.
    """
    places = [release / source / f"{split}.jsonl" for source in SOURCES]
    for place in places:
        if place.is_file():
            return place
    raise RecordError(
        f"{release}: no {' or '.join(place.relative_to(release).as_posix() for place in places)} here."
        " Pack a release with --set 'pack.formats=[taf]'."
    )


def read_samples(path: Path) -> Iterator[tuple[int, bytes, Sample]]:
    """Yield number, line and conversation of each line.

    Raises:
        RecordError: a line is no conversation.
    """
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            yield number, line, parse_line(line, Sample, f"{path}:{number}")
