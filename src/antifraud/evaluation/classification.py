"""Scores of labels against labels: from a confusion matrix, or from many at once.

A matrix has one row for each label of the closed set, and two columns more: calls whose answer cannot be read, and
calls without one. Both are wrong in every score; numbers are scikit-learn's with the two as one class that no call has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from antifraud.evaluation.redrawing import Floats

NO_LABEL_COLUMNS: Final = 2
"""Unreadable, and not given."""


def share(part: Floats, whole: Floats, nothing: float = np.nan) -> Floats:
    """Return part / whole, and `nothing` where the whole is 0."""
    shares: Floats = np.full(np.broadcast(part, whole).shape, nothing)
    return np.asarray(np.divide(part, whole, out=shares, where=whole != 0))


@dataclass(frozen=True)
class Marginals:
    """Per class, shape (…, labels)."""

    right: Floats
    support: Floats
    predicted: Floats

    @classmethod
    def of(cls, matrix: Floats) -> Marginals:
        """Return those of matrices of shape (…, labels, labels + 2)."""
        among_labels = matrix[..., :-NO_LABEL_COLUMNS]
        right = np.diagonal(among_labels, axis1=-2, axis2=-1)
        return cls(right, matrix.sum(axis=-1), among_labels.sum(axis=-2))

    @property
    def precision(self) -> Floats:
        return share(self.right, self.predicted, 0.0)

    @property
    def recall(self) -> Floats:
        return share(self.right, self.support, 0.0)

    @property
    def f1(self) -> Floats:
        return share(2 * self.right, self.predicted + self.support, 0.0)


def matrix_of(counts: Floats, labels: int) -> Floats:
    """Return counts of shape (…, labels × (labels + 2)) as matrices."""
    return counts.reshape(*counts.shape[:-1], labels, labels + NO_LABEL_COLUMNS)


def scores(matrix: Floats) -> dict[str, Floats]:
    """Return every score over all classes, each of shape (…).

    `macro` means are over the whole closed set, in which a label that nothing has and nobody answers scores 0;
    `supported_macro_f1` leaves labels out that no call has, as for a set of seven of the eight types. `invalid_rate`
    is the share of the unreadable among the answers that were given.
    """
    each = Marginals.of(matrix)
    calls, has_support = each.support.sum(axis=-1), each.support > 0
    classes = has_support.sum(axis=-1).astype(np.float64)
    weight = share(each.support, calls[..., None])
    unreadable, not_given = np.moveaxis(matrix[..., -NO_LABEL_COLUMNS:].sum(axis=-2), -1, 0)
    found = {
        "accuracy": share(each.right.sum(axis=-1), calls),
        "balanced_accuracy": share((each.recall * has_support).sum(axis=-1), classes),
        "macro_f1": each.f1.mean(axis=-1),
        "supported_macro_f1": share((each.f1 * has_support).sum(axis=-1), classes),
        "weighted_f1": (each.f1 * weight).sum(axis=-1),
        "micro_f1": share(2 * each.right.sum(axis=-1), each.predicted.sum(axis=-1) + calls),
        "macro_precision": each.precision.mean(axis=-1),
        "weighted_precision": (each.precision * weight).sum(axis=-1),
        "macro_recall": each.recall.mean(axis=-1),
        "weighted_recall": (each.recall * weight).sum(axis=-1),
        "matthews": matthews(matrix),
        "invalid_rate": share(unreadable, calls - not_given),
        "not_given_share": share(not_given, calls),
    }
    return {name: np.where(calls > 0, value, np.nan) for name, value in found.items()}


def matthews(matrix: Floats) -> Floats:
    """Return Matthews' correlation for several classes, no label being one of them; 0 where only one class occurs.

    Source: Gorodkin 2004, doi 10.1016/j.compbiolchem.2004.09.006.
    """
    each = Marginals.of(matrix)
    calls, right = each.support.sum(axis=-1), each.right.sum(axis=-1)
    none_squared = (calls - each.predicted.sum(axis=-1)) ** 2
    covariance = right * calls - (each.support * each.predicted).sum(axis=-1)
    true_spread = calls**2 - (each.support**2).sum(axis=-1)
    answer_spread = calls**2 - (each.predicted**2).sum(axis=-1) - none_squared
    return share(covariance, np.sqrt(true_spread * answer_spread), 0.0)


def of_class(matrix: Floats, label: int) -> dict[str, Floats]:
    """Return precision, recall and F1 of one class, how often it is answered, and how often wrongly."""
    each = Marginals.of(matrix)
    calls = each.support.sum(axis=-1)
    others = calls - each.support[..., label]
    return {
        "precision": share(each.right[..., label], each.predicted[..., label], 0.0),
        "recall": share(each.right[..., label], each.support[..., label]),
        "f1": share(2 * each.right[..., label], each.predicted[..., label] + each.support[..., label], 0.0),
        "false_alarm_rate": share(each.predicted[..., label] - each.right[..., label], others),
        "answered_share": share(each.predicted[..., label], calls),
    }


def per_class(matrix: Floats, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return precision, recall, F1, support and answers of each class of one matrix."""
    each = Marginals.of(matrix)
    return {
        label: {
            "precision": float(each.precision[at]),
            "recall": float(each.recall[at]),
            "f1": float(each.f1[at]),
            "support": int(each.support[at]),
            "answered": int(each.predicted[at]),
        }
        for at, label in enumerate(labels)
    }
