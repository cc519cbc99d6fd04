"""Asks a chat model for a form: a JSON object of known fields, read whatever stands around it, repaired once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from antifraud.documents import dotted, misfits
from antifraud.errors import AntifraudError
from antifraud.labels import Act
from antifraud.services.exchange import Chat, ChatReply, ChatRequest

Message = dict[str, str]
Form = TypeVar("Form", bound="AnswerForm")

_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.S)


class UnusableAnswer(AntifraudError):
    """An answer was not the form asked for, and was not after one repair either."""


class AnswerForm(BaseModel):
    """What a model is asked to fill in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@lru_cache(maxsize=64)
def schema_of(form: type[AnswerForm], acts: tuple[Act, ...] = ()) -> Mapping[str, Any]:
    """Return the JSON schema of a form, all of whose fields are required; acts, where it has any, are these alone."""
    schema = form.model_json_schema()
    parts = schema.get("$defs", {})
    if "Act" in parts:
        parts["Act"] = {"type": "string", "enum": list(acts)}
    for part in (schema, *parts.values()):
        part.pop("description", None)
    return schema


def read(text: str, form: type[Form]) -> Form:
    """Return the answer in a text: the last JSON object outside thinking, code fences and chatter.

    Raises:
        UnusableAnswer: there is none, or it is not the form.
    """
    text = _THINKING.sub("", text)
    end = text.rfind("}")
    starts = [match.start() for match in re.finditer(r"\{", text[: end + 1])]
    problem = "没有 JSON"
    for start in starts:
        try:
            return form.model_validate_json(text[start : end + 1])
        except ValidationError as exc:
            place, fits, found = misfits(exc)[0]
            if not fits.startswith("invalid JSON"):
                problem = f"{dotted(place) or 'JSON'}: {fits}; found {found}"
                break
    raise UnusableAnswer(problem)


async def ask_for(
    chat: Chat,
    name: str,
    form: type[Form],
    messages: tuple[Message, ...],
    *,
    acts: tuple[Act, ...] = (),
    max_tokens: int,
    temperature: float,
    repair: str,
    model: str | None = None,
    sample: int = 0,
    accept: Callable[[Form], object] | None = None,
) -> tuple[Form, list[ChatReply]]:
    """Ask, and once more with what was wrong; return the answer and all replies it took.

    Args:
        acts: those that fit; the form's schema holds no others.
        sample: which of several answers to the same question.
        repair: what to say to a useless answer, with `{{ why }}` for what was wrong.
        accept: raises `UnusableAnswer` where the form is filled in, but not with what can be.

    Raises:
        UnusableAnswer: the repaired answer is useless too.
        Unanswered: the service did not answer.
    """
    replies: list[ChatReply] = []
    problem = UnusableAnswer("never asked")
    for _ in range(2):
        request = ChatRequest(messages, name, schema_of(form, acts), max_tokens, temperature, sample, model)
        replies.append(await chat.ask(request))
        try:
            answer = read(replies[-1].text, form)
            if accept is not None:
                accept(answer)
            return answer, replies
        except UnusableAnswer as exc:
            problem = exc
            said = {"role": "assistant", "content": replies[-1].text}
            messages = (*messages, said, {"role": "user", "content": repair.replace("{{ why }}", str(exc))})
    raise UnusableAnswer(f"{name}: {problem}; answered {replies[-1].text[:80]!r}") from problem
