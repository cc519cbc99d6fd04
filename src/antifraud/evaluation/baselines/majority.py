"""The baseline that answers the same, whatever it hears: the commonest label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from antifraud.evaluation.baselines.examples import Example
from antifraud.evaluation.baselines.excerpts import Excerpt
from antifraud.evaluation.baselines.guesses import Guess, Guesser, Guesses
from antifraud.evaluation.truths import TASKS
from antifraud.labels import LabelSet
from antifraud.records import Task


def majority(examples: Sequence[Example]) -> Guesser:
    """Return a guesser of the commonest label of each task, of two equally common ones the one met first."""
    known = {label_set: _commonest(examples, label_set) for label_set in LabelSet}

    def guess(_: Excerpt, label_set: LabelSet) -> Guesses:
        return known[label_set]

    return guess


def _commonest(examples: Sequence[Example], label_set: LabelSet) -> Mapping[Task, Guess]:
    found: dict[Task, Guess] = {}
    for task in TASKS:
        counts = Counter(label for each in examples if (label := each.label(task, label_set)) is not None)
        if counts:
            label, calls = counts.most_common(1)[0]
            found[task] = Guess(label, calls / counts.total())
    return found
