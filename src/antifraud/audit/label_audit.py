"""Label audit: does each call prove its label, and does a reader who sees only the text agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from antifraud.labels import FRAUD_ACTS, Speaker
from antifraud.records import Dialogue, Evidence, Record


class Reading(Protocol):
    """What a reader makes of a call that it sees as text alone: a rule reader's answer or a chat model's."""

    @property
    def is_fraud(self) -> bool | None:
        """None where the reader cannot decide; that counts as disagreement."""

    @property
    def turn(self) -> int | None:
        """The turn that it goes by, or None."""

    @property
    def quote(self) -> str:
        """Literal words of that turn, or nothing."""

    @property
    def why(self) -> str:
        """Who asks whom for what, in a sentence."""


Reader = Callable[[Dialogue], Reading]


class Opinion(Record):
    """A reading as it is noted; a chat model's that could not be had is undecided, and says why."""

    is_fraud: bool | None
    turn: int | None = None
    quote: str = ""
    why: str


class Unproven(Record):
    """A call whose label is not proven, and why."""

    id: str
    faults: tuple[str, ...]


class Disagreement(Record):
    """Both readings of a call on which label and reader differ."""

    id: str
    is_fraud: bool
    decisive: Evidence | None
    reading: Opinion


class LabelAudit(Record):
    """How far the labels hold."""

    proven_share: float | None
    """Share of calls without a fault; None where no turn of the set tells its acts, as in files from elsewhere."""
    faults: dict[str, int]
    """Calls by fault."""
    unproven: tuple[Unproven, ...]
    agreement_share: float | None
    """Share of calls that the reader labels as the record does; None without a reader."""
    undecided: int | None
    """Calls on which the reader cannot decide."""
    disagreements: tuple[Disagreement, ...]


def label_audit(dialogues: Sequence[Dialogue], reader: Reader | None = None) -> LabelAudit:
    """Audit the labels of at least one dialogue; the reader is given sales too, which are not fraud."""
    tells_acts = any(turn.acts for dialogue in dialogues for turn in dialogue.turns)
    unproven: list[Unproven] = []
    if tells_acts:
        found = ((dialogue.id, tuple(label_faults(dialogue))) for dialogue in dialogues)
        unproven = [Unproven(id=name, faults=faults) for name, faults in found if faults]
    disagreements = tuple(_disagreements(dialogues, reader)) if reader else ()
    total = len(dialogues)
    return LabelAudit(
        proven_share=(total - len(unproven)) / total if tells_acts else None,
        faults=dict(Counter(fault for call in unproven for fault in call.faults).most_common()),
        unproven=tuple(unproven),
        agreement_share=(total - len(disagreements)) / total if reader else None,
        undecided=sum(one.reading.is_fraud is None for one in disagreements) if reader else None,
        disagreements=disagreements,
    )


def label_faults(dialogue: Dialogue) -> Iterator[str]:
    """Yield what speaks against the label of a call; the decisive evidence of everyday calls may be missing."""
    fraud_turns = [turn for turn in dialogue.turns if not FRAUD_ACTS.isdisjoint(turn.acts)]
    if not dialogue.is_fraud and fraud_turns:
        yield "fraud act in a call that is not fraud"
    if dialogue.decisive is not None:
        yield from _evidence_faults(dialogue, dialogue.decisive)
    elif dialogue.is_fraud or dialogue.family is not None:
        yield "no decisive evidence"
    if dialogue.is_fraud and not fraud_turns:
        yield "no fraud act in a fraud call"
    elif dialogue.is_fraud and dialogue.decisive and dialogue.decisive.turn != fraud_turns[0].index:
        yield "decisive is not the first fraud act"


def _evidence_faults(dialogue: Dialogue, decisive: Evidence) -> Iterator[str]:
    if decisive.turn >= len(dialogue.turns):
        yield "decisive turn does not exist"
        return
    turn = dialogue.turns[decisive.turn]
    if decisive.quote not in turn.text:
        yield "quote is not in the turn"
    if turn.speaker is not Speaker.CALLER:
        yield "decisive turn is not the caller's"
    if decisive.act is None or decisive.act not in turn.acts:
        yield "decisive act is not an act of the turn"
    if (decisive.act in FRAUD_ACTS) != dialogue.is_fraud:
        yield "decisive act speaks against the label"


def _disagreements(dialogues: Sequence[Dialogue], reader: Reader) -> Iterator[Disagreement]:
    for dialogue in dialogues:
        reading = reader(dialogue)
        if reading.is_fraud != dialogue.is_fraud:
            noted = Opinion(is_fraud=reading.is_fraud, turn=reading.turn, quote=reading.quote, why=reading.why)
            yield Disagreement(id=dialogue.id, is_fraud=dialogue.is_fraud, decisive=dialogue.decisive, reading=noted)
