"""What the LLM agents answer: the forms asked for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antifraud.labels import Act, Emotion, Outcome, Speaker
from antifraud.services.forms import AnswerForm

EndedBy = Literal["caller", "callee", "natural"]


class TurnAnswer(AnswerForm):
    """One turn of a side."""

    text: str = Field(min_length=1)
    emotion: Emotion
    acts: tuple[Act, ...] = Field(min_length=1)
    hang_up: bool


class Correction(AnswerForm):
    """Other acts for a turn, as the supervisor hears it."""

    turn: int = Field(ge=0)
    acts: tuple[Act, ...] = Field(min_length=1)


class Supervision(AnswerForm):
    """What the supervisor decides."""

    decision: Literal["continue", "end"]
    ended_by: EndedBy | None
    outcome: Outcome | None
    reason: str
    corrections: tuple[Correction, ...]


class ScriptTurn(AnswerForm):
    """One turn of what is written in one go."""

    speaker: Speaker
    text: str = Field(min_length=1)
    emotion: Emotion
    acts: tuple[Act, ...] = Field(min_length=1)


class ScriptAnswer(AnswerForm):
    """A whole call."""

    turns: tuple[ScriptTurn, ...] = Field(min_length=3)
    ended_by: EndedBy
    outcome: Outcome
    reason: str


class Way(AnswerForm):
    """What happens at a place in the tree of a storyline."""

    path: str
    gist: str = Field(min_length=4, max_length=80)


class StorylineAnswer(AnswerForm):
    """How a storyline begins, and what happens at each place of its tree."""

    opening: tuple[ScriptTurn, ...] = Field(min_length=4, max_length=12)
    ways: tuple[Way, ...]
