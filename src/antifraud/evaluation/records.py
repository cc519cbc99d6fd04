"""What a model said about a call: one line of a predictions file."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from antifraud.records import Id, Record, Seconds, Task

Finish = Literal["stop", "length", "refused", "error"]
"""Why an answer ended: by itself, at the limit of tokens, at a filter of the service, or it never came."""


class Given(Record):
    """One answer, word for word."""

    task: Task
    raw: str | None
    """The text as it came; None where none came."""
    finish: Finish = "stop"
    error: str | None = None
    """What the service said instead of an answer."""
    reasoning: str | None = None
    """Thinking that the service returns apart from the text."""
    prompt_tokens: int | None = Field(default=None, ge=0)
    audio_tokens: int | None = Field(default=None, ge=0)
    """Part of the prompt tokens; few for a long call mean that the model cut it."""
    completion_tokens: int | None = Field(default=None, ge=0)
    reasoning_tokens: int | None = Field(default=None, ge=0)
    """Part of the completion tokens."""
    latency_seconds: Seconds | None = None


class Prediction(Record):
    """The answers of a model to a call, or to a beginning of it."""

    schema_version: Literal[1] = 1
    id: Id
    heard_seconds: Seconds | None = None
    """How much of the call the model was given, one of the item's cuts; None for the whole call."""
    answers: tuple[Given, ...]
    """In the order they were asked for; a round that was not asked for is not there."""
    model: str

    @model_validator(mode="after")
    def a_task_is_answered_once(self) -> Self:
        tasks = [given.task for given in self.answers]
        if len(tasks) != len(set(tasks)):
            raise ValueError("a task is answered twice")
        return self

    def answer_to(self, task: Task) -> Given | None:
        """Return the answer to a task; None where it was not asked for."""
        return next((given for given in self.answers if given.task == task), None)
