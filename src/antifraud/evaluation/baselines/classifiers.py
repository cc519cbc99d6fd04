"""Baselines that learn: logistic regression on n-grams of characters, on lengths, or on how a call sounds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from antifraud.evaluation.baselines.examples import Example
from antifraud.evaluation.baselines.excerpts import Excerpt
from antifraud.evaluation.baselines.guesses import Guess, Guesser, Guesses
from antifraud.evaluation.baselines.mel_statistics import mel_statistics
from antifraud.evaluation.truths import TASKS
from antifraud.labels import LabelSet
from antifraud.likeness.turn_lengths import length_features
from antifraud.records import Task

Heard = Literal["tfidf", "lengths", "logmel"]

_GRAMS: Final = (2, 3)
_RAREST_GRAM_CALLS: Final = 2
_FEW_CALLS: Final = 10
"""Up to so many every run of characters counts: in two calls none may occur twice."""
_MOST_GRAMS: Final = 100_000
"""The commonest ones: keeps the matrix of 10,000 calls below 0.2 GB."""
_TEXT_LOOSENESS: Final = 10.0
"""Inverse of the penalty, as in the shortcut audit."""
_FIGURE_LOOSENESS: Final = 1.0
_MOST_STEPS: Final = 2000


@dataclass(frozen=True)
class _Task:
    """One task, learnt."""

    labels: Sequence[str]
    model: Any
    """None where training knows one label alone."""

    def guess(self, features: Any) -> Guess:
        if self.model is None:
            return Guess(self.labels[0], 1.0)
        shares = self.model.predict_proba(features)[0]
        best = int(shares.argmax())
        return Guess(self.labels[best], float(shares[best]))


def classifier(name: Heard, examples: Sequence[Example], release: Path, label_sets: Iterable[LabelSet]) -> Guesser:
    """Learn all three tasks from the same features; a task without any label in training stays unanswered.

    Raises:
        IntegrityError: a recording of the release cannot be read; logmel alone opens them.
    """
    listen = _listener(name, _RAREST_GRAM_CALLS if len(examples) > _FEW_CALLS else 1)
    features = listen.fit_transform([example.excerpt(release) for example in examples])
    looseness = _TEXT_LOOSENESS if name == "tfidf" else _FIGURE_LOOSENESS
    learnt: dict[tuple[Task, LabelSet], _Task] = {}
    for label_set in label_sets:
        for task in TASKS:
            labels = [example.label(task, label_set) for example in examples]
            if any(labels):
                learnt[task, label_set] = _learn(features, labels, looseness)

    def guess(excerpt: Excerpt, label_set: LabelSet) -> Guesses:
        heard = listen.transform([excerpt])
        return {task: learnt[task, label_set].guess(heard) for task in TASKS if (task, label_set) in learnt}

    return guess


def _learn(features: Any, labels: Sequence[str | None], looseness: float) -> _Task:
    rows = [row for row, label in enumerate(labels) if label is not None]
    known = np.array([str(labels[row]) for row in rows])
    names = sorted(set(known))
    if len(names) == 1:
        return _Task(names, None)
    model = LogisticRegression(C=looseness, max_iter=_MOST_STEPS).fit(features[rows], known)
    return _Task([str(name) for name in model.classes_], model)


def _listener(name: Heard, rarest_gram_calls: int) -> Pipeline:
    """Return what turns excerpts into features, shape (calls, features)."""
    if name == "tfidf":
        grams = TfidfVectorizer(
            analyzer="char",
            ngram_range=_GRAMS,
            min_df=rarest_gram_calls,
            max_features=_MOST_GRAMS,
            lowercase=False,
            sublinear_tf=True,
            dtype=np.float32,
        )
        return make_pipeline(FunctionTransformer(_texts), grams)
    figures: Callable[[Sequence[Excerpt]], NDArray[np.float64]] = _lengths if name == "lengths" else mel_statistics
    return make_pipeline(FunctionTransformer(figures), StandardScaler())


def _texts(excerpts: Sequence[Excerpt]) -> list[str]:
    return ["\n".join(turn.text for turn in excerpt.turns) for excerpt in excerpts]


def _lengths(excerpts: Sequence[Excerpt]) -> NDArray[np.float64]:
    """Return the nine lengths of the turns and the seconds, shape (calls, 10)."""
    seconds = np.array([[excerpt.duration_seconds] for excerpt in excerpts])
    return np.hstack([length_features(excerpt.turns for excerpt in excerpts), seconds])
