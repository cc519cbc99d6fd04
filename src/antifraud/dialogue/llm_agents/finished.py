"""How a call of LLM agents ends up as a record: the checks, and what it cost in tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from antifraud import __version__
from antifraud.dialogue.checks import first_contradiction, first_defect
from antifraud.labels import FRAUD_ACTS, Act, RejectReason, Speaker
from antifraud.records import CallPlan, Dialogue, Ending, Evidence, Provenance, Rejected, Turn
from antifraud.scenarios.packs import Packs
from antifraud.service_config import Price
from antifraud.services.exchange import ChatReply
from antifraud.services.pricing import FREE, cost


@dataclass
class Spent:
    """Tokens of one record."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0
    reasoning: int = 0
    cost: float = 0.0
    model: str | None = None

    def add(self, replies: Iterable[ChatReply], prices: Mapping[str, Price]) -> None:
        """Count replies, replayed ones too: they were paid for this record."""
        for reply in replies:
            self.prompt += reply.usage.prompt
            self.cached += reply.usage.cached
            self.completion += reply.usage.completion
            self.reasoning += reply.usage.reasoning
            self.cost += cost(reply.usage, prices.get(reply.model, FREE))
            self.model = reply.model

    def provenance(self, packs: Packs) -> Provenance:
        """Return where a record comes from that these replies made."""
        return Provenance(
            engine="llm",
            version=__version__,
            prompt_version=packs.version,
            model=self.model,
            prompt_tokens=self.prompt,
            cached_tokens=self.cached,
            completion_tokens=self.completion,
            reasoning_tokens=self.reasoning,
            cost=round(self.cost, 6),
        )


def finished(plan: CallPlan, turns: Sequence[Turn], ending: Ending, packs: Packs, spent: Spent) -> Dialogue | Rejected:
    """Return the dialogue, or why the checks refuse it.

    A paid call may end otherwise than planned, as long as its last turns show the ending.
    """
    dialogue = Dialogue(
        **dict(plan),
        turns=tuple(turns),
        ending=ending,
        decisive=_decisive(plan, turns),
        source="adversarial",
        provenance=spent.provenance(packs),
    )
    if defect := first_contradiction(dialogue, as_planned=False) or first_defect(dialogue):
        return rejected(plan, *defect)
    if plan.family and dialogue.decisive is None:
        return rejected(plan, RejectReason.LABEL_MISMATCH, "labelled lawful, but no check is left free (allow_verify)")
    return dialogue


def _decisive(plan: CallPlan, turns: Sequence[Turn]) -> Evidence | None:
    """Return the first turn of the caller that shows the label of a fraud or of a storyline's call, quoted whole."""
    acts = FRAUD_ACTS if plan.is_fraud else {Act.ALLOW_VERIFY}
    for turn in turns if plan.family or plan.is_fraud else ():
        for act in turn.acts:
            if act in acts and turn.speaker is Speaker.CALLER:
                return Evidence(turn=turn.index, quote=turn.text, act=act)
    return None


def rejected(plan: CallPlan, reason: RejectReason, detail: str) -> Rejected:
    """Return a plan as rejected."""
    return Rejected(id=plan.id, stage="generate", reason=reason, detail=f"scenario {plan.scenario}: {detail}")
