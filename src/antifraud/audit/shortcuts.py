"""Shortcut audit: how far simple classifiers get that understand nothing.

Cross-validated macro-F1 of TF-IDF of character 1- to 3-grams with logistic regression on parts of the text, and of
nine lengths alone; a storyline is never in training and test at once. Calibrated on the sample of 300 + 200 released
dialogues, for which the reference figures are 1.000 (full text, first caller turn) and .979 (lengths).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from antifraud.audit.macro_f1 import Flags, Groups, Score, macro_f1
from antifraud.audit.texts import VIEWS, View, view
from antifraud.likeness.turn_lengths import length_features
from antifraud.records import Dialogue, Record

Comparison = Literal["fraud_vs_lawful", "fraud_vs_sibling"]
Input = View | Literal["lengths"]
INPUTS: Final[tuple[Input, ...]] = (*VIEWS, "lengths")
COMPARISONS: Final[tuple[Comparison, ...]] = ("fraud_vs_lawful", "fraud_vs_sibling")

FOLDS: Final = 5
_LONGEST_GRAM: Final = 3
_RAREST_GRAM_DIALOGUES: Final = 2
_MOST_GRAMS: Final = 100_000
"""The commonest ones: keeps the matrix of 10,000 dialogues below 0.2 GB."""
_TEXT_LOOSENESS: Final = 10.0
"""Inverse of the penalty; with 1 the full text of the reference sample gives .998, with 10 it gives 1.0, and a
character that only fraud holds is found among 200 storylines rather than 600."""
_LENGTHS_LOOSENESS: Final = 1.0
"""Gives the .979 of the reference figure; 10 gives .981."""
_MOST_STEPS: Final = 2000
_STRONGEST: Final = 25


class Gram(Record):
    """A run of characters and its weight: how far it speaks for fraud (above 0) or against."""

    gram: str
    weight: float


class Separation(Record):
    """How well a comparison is told apart."""

    fraud_calls: int
    other_calls: int
    storylines: int
    scores: dict[Input, Score | None]
    """None where there are fewer storylines of a class than folds."""
    for_fraud: tuple[Gram, ...]
    """The strongest n-grams of the full text, by a classifier fitted on all calls."""
    for_other: tuple[Gram, ...]


class Shortcuts(Record):
    """Both comparisons; a pushy but legal sale counts as not fraud, and is no sibling."""

    fraud_vs_lawful: Separation | None
    """None where it was not asked for."""
    fraud_vs_sibling: Separation | None


@dataclass(frozen=True)
class _Task:
    """Rows of a comparison: shape (calls,); storylines count from 0."""

    rows: NDArray[np.intp]
    is_fraud: Flags
    storyline: Groups
    fold: NDArray[np.intp]

    @property
    def can_be_split(self) -> bool:
        """Every fold needs both classes in its training part."""
        return all(len(set(self.storyline[self.is_fraud == kind])) >= FOLDS for kind in (True, False))


def shortcuts(
    dialogues: Sequence[Dialogue],
    seed: int,
    *,
    comparisons: Sequence[Comparison] = COMPARISONS,
    inputs: Sequence[Input] = INPUTS,
) -> Shortcuts:
    """Try the classifiers; one part of the text at a time is in memory as a matrix."""
    tasks = {name: _task(dialogues, name, seed) for name in comparisons}
    scores: dict[Comparison, dict[Input, Score | None]] = {name: {} for name in comparisons}
    grams: dict[Comparison, tuple[tuple[Gram, ...], tuple[Gram, ...]]] = {}
    for part in inputs:
        counts, names = _features(dialogues, part)
        for name, task in tasks.items():
            scores[name][part] = _score(counts, task, part, seed)
            if part == "full" and task.can_be_split:
                grams[name] = _strongest(counts, names, task)
    found: dict[Comparison, Separation] = {}
    for name, task in tasks.items():
        for_fraud, for_other = grams.get(name, ((), ()))
        found[name] = Separation(
            fraud_calls=int(task.is_fraud.sum()),
            other_calls=int((~task.is_fraud).sum()),
            storylines=len(set(task.storyline)),
            scores=scores[name],
            for_fraud=for_fraud,
            for_other=for_other,
        )
    return Shortcuts(fraud_vs_lawful=found.get("fraud_vs_lawful"), fraud_vs_sibling=found.get("fraud_vs_sibling"))


def sibling_storylines(dialogues: Sequence[Dialogue]) -> frozenset[str]:
    """Return the storylines that hold both a fraud and a lawful branch."""
    of_branch = {
        branch: {dialogue.storyline for dialogue in dialogues if dialogue.branch == branch}
        for branch in ("fraud", "lawful")
    }
    return frozenset(of_branch["fraud"] & of_branch["lawful"])


def deal_folds(dialogues: Sequence[Dialogue], seed: int) -> list[int]:
    """Return the fold of each dialogue; storylines of a kind are shuffled by the seed and dealt in turn."""
    kinds: dict[str, set[str]] = {}
    for dialogue in dialogues:
        kinds.setdefault(dialogue.storyline, set()).add(dialogue.branch)
    names = sorted(kinds)
    Random(f"{seed}:folds").shuffle(names)
    names.sort(key=lambda name: sorted(kinds[name]))
    fold_of = {name: place % FOLDS for place, name in enumerate(names)}
    return [fold_of[dialogue.storyline] for dialogue in dialogues]


def _task(dialogues: Sequence[Dialogue], comparison: Comparison, seed: int) -> _Task:
    chosen = list(range(len(dialogues)))
    if comparison == "fraud_vs_sibling":
        siblings = sibling_storylines(dialogues)
        chosen = [row for row in chosen if dialogues[row].storyline in siblings and dialogues[row].branch != "sales"]
    compared = [dialogues[row] for row in chosen]
    numbers = {name: number for number, name in enumerate(sorted({dialogue.storyline for dialogue in compared}))}
    return _Task(
        rows=np.array(chosen, dtype=np.intp),
        is_fraud=np.array([dialogue.is_fraud for dialogue in compared], dtype=np.bool_),
        storyline=np.array([numbers[dialogue.storyline] for dialogue in compared], dtype=np.intp),
        fold=np.array(deal_folds(compared, seed), dtype=np.intp),
    )


def _features(dialogues: Sequence[Dialogue], part: Input) -> tuple[Any, list[str]]:
    """Return counts, shape (dialogues, features), and the names of the features where they are n-grams."""
    if part == "lengths":
        return length_features(dialogue.turns for dialogue in dialogues), []
    texts = [view(dialogue, part) for dialogue in dialogues]
    counter = CountVectorizer(
        analyzer="char",
        ngram_range=(1, _LONGEST_GRAM),
        min_df=min(_RAREST_GRAM_DIALOGUES, len(texts)),
        max_features=_MOST_GRAMS,
        lowercase=False,
        dtype=np.float32,
    )
    try:
        counts = counter.fit_transform(texts)
    except ValueError:  # no n-gram occurs twice
        return csr_matrix((len(texts), 1), dtype=np.float32), [""]
    return counts, list(counter.get_feature_names_out())


def _classifier(part: Input) -> Pipeline:
    if part == "lengths":
        return make_pipeline(StandardScaler(), LogisticRegression(C=_LENGTHS_LOOSENESS, max_iter=_MOST_STEPS))
    decide = LogisticRegression(C=_TEXT_LOOSENESS, max_iter=_MOST_STEPS)
    return make_pipeline(TfidfTransformer(sublinear_tf=True), decide)


def _score(counts: Any, task: _Task, part: Input, seed: int) -> Score | None:
    if not task.can_be_split:
        return None
    guess = np.zeros(len(task.rows), dtype=np.bool_)
    for fold in range(FOLDS):
        test = task.fold == fold
        model = _classifier(part).fit(counts[task.rows[~test]], task.is_fraud[~test])
        guess[test] = model.predict(counts[task.rows[test]])
    return macro_f1(task.is_fraud, guess, task.storyline, seed)


def _strongest(counts: Any, names: Sequence[str], task: _Task) -> tuple[tuple[Gram, ...], tuple[Gram, ...]]:
    model = _classifier("full").fit(counts[task.rows], task.is_fraud)
    weights = model[-1].coef_[0]
    order = np.argsort(weights)
    grams = [Gram(gram=names[place], weight=round(float(weights[place]), 3)) for place in order]
    return (
        tuple(gram for gram in reversed(grams[-_STRONGEST:]) if gram.weight > 0),
        tuple(gram for gram in grams[:_STRONGEST] if gram.weight < 0),
    )
