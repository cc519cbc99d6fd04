"""The question of `reader.py` put to a chat model: the same words, the same answer, another mind."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from jinja2 import Environment, StrictUndefined, Template
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from antifraud.audit.reader import ACT_NAMES, Reading
from antifraud.documents import dotted, misfits
from antifraud.errors import AntifraudError, Unanswered
from antifraud.labels import Act, Speaker
from antifraud.records import Turn
from antifraud.services.exchange import Chat, ChatRequest

MAX_TOKENS: Final = 300
"""Room for the five fields of an answer; a design choice."""
SCHEMA_NAME: Final = "reading"

_THINKING = re.compile(r"<think>.*?(?:</think>|\Z)", re.S)
_SIDES = {Speaker.CALLER: "主叫", Speaker.CALLEE: "被叫"}


class UnusableOpinion(AntifraudError):
    """The model's answer was no reading, and was none after one repair either."""


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    is_fraud: bool
    act: Act | None
    turn: int | None = Field(ge=0)
    quote: str
    why: str


async def ask_reading(turns: Sequence[Turn], chat: Chat, prompt: str, repair: str) -> Reading:
    """Return what a chat model makes of a call; it is told speakers and words alone.

    Temperature 0, and the answer is journaled before it is used, so that the same call costs once.

    Args:
        prompt: the pack's prompt `reader`, a template of `acts`.
        repair: the pack's prompt `repair`, with `{{ why }}` for what was wrong.

    Raises:
        UnusableOpinion: the answer is not the form, or quotes what was not said, twice.
        Unanswered: the service did not answer.
        ServiceError: the service cannot be used as it is set up, or the budget is reached.
    """
    messages: tuple[dict[str, str], ...] = (
        {"role": "system", "content": _template(prompt).render(acts=ACT_NAMES).strip()},
        {
            "role": "user",
            "content": "\n".join(f"{at} {_SIDES[turn.speaker]} {turn.text}" for at, turn in enumerate(turns)),
        },
    )
    problem = ""
    for _ in range(2):
        reply = await chat.ask(ChatRequest(messages, SCHEMA_NAME, _schema(), MAX_TOKENS, temperature=0.0))
        try:
            return _reading(reply.text, turns)
        except UnusableOpinion as exc:
            problem = str(exc)
            said = {"role": "assistant", "content": reply.text}
            messages = (*messages, said, {"role": "user", "content": repair.replace("{{ why }}", problem)})
    raise UnusableOpinion(f"reading: {problem}; answered {reply.text[:80]!r}")


async def second_opinion(turns: Sequence[Turn], chat: Chat, prompt: str, repair: str) -> Reading | str:
    """Return the model's reading, or in one line why there is none for this call."""
    try:
        return await ask_reading(turns, chat, prompt, repair)
    except (UnusableOpinion, Unanswered) as exc:
        return str(exc)


def _reading(text: str, turns: Sequence[Turn]) -> Reading:
    """Return the reading in an answer, proven by its quote.

    Raises:
        UnusableOpinion: it is not the form, or its act, turn and quote do not bear it out.
    """
    text = _THINKING.sub("", text)
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        raise UnusableOpinion("没有 JSON")
    try:
        answer = _Answer.model_validate_json(text[start : end + 1])
    except ValidationError as exc:
        place, fits, found = misfits(exc)[0]
        raise UnusableOpinion(f"{dotted(place) or 'JSON'}: {fits}; found {found}") from exc
    if not answer.is_fraud:
        return Reading(False, None, None, "", answer.why)
    if answer.act not in ACT_NAMES:
        raise UnusableOpinion(f"act 是 {answer.act}，应该是 {'、'.join(ACT_NAMES)} 之一")
    if answer.turn is None or answer.turn >= len(turns) or turns[answer.turn].speaker is not Speaker.CALLER:
        raise UnusableOpinion(f"turn 是 {answer.turn}，应该是主叫说的一句的序号")
    if not answer.quote or answer.quote not in turns[answer.turn].text:
        raise UnusableOpinion(f"第 {answer.turn} 句里没有“{answer.quote}”这几个字")
    return Reading(True, answer.act, answer.turn, answer.quote, answer.why)


@lru_cache(maxsize=1)
def _schema() -> Mapping[str, Any]:
    """Return the JSON schema of an answer, with the acts that decide alone; every field is required."""
    schema = _Answer.model_json_schema()
    schema["$defs"]["Act"] = {"type": "string", "enum": [str(act) for act in ACT_NAMES]}
    schema.pop("description", None)
    return schema


@lru_cache(maxsize=8)
def _template(text: str) -> Template:
    environment = Environment(  # noqa: S701 - plain text for a model, not HTML
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(text)
