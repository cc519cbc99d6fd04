"""Whether a model answers the same whatever it hears.

TeleAntiFraud 2.0 (arXiv 2609.18748) found 21 of 27 configurations to collapse so, 11 of them to FRAUD; its limits are
not known here, and those below are a design choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from antifraud.evaluation.classification import Marginals
from antifraud.evaluation.redrawing import Floats
from antifraud.evaluation.results import Judgement, Spread

_COLLAPSED_SHARE: Final = 0.95
"""Of the readable answers that name one label."""
_EARNED_MARGIN: Final = 0.1
"""How far above the label's true share that must lie: on calls of one label, answering it always is right."""
_BIASED_DISTANCE: Final = 0.2
"""Total variation distance: at two classes, answering one 20 points too often."""
_READABLE_SHARE: Final = 0.5


def spread_of(matrix: Floats, labels: Sequence[str]) -> Spread:
    """Return what is answered and what is true, from a matrix of shape (labels, labels + 2)."""
    each = Marginals.of(matrix)
    answered, true, calls = each.predicted, each.support, matrix.sum()
    readable = answered.sum()
    answer_shares = answered / max(readable, 1)
    true_shares = true / max(calls, 1)
    readable_share = float(readable / max(calls, 1))
    most = int(answer_shares.argmax())
    distance = float(abs(answer_shares - true_shares).sum() / 2) if readable else 1.0
    excess = float(answer_shares[most] - true_shares[most])
    return Spread(
        answered=dict(zip(labels, answer_shares.tolist())),
        true=dict(zip(labels, true_shares.tolist())),
        readable_share=readable_share,
        most_answered=labels[most] if readable else None,
        distance=distance,
        verdict=_verdict(readable_share, float(answer_shares[most]), excess, distance),
    )


def _verdict(readable_share: float, most_share: float, excess: float, distance: float) -> Judgement:
    if readable_share < _READABLE_SHARE:
        return "unreadable"
    if most_share >= _COLLAPSED_SHARE and excess > _EARNED_MARGIN:
        return "collapsed"
    return "biased" if distance > _BIASED_DISTANCE else "balanced"
