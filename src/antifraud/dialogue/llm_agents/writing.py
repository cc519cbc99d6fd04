"""One request that writes a whole thing, judged, and asked for again with what was wrong while rewrites are left."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from antifraud.dialogue.llm_agents.finished import Spent
from antifraud.errors import Unanswered
from antifraud.labels import Act, RejectReason
from antifraud.records import Record, Rejected
from antifraud.scenarios.packs import Packs
from antifraud.services.exchange import Chat
from antifraud.services.forms import Form, Message, UnusableAnswer, ask_for

Written = TypeVar("Written", bound=Record)


async def write(
    chat: Chat,
    name: str,
    form: type[Form],
    prompt: str,
    judge: Callable[[Form, Spent], Written | Rejected],
    reject: Callable[[RejectReason, str], Rejected],
    *,
    acts: tuple[Act, ...],
    max_tokens: int,
    packs: Packs,
    rewrites: int = 0,
    again: Callable[[str], str] = str,
    spent: Spent | None = None,
) -> Written | Rejected:
    """Return what was written, or why it cannot be used.

    Args:
        judge: makes a record of an answer and of what it has cost so far, or refuses it.
        reject: makes the record of a thing that is not there.
        again: what to say to a refused answer, given the detail of the refusal.
        spent: what was spent on it before.

    Raises:
        ServiceError: the service cannot be used, or the budget is reached.
    """
    spent = Spent() if spent is None else spent
    messages: tuple[Message, ...] = ({"role": "system", "content": prompt}, {"role": "user", "content": "开始。"})
    while True:
        try:
            answer, replies = await ask_for(
                chat,
                name,
                form,
                messages,
                acts=acts,
                max_tokens=max_tokens,
                temperature=chat.config.temperature,
                repair=packs.prompts["repair"],
            )
        except UnusableAnswer as exc:
            return reject(RejectReason.UNUSABLE_ANSWER, str(exc))
        except Unanswered as exc:
            return reject(RejectReason.NO_ANSWER, str(exc))
        spent.add(replies, chat.config.prices)
        result = judge(answer, spent)
        if not isinstance(result, Rejected) or rewrites == 0:
            return result
        rewrites -= 1
        said = {"role": "assistant", "content": replies[-1].text}
        messages = (*messages, said, {"role": "user", "content": again(result.detail)})
