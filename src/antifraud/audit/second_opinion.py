"""The question of `reader.py` put to a chat model: the same words, the same answer, another mind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from pydantic import Field

from antifraud.audit.reader import ACT_NAMES, Reading
from antifraud.errors import Unanswered
from antifraud.labels import Act, Speaker
from antifraud.records import Turn
from antifraud.scenarios.prompts import fill_in
from antifraud.services.exchange import Chat
from antifraud.services.forms import AnswerForm, UnusableAnswer, ask_for

MAX_TOKENS: Final = 300
"""Room for the five fields of an answer; a design choice."""
SCHEMA_NAME: Final = "reading"

_SIDES = {Speaker.CALLER: "主叫", Speaker.CALLEE: "被叫"}


class _Answer(AnswerForm):
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
        UnusableAnswer: the answer is not the form, or quotes what was not said, twice.
        Unanswered: the service did not answer.
        ServiceError: the service cannot be used as it is set up, or the budget is reached.
    """
    heard = "\n".join(f"{at} {_SIDES[turn.speaker]} {turn.text}" for at, turn in enumerate(turns))
    answer, _ = await ask_for(
        chat,
        SCHEMA_NAME,
        _Answer,
        (
            {"role": "system", "content": fill_in(prompt, {"acts": ACT_NAMES})},
            {"role": "user", "content": heard},
        ),
        acts=tuple(ACT_NAMES),
        max_tokens=MAX_TOKENS,
        temperature=0.0,
        repair=repair,
        accept=partial(_reading, turns=turns),
    )
    return _reading(answer, turns)


async def second_opinion(turns: Sequence[Turn], chat: Chat, prompt: str, repair: str) -> Reading | str:
    """Return the model's reading, or in one line why there is none for this call."""
    try:
        return await ask_reading(turns, chat, prompt, repair)
    except (UnusableAnswer, Unanswered) as exc:
        return str(exc)


def _reading(answer: _Answer, turns: Sequence[Turn]) -> Reading:
    """Return the reading in an answer, proven by its quote.

    Raises:
        UnusableAnswer: its act, turn and quote do not bear it out.
    """
    if not answer.is_fraud:
        return Reading(False, None, None, "", answer.why)
    if answer.act not in ACT_NAMES:
        raise UnusableAnswer(f"act 是 {answer.act}，应该是 {'、'.join(ACT_NAMES)} 之一")
    if answer.turn is None or answer.turn >= len(turns) or turns[answer.turn].speaker is not Speaker.CALLER:
        raise UnusableAnswer(f"turn 是 {answer.turn}，应该是主叫说的一句的序号")
    if not answer.quote or answer.quote not in turns[answer.turn].text:
        raise UnusableAnswer(f"第 {answer.turn} 句里没有“{answer.quote}”这几个字")
    return Reading(True, answer.act, answer.turn, answer.quote, answer.why)
