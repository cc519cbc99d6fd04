"""Calls become annotations: a rationale is kept only when its quotes are real and it reaches the true labels."""

from __future__ import annotations

from pathlib import Path

from antifraud.annotation.evidence import unproven
from antifraud.annotation.hearing import hear
from antifraud.annotation.llm_reasoner import LlmReasoner
from antifraud.annotation.prefixes import prefixes
from antifraud.annotation.reasoner import Reasoner
from antifraud.config import AnnotateConfig
from antifraud.errors import Unanswered
from antifraud.labels import LabelSet, RejectReason
from antifraud.records import AnnotatedCall, Call, Dialogue, Disagreement, Rejected, Round, TurnSound, Verdict
from antifraud.scenarios.packs import ReasoningPack


def annotate(call: Call, folder: Path, pack: ReasoningPack, config: AnnotateConfig) -> AnnotatedCall | Rejected:
    """Explain one call with the rule reasoner.

    Args:
        folder: what the audio path of the call is relative to.

    Raises:
        IntegrityError: the recording cannot be read.
    """
    if not any(turn.acts for turn in call.turns):
        return _rejected(call, RejectReason.NO_ACTS, "no turn carries an act; the rule reasoner needs them")
    sounds = hear(call, folder)
    rounds = Reasoner(pack, call, config.label_set, sounds).rounds()
    if defect := unproven(rounds, call.turns, sounds):
        return _rejected(call, RejectReason.UNPROVEN, defect)
    if wrong := disagreement(rounds, call, config.label_set):
        return _rejected(call, RejectReason.NO_RIGHT_RATIONALE, wrong)
    return _annotated(call, sounds, rounds, config, "rules", 1)


async def annotate_by_model(
    call: Call, folder: Path, reasoner: LlmReasoner, config: AnnotateConfig, annotator: str
) -> tuple[AnnotatedCall | Rejected, Disagreement | None]:
    """Explain one call with a reasoning model; return the result and every answer that was not right.

    Args:
        folder: what the audio path of the call is relative to.
        annotator: the model, for the record.

    Raises:
        IntegrityError: the recording cannot be read.
        ServiceError: the service cannot be used, or the budget is reached.
    """
    sounds = hear(call, folder)
    try:
        argued = await reasoner.argue(call, sounds)
    except Unanswered as exc:
        return _rejected(call, RejectReason.NO_ANSWER, str(exc)), None
    if argued.rounds is None:
        detail = f"no right answer to a round in {config.samples} samples; most were {argued.failed}"
        return _rejected(call, _REASONS[argued.failed or "wrong"], detail), argued.aside
    return _annotated(call, sounds, argued.rounds, config, annotator, argued.attempts), argued.aside


_REASONS: dict[Verdict, RejectReason] = {
    "wrong": RejectReason.NO_RIGHT_RATIONALE,
    "unproven": RejectReason.UNPROVEN,
    "unusable": RejectReason.UNUSABLE_ANSWER,
}


def _annotated(
    call: Call,
    sounds: tuple[TurnSound, ...],
    rounds: tuple[Round, ...],
    config: AnnotateConfig,
    annotator: str,
    attempts: int,
) -> AnnotatedCall:
    fields = {name: getattr(call, name) for name in Call.model_fields}
    return AnnotatedCall(
        **fields,
        sounds=sounds,
        rounds=rounds,
        prefixes=prefixes(call, config.cuts),
        annotator=annotator,
        label_set=config.label_set,
        attempts=attempts,
        agrees=True,
    )


def disagreement(rounds: tuple[Round, ...], truth: Dialogue, labels: LabelSet) -> str | None:
    """Return the first answer that misses the label of the plan, or None."""
    for round_ in rounds:
        wanted = {"scene": truth.scene, "fraud": truth.is_fraud, "fraud_type": truth.label_in(labels)}[round_.task]
        answer = round_.answer
        given = {"scene": answer.scene, "fraud": answer.is_fraud, "fraud_type": answer.fraud_type}[round_.task]
        if given != wanted:
            return f"{round_.task}: answered {given!r}, the plan says {wanted!r}"
    return None


def _rejected(call: Call, reason: RejectReason, detail: str) -> Rejected:
    return Rejected(id=call.id, stage="annotate", reason=reason, detail=detail)
