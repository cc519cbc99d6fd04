"""What a dialogue must be before anything is made of it; the first defect found is the reason it is refused."""

from __future__ import annotations

from collections.abc import Iterator

from antifraud.defects import Defect, form_defects, text_defects
from antifraud.labels import FRAUD_ACTS, Act, Outcome, RejectReason, Speaker
from antifraud.records import Dialogue, Turn

_SHOWN_BY: dict[Outcome, frozenset[Act]] = {
    Outcome.COMPLIED: frozenset({Act.COMPLY}),
    Outcome.SETTLED: frozenset({Act.COMPLY, Act.ACKNOWLEDGE}),
    Outcome.REFUSED: frozenset({Act.REFUSE}),
    Outcome.DECLINED: frozenset({Act.REFUSE}),
    Outcome.WILL_VERIFY: frozenset({Act.INDEPENDENT_CHECK}),
    Outcome.UNRESOLVED: frozenset({Act.HESITATE, Act.DISTRACTED, Act.DOUBT, Act.ASK_QUESTION}),
}
_LAST_TURNS = 3


def first_defect(dialogue: Dialogue) -> Defect | None:
    """Return the first thing wrong with a dialogue of any source, or None."""
    return next(form_defects(dialogue.turns), None) or next(text_defects(dialogue.turns), None)


def text_defect(turn: Turn) -> Defect | None:
    """Return the first thing wrong with the words of one turn, or None."""
    return next(text_defects((turn,)), None)


def first_contradiction(dialogue: Dialogue, *, as_planned: bool = True) -> Defect | None:
    """Return where the acts of a generated dialogue contradict its label or its ending, or None.

    Args:
        as_planned: the outcome must be the intended one.
    """
    if as_planned and dialogue.ending.outcome is not dialogue.intended_outcome:
        planned = f"ended {dialogue.ending.outcome}, planned {dialogue.intended_outcome}"
        return next(_label(dialogue), (RejectReason.ENDING_MISMATCH, planned))
    return next(_label(dialogue), None) or next(_ending(dialogue), None)


def _label(dialogue: Dialogue) -> Iterator[Defect]:
    decisive = {act for turn in dialogue.turns for act in turn.acts} & FRAUD_ACTS
    if dialogue.is_fraud and not decisive:
        yield RejectReason.LABEL_MISMATCH, "labelled fraud, but no fraud act occurs"
    if not dialogue.is_fraud and decisive:
        yield RejectReason.LABEL_MISMATCH, f"labelled lawful, but {sorted(decisive)[0]} occurs"


def _ending(dialogue: Dialogue) -> Iterator[Defect]:
    outcome = dialogue.ending.outcome
    last = [turn for turn in dialogue.turns if turn.speaker is Speaker.CALLEE and not turn.is_backchannel]
    shown = {act for turn in last[-_LAST_TURNS:] for act in turn.acts}
    if not shown & _SHOWN_BY.get(outcome, frozenset(shown)):
        yield RejectReason.ENDING_MISMATCH, f"ended {outcome}, but the callee's last turns show {sorted(shown)}"
