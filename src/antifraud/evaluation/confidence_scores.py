"""What a stated confidence is worth: ranking (AUROC), calibration (ECE), and recall at few false alarms."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from antifraud.evaluation.classification import share
from antifraud.evaluation.matching import Answers, fraud_code
from antifraud.evaluation.redrawing import Block, Floats
from antifraud.evaluation.truths import Bench

CALIBRATION_BINS: Final = 10
"""Of equal width, as in Guo et al. 2017, arXiv 1706.04599, who use 15; stated confidences are mostly tenths."""
FALSE_ALARM_RATES: Final = {"1pct": 0.01, "5pct": 0.05}
_SCORE_STEPS: Final = 1000
"""Steps of the probability of fraud where intervals are drawn; the figures themselves are exact."""
_NO_LESS: Final = 1e-9
"""Calls: 5 % of 700 may be held as a little less than 35."""

Flags = NDArray[np.bool_]


def certainty(bench: Bench, answers: Answers) -> tuple[Floats, Flags, Floats]:
    """Return the probability of fraud, whether the verdict is right, and how certain the model is, shape (calls,).

    What is not stated is certain, and what cannot be read is certain of the wrong verdict.
    """
    fraud, truth, verdict = fraud_code(bench), bench.truth["fraud"], answers.strict["fraud"]
    readable = verdict < len(bench.labels["fraud"])
    right = verdict == truth
    certain = np.where(np.isnan(answers.confidence), 1.0, answers.confidence)
    says_fraud = np.where(readable, verdict == fraud, truth != fraud)
    return np.where(says_fraud, certain, 1 - certain), right, certain


def confidence_blocks(bench: Bench, answers: Answers) -> dict[str, Block]:
    """Return the blocks of ranking and calibration; empty where no answer states a confidence."""
    if "fraud" not in answers.strict or np.isnan(answers.confidence).all():
        return {}
    probability, right, certain = certainty(bench, answers)
    levels, cell = _ranked(bench, np.round(probability * _SCORE_STEPS))
    ranking = Block(2 * levels, cell, bench.storyline, ranking_figures)
    bins = np.minimum((certain * CALIBRATION_BINS).astype(np.intp), CALIBRATION_BINS - 1)
    calibration = Block(
        2 * CALIBRATION_BINS,
        np.concatenate([bins, bins + CALIBRATION_BINS]),
        np.tile(bench.storyline, 2),
        calibration_figures,
        np.concatenate([right - certain, np.ones(certain.size)]),
    )
    return {"ranking": ranking, "calibration": calibration}


def exact_ranking(bench: Bench, answers: Answers) -> dict[str, float]:
    """Return the figures of ranking by the probabilities as they are."""
    levels, cell = _ranked(bench, certainty(bench, answers)[0])
    counts = np.bincount(cell, minlength=2 * levels).astype(np.float64)
    return {name: float(value) for name, value in ranking_figures(counts).items()}


def _ranked(bench: Bench, probability: Floats) -> tuple[int, NDArray[np.intp]]:
    """Return how many levels there are, and the cell of each call: its level, fraud calls behind the lawful ones."""
    levels, level = np.unique(probability, return_inverse=True)
    is_fraud = bench.truth["fraud"] == fraud_code(bench)
    return len(levels), level + np.where(is_fraud, len(levels), 0)


def ranking_figures(counts: Floats) -> dict[str, Floats]:
    """Return AUROC, ties counted half, and recall at fixed false-alarm rates.

    Args:
        counts: shape (…, 2 × levels): lawful calls by rising probability of fraud, then fraud calls.
    """
    lawful, fraud = np.split(counts, 2, axis=-1)
    lawful_total, fraud_total = lawful.sum(axis=-1), fraud.sum(axis=-1)
    below = np.cumsum(lawful, axis=-1) - lawful / 2
    found = {"auroc": share((below * fraud).sum(axis=-1), lawful_total * fraud_total)}
    alarms = np.cumsum(lawful[..., ::-1], axis=-1)
    caught = np.cumsum(fraud[..., ::-1], axis=-1)
    for name, rate in FALSE_ALARM_RATES.items():
        allowed = alarms <= rate * lawful_total[..., None] + _NO_LESS
        recall = share((caught * allowed).max(axis=-1), fraud_total)
        found[f"recall_at_{name}_false_alarms"] = np.where(lawful_total > 0, recall, np.nan)
    return found


def calibration_figures(counts: Floats) -> dict[str, Floats]:
    """Return the expected calibration error: |right − certain| of each bin, by its share of the calls.

    Args:
        counts: shape (…, 2 × bins): sums of right − certain, then calls.
    """
    gaps, calls = np.split(counts, 2, axis=-1)
    return {"ece": share(np.abs(gaps).sum(axis=-1), calls.sum(axis=-1))}


def stated_share(bench: Bench, answers: Answers) -> float:
    """Return how many of the readable verdicts state a confidence."""
    readable = answers.strict["fraud"] < len(bench.labels["fraud"])
    return float((readable & ~np.isnan(answers.confidence)).sum() / max(readable.sum(), 1))
