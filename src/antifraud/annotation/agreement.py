"""How often a model's samples were right, by question and true label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import mean

from antifraud.records import AnnotatedCall


def agreement(calls: Iterable[AnnotatedCall]) -> dict[str, dict[str, float]]:
    """Return the mean share of right samples by task and label; empty for calls of the rule reasoner.

    Calls for which no sample was right are not among the annotated ones: disagreements.jsonl has them.
    """
    shares: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for call in calls:
        for round_ in call.rounds:
            if round_.agreement is not None:
                answer = round_.answer
                label = answer.scene or answer.fraud_type or ("fraud" if answer.is_fraud else "lawful")
                shares[round_.task][label].append(round_.agreement)
    return {task: {label: mean(found) for label, found in sorted(labels.items())} for task, labels in shares.items()}
