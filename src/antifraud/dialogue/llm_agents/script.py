"""Mode `script`: one request writes a whole call, then the checks read it."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from antifraud.dialogue.llm_agents.briefing import Briefing
from antifraud.dialogue.llm_agents.finished import Spent, finished, rejected
from antifraud.dialogue.llm_agents.forms import ScriptAnswer, ScriptTurn
from antifraud.dialogue.llm_agents.writing import write
from antifraud.dialogue_config import GenerateConfig
from antifraud.labels import CALLEE_ACTS
from antifraud.records import CallPlan, Dialogue, Ending, Rejected, Storyline, Turn
from antifraud.scenarios.packs import Packs
from antifraud.services.exchange import Chat

TOKENS_PER_CALL = 1600
"""Room for sixteen turns of fifty characters with their marks."""


async def write_script(
    plan: CallPlan, story: Storyline | None, config: GenerateConfig, packs: Packs, chat: Chat
) -> Dialogue | Rejected:
    """Let one request write the call; ask again with what was wrong while rewrites are left.

    Raises:
        ServiceError: the service cannot be used, or the budget is reached.
    """
    briefing = Briefing(plan, story, packs, schema=chat.takes_schema)
    before = story.opening if story else ()

    def judge(answer: ScriptAnswer, spent: Spent) -> Dialogue | Rejected:
        return finished(plan, turns_of(answer.turns, before), ending_of(answer), packs, spent)

    return await write(
        chat,
        "call_script",
        ScriptAnswer,
        briefing.prompt("script", briefing.caller_acts),
        judge,
        partial(rejected, plan),
        acts=(*briefing.caller_acts, *CALLEE_ACTS),
        max_tokens=TOKENS_PER_CALL,
        packs=packs,
        rewrites=config.rewrites,
        again=lambda why: briefing.prompt("rewrite", why=why),
    )


def turns_of(said: Iterable[ScriptTurn], before: Iterable[Turn] = ()) -> list[Turn]:
    """Return what was said before and what an answer adds."""
    turns = list(before)
    return turns + [
        Turn(
            index=index,
            speaker=turn.speaker,
            text=turn.text.strip() or "……",
            emotion=turn.emotion,
            acts=tuple(dict.fromkeys(turn.acts)),
        )
        for index, turn in enumerate(said, len(turns))
    ]


def ending_of(answer: ScriptAnswer) -> Ending:
    """Return how a written call ended."""
    return Ending(ended_by=answer.ended_by, outcome=answer.outcome, reason=answer.reason)
