"""Calls become annotations: a rationale is kept only when its quotes are real and it reaches the true labels."""

from __future__ import annotations

from antifraud.annotation.evidence import unproven
from antifraud.annotation.reasoner import Reasoner
from antifraud.labels import RejectReason
from antifraud.records import AnnotatedCall, Call, Dialogue, Rejected, Round
from antifraud.scenarios.packs import ReasoningPack


async def annotate(call: Call, pack: ReasoningPack) -> AnnotatedCall | Rejected:
    """Explain one call with the rule reasoner."""
    if not any(turn.acts for turn in call.turns):
        return _rejected(call, RejectReason.NO_ACTS, "no turn carries an act; the rule reasoner needs them")
    rounds = Reasoner(pack, call).rounds()
    if defect := unproven(rounds, call.turns):
        return _rejected(call, RejectReason.UNPROVEN, defect)
    if wrong := disagreement(rounds, call):
        return _rejected(call, RejectReason.NO_RIGHT_RATIONALE, wrong)
    fields = {name: getattr(call, name) for name in Call.model_fields}
    return AnnotatedCall(**fields, rounds=rounds, annotator="rules", attempts=1, agrees=True)


def disagreement(rounds: tuple[Round, ...], truth: Dialogue) -> str | None:
    """Return the first answer that misses the label of the plan, or None."""
    for round_ in rounds:
        wanted = {"scene": truth.scene, "fraud": truth.is_fraud, "fraud_type": truth.fraud_type}[round_.task]
        answer = round_.answer
        given = {"scene": answer.scene, "fraud": answer.is_fraud, "fraud_type": answer.fraud_type}[round_.task]
        if given != wanted:
            return f"{round_.task}: answered {given!r}, the plan says {wanted!r}"
    return None


def _rejected(call: Call, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(id=call.id, stage="annotate", reason=reason, detail=detail)
