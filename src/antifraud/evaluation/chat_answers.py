"""A chat model under test: hears a call or reads it, and answers questions about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from antifraud.errors import Unanswered
from antifraud.evaluation.records import Finish, Given
from antifraud.evaluation.wording import question
from antifraud.records import Task
from antifraud.services.exchange import Chat, ChatReply, ChatRequest, Message, Part
from antifraud.snapshot import Item

_FINISHES: Final[Mapping[str, Finish]] = MappingProxyType(
    {"length": "length", "content_filter": "refused", "refusal": "refused", "sensitive": "refused"}
)
"""What providers call an end that is none of its own; anything else is one."""
_FILTERS: Final = ("data_inspection_failed", "datainspectionfailed", "content_filter")
"""One of these stands in a 400 of a provider that will not read or not answer (DashScope, Azure)."""


class Presenting(Protocol):
    """How a call gets into the first message."""

    async def part(self, item: Item, heard_seconds: float | None) -> Part:
        """Return the call as part of a message."""
        ...


class ChatAnswers:
    """A `Model` behind a chat service."""

    def __init__(
        self,
        name: str,
        chat: Chat,
        call: Presenting,
        *,
        temperature: float,
        max_tokens: int,
        is_binary: bool,
    ) -> None:
        self.name = name
        self._chat, self._call = chat, call
        self._temperature, self._max_tokens, self._is_binary = temperature, max_tokens, is_binary

    async def answer(self, item: Item, task: Task, earlier: Sequence[Given], heard_seconds: float | None) -> Given:
        """Return the answer to one question; own earlier answers stand before it word for word.

        Raises:
            ServiceError: as of `Chat.ask`, but for a question that got no answer.
        """
        call = await self._call.part(item, heard_seconds)
        request = ChatRequest(
            messages=self._messages(item, task, earlier, call),
            schema_name="",
            schema=None,
            max_tokens=self._max_tokens,
            temperature=self._temperature,
        )
        try:
            return given(task, await self._chat.ask(request))
        except Unanswered as exc:
            finish: Finish = "refused" if any(word in str(exc).lower() for word in _FILTERS) else "error"
            return Given(task=task, raw=None, finish=finish, error=str(exc))

    def _messages(self, item: Item, task: Task, earlier: Sequence[Given], call: Part) -> list[Message]:
        """Return question and answer in turn; a round without an answer is as if it had not been asked."""
        answered = [each for each in earlier if each.raw]
        messages: list[Message] = []
        for each in answered:
            messages += [self._asked(item, each.task, None if messages else call)]
            messages += [{"role": "assistant", "content": each.raw or ""}]
        return [*messages, self._asked(item, task, None if messages else call)]

    def _asked(self, item: Item, task: Task, call: Part | None) -> Message:
        text = question(item, task, is_binary=self._is_binary)
        if call is None:
            return {"role": "user", "content": text}
        return {"role": "user", "content": [call, {"type": "text", "text": text}]}


def given(task: Task, reply: ChatReply) -> Given:
    """Return a chat reply as an answer."""
    return Given(
        task=task,
        raw=reply.text,
        finish=_FINISHES.get(reply.finish_reason, "stop"),
        reasoning=reply.reasoning,
        prompt_tokens=reply.usage.prompt,
        audio_tokens=reply.audio_tokens,
        completion_tokens=reply.usage.completion,
        reasoning_tokens=reply.usage.reasoning or None,
        latency_seconds=reply.latency_seconds,
    )
