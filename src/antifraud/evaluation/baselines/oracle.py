"""Not a model: reads the acts of the references, to show that the labels are in the calls and the scores can be 1."""

from __future__ import annotations

from antifraud.evaluation.answer_words import FRAUD, NORMAL
from antifraud.evaluation.baselines.excerpts import turns_heard
from antifraud.evaluation.baselines.guesses import Guess, Guesses
from antifraud.labels import FRAUD_ACTS, LabelSet, Speaker
from antifraud.records import Task
from antifraud.snapshot import Reference


def oracle_guesses(reference: Reference, heard_seconds: float | None) -> Guesses:
    """Return fraud where the caller has done a decisive act so far; scene and type are told as they are."""
    heard = [turn for turn in turns_heard(reference, heard_seconds) if turn.speaker is Speaker.CALLER]
    acts = {act for turn in heard for act in turn.acts}
    kind = reference.official_category if reference.label_set is LabelSet.OFFICIAL else reference.fraud_type
    found: dict[Task, Guess] = {"fraud": Guess(FRAUD if acts & FRAUD_ACTS else NORMAL, 1.0)}
    if reference.scene:
        found["scene"] = Guess(reference.scene, 1.0)
    if kind:
        found["fraud_type"] = Guess(kind, 1.0)
    return found
