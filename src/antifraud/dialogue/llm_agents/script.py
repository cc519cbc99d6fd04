"""Mode `script`: one request writes a whole call, then the checks read it."""

from __future__ import annotations

from antifraud.config import GenerateConfig
from antifraud.dialogue.llm_agents.briefing import Briefing
from antifraud.dialogue.llm_agents.finished import Spent, finished, rejected
from antifraud.dialogue.llm_agents.forms import Message, ScriptAnswer, UnusableAnswer, ask_for
from antifraud.errors import Unanswered
from antifraud.labels import CALLEE_ACTS, RejectReason
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
    briefing, spent = Briefing(plan, story, packs, schema=chat.takes_schema), Spent()
    messages: tuple[Message, ...] = (
        {"role": "system", "content": briefing.prompt("script", briefing.caller_acts)},
        {"role": "user", "content": "开始。"},
    )
    rewrites = config.rewrites
    while True:
        try:
            answer, replies = await ask_for(
                chat,
                "call_script",
                ScriptAnswer,
                messages,
                acts=(*briefing.caller_acts, *CALLEE_ACTS),
                max_tokens=TOKENS_PER_CALL,
                temperature=chat.config.temperature,
                repair=packs.prompts["repair"],
            )
        except UnusableAnswer as exc:
            return rejected(plan, RejectReason.UNUSABLE_ANSWER, str(exc))
        except Unanswered as exc:
            return rejected(plan, RejectReason.NO_ANSWER, str(exc))
        spent.add(replies, chat.config.prices)
        result = finished(plan, _turns(answer, story), _ending(answer), packs, spent)
        if isinstance(result, Dialogue) or rewrites == 0:
            return result
        rewrites -= 1
        said = {"role": "assistant", "content": replies[-1].text}
        again = briefing.prompt("rewrite", why=result.detail)
        messages = (*messages, said, {"role": "user", "content": again})


def _turns(answer: ScriptAnswer, story: Storyline | None) -> list[Turn]:
    """Return the opening, which was there before, and what the answer adds."""
    before = list(story.opening) if story else []
    return before + [
        Turn(
            index=index,
            speaker=turn.speaker,
            text=turn.text.strip() or "……",
            emotion=turn.emotion,
            acts=tuple(dict.fromkeys(turn.acts)),
        )
        for index, turn in enumerate(answer.turns, len(before))
    ]


def _ending(answer: ScriptAnswer) -> Ending:
    return Ending(ended_by=answer.ended_by, outcome=answer.outcome, reason=answer.reason)
