"""The branch agent: one request writes the opening of a storyline and what happens on the ways that become calls.

The tree itself, with its labels, is planned; an agent that could move a branch could move a label. Places that no
call passes keep what the packs say of them: nobody pays for what is never told.
"""

from __future__ import annotations

from functools import partial
from random import Random
from typing import Final

from antifraud.defects import order_defects, text_defects
from antifraud.dialogue.llm_agents.briefing import said_steps
from antifraud.dialogue.llm_agents.finished import Spent
from antifraud.dialogue.llm_agents.forms import StorylineAnswer
from antifraud.dialogue.llm_agents.script import turns_of
from antifraud.dialogue.llm_agents.writing import write
from antifraud.dialogue.scripted_agents.course import opening
from antifraud.dialogue.wording import Wording
from antifraud.dialogue_config import GenerateConfig
from antifraud.labels import Act, RejectReason, Speaker
from antifraud.records import Node, Rejected, Storyline, StorylinePlan, Turn
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.prompts import fill_in
from antifraud.services.exchange import Chat

OPENING_TOKENS: Final = 700
TOKENS_PER_WAY: Final = 60
"""Room for eight turns, and for a sentence with its path."""
CALLER_OPENING_ACTS: Final = (
    *(Act.IDENTITY_CLAIM, Act.TRUE_DETAIL, Act.INFORM, Act.ALARM_OR_GAIN, Act.EXPLAIN, Act.PROOF),
    *(Act.URGENCY, Act.ASK_DETAIL, Act.ASK_AGREEMENT, Act.REPEAT),
)
CALLEE_OPENING_ACTS: Final = (
    *(Act.ACKNOWLEDGE, Act.ASK_QUESTION, Act.DOUBT, Act.HESITATE, Act.MISHEARD, Act.DISTRACTED, Act.BACKCHANNEL),
)
"""What may happen before the branches part: nothing that decides, presses, warns or refuses."""
TELLTALES: Final = ("验证码", "密码", "转账", "共享屏幕", "屏幕共享", "骗")
"""Words of risk that an opening has no use for: what it is about is not known yet."""
_STATES = {"shared": "开头", "fraud": "诈骗", "lawful": "正常", "sales": "推销"}


async def write_storyline(
    plan: StorylinePlan, config: GenerateConfig, packs: Packs, chat: Chat
) -> Storyline | Rejected:
    """Let one request write the opening and the ways; ask again with what was wrong while rewrites are left.

    Raises:
        ServiceError: the service cannot be used, or the budget is reached.
    """

    def judge(answer: StorylineAnswer, spent: Spent) -> Storyline | Rejected:
        turns = tuple(turns_of(answer.opening))
        ways = {way.path: way.gist.strip() for way in answer.ways}
        if defect := opening_defect(turns) or _way_defect(plan, ways):
            return _rejected(plan, RejectReason.UNUSABLE_ANSWER, defect)
        told = dict(plan.model_copy(update={"nodes": tuple(_with_gist(node, ways) for node in plan.nodes)}))
        return Storyline(**told, opening=turns, provenance=spent.provenance(packs))

    return await write(
        chat,
        "storyline",
        StorylineAnswer,
        storyline_prompt(plan, packs, schema=chat.takes_schema),
        judge,
        partial(_rejected, plan),
        acts=(*CALLER_OPENING_ACTS, *CALLEE_OPENING_ACTS),
        max_tokens=OPENING_TOKENS + TOKENS_PER_WAY * len(told_places(plan)),
        packs=packs,
        rewrites=config.rewrites,
        again=lambda why: packs.prompts["repair"].replace("{{ why }}", why),
    )


def storyline_prompt(plan: StorylinePlan, packs: Packs, *, schema: bool) -> str:
    """Return what the branch agent is told; the same plan and packs give the same words.

    Args:
        schema: the service holds answers to a JSON schema, so that the prompt need not list what fits.
    """
    scenario = packs.storylines[plan.scenario]
    wording = Wording(plan.facts, scenario.rules, (plan.caller, plan.callee), packs, Random(f"{plan.seed}:briefing"))
    values = {
        "plan": plan,
        "schema": schema,
        "facts": plan.facts,
        "role": scenario.caller.role,
        "title": scenario.title,
        "steps": said_steps(opening(scenario, packs), wording),
        "separates": scenario.separates,
        "nodes": told_places(plan),
        "states": _STATES,
        "caller_acts": CALLER_OPENING_ACTS,
        "callee_acts": CALLEE_OPENING_ACTS,
    }
    return fill_in(packs.prompts["storyline"], values)


def told_places(plan: StorylinePlan) -> list[Node]:
    """Return the places below the opening that a call of the storyline passes, parents first."""
    passed = {node.path for leaf in plan.told for node in plan.along(leaf)}
    return [node for node in plan.nodes[1:] if node.path in passed]


def opening_defect(turns: tuple[Turn, ...]) -> str | None:
    """Return what is wrong with an opening, for the agent to mend."""
    if defect := next(order_defects(turns), None) or next(text_defects(turns), None):
        return f"开头不对，{defect[1]}"
    if turns[-1].speaker is not Speaker.CALLEE:
        return "开头的最后一句应该是被叫接话"
    for turn in turns:
        fits = CALLER_OPENING_ACTS if turn.speaker is Speaker.CALLER else CALLEE_OPENING_ACTS
        if foreign := [act for act in turn.acts if act not in fits]:
            return f"第 {turn.index} 句的标记 {foreign[0]} 不该出现在这一方的开头"
        if word := next((word for word in TELLTALES if word in turn.text), None):
            return f"第 {turn.index} 句说了“{word}”，开头不能露"
    return None


def _way_defect(plan: StorylinePlan, ways: dict[str, str]) -> str | None:
    """Return what is wrong with the ways, for the agent to mend."""
    wanted = [node.path for node in told_places(plan)]
    if missing := [path for path in wanted if path not in ways]:
        return f"岔口 {missing[0]} 没有写"
    if foreign := ways.keys() - {"0", *wanted}:
        return f"没有 {sorted(foreign)[0]} 这个岔口"
    return None


def _with_gist(node: Node, ways: dict[str, str]) -> Node:
    return node.model_copy(update={"gist": ways[node.path]}) if node.path in ways else node


def _rejected(plan: StorylinePlan, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(
        id=plan.id, stage="generate-storylines", reason=reason, detail=f"scenario {plan.scenario}: {detail}"
    )
