"""The chat model as imitator: one request shows exemplars and writes a new call of the same strategy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from antifraud.dialogue.llm_agents.briefing import caller_acts
from antifraud.dialogue.llm_agents.finished import Spent, finished, rejected
from antifraud.dialogue.llm_agents.forms import ScriptAnswer
from antifraud.dialogue.llm_agents.script import TOKENS_PER_CALL, ending_of, turns_of
from antifraud.dialogue.llm_agents.writing import write
from antifraud.dialogue_config import ImitateConfig
from antifraud.labels import CALLEE_ACTS, Speaker
from antifraud.records import CallPlan, Dialogue, Rejected
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.prompts import fill_in
from antifraud.services.exchange import Chat

SIDES = {Speaker.CALLER: "主叫", Speaker.CALLEE: "被叫"}
KINDS = {"fraud": "诈骗", "lawful": "正常", "sales": "推销"}


class Rewriter:
    """Asks for imitations; what all drafts of a call cost is told by the one that is accepted."""

    def __init__(self, limits: ImitateConfig, packs: Packs, chat: Chat) -> None:
        self._limits, self._packs, self._chat = limits, packs, chat
        self._spent: defaultdict[str, Spent] = defaultdict(Spent)

    async def imitate(
        self, plan: CallPlan, exemplars: Sequence[Dialogue], attempt: int, why: str | None
    ) -> Dialogue | Rejected:
        """Return a draft, or why it cannot be used.

        Args:
            exemplars: the seed first, whose strategy is kept.
            why: what was wrong with the draft before.

        Raises:
            ServiceError: the service cannot be used, or the budget is reached.
        """

        def judge(answer: ScriptAnswer, spent: Spent) -> Dialogue | Rejected:
            return finished(plan, turns_of(answer.turns), ending_of(answer), self._packs, spent)

        return await write(
            self._chat,
            "imitation",
            ScriptAnswer,
            self._prompt(plan, exemplars, attempt, why),
            judge,
            partial(rejected, plan),
            acts=(*caller_acts(is_fraud=plan.is_fraud), *CALLEE_ACTS),
            max_tokens=TOKENS_PER_CALL,
            packs=self._packs,
            spent=self._spent[plan.id],
        )

    def _prompt(self, plan: CallPlan, exemplars: Sequence[Dialogue], attempt: int, why: str | None) -> str:
        values = {
            "plan": plan,
            "kind": KINDS[plan.branch],
            "exemplars": exemplars,
            "sides": SIDES,
            "longest": self._limits.longest_copied_run,
            "schema": self._chat.takes_schema,
            "caller_acts": caller_acts(is_fraud=plan.is_fraud),
            "callee_acts": CALLEE_ACTS,
            "attempt": attempt,
            "why": why,
        }
        return fill_in(self._packs.prompts["imitate"], values)
