"""Macro-F1 over two classes, with an interval that knows which calls hang together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antifraud.records import Record

BOOTSTRAP_DRAWS: Final = 1000
_DRAWS_AT_ONCE: Final = 100
"""Keeps the weights of 10,000 storylines at 8 MB."""
_INTERVAL_PERCENTILES: Final = (2.5, 97.5)

Flags = NDArray[np.bool_]
Groups = NDArray[np.intp]
Cells = NDArray[np.float64]


class Score(Record):
    """Macro-F1 with its 95 % interval from a bootstrap over storylines."""

    macro_f1: float
    low: float
    high: float


def macro_f1(truth: Flags, guess: Flags, storyline: Groups, seed: int) -> Score:
    """Return macro-F1 over both classes; for its interval whole storylines are redrawn, whose calls hang together.

    Args:
        truth: shape (calls,), as is `guess`.
        storyline: shape (calls,), numbers from 0.
    """
    size = int(storyline.max()) + 1
    hits = (truth & guess, truth & ~guess, ~truth & guess, ~truth & ~guess)
    cells = np.stack([np.bincount(storyline, hit, size) for hit in hits])
    draws = np.concatenate([_macro_f1(cells @ weights.T) for weights in _weights(size, seed)])
    low, high = np.percentile(draws, _INTERVAL_PERCENTILES)
    return Score(macro_f1=float(_macro_f1(cells.sum(axis=1))), low=float(low), high=float(high))


def _weights(size: int, seed: int) -> Iterator[Cells]:
    rng = np.random.default_rng(seed)
    for _ in range(BOOTSTRAP_DRAWS // _DRAWS_AT_ONCE):
        yield rng.multinomial(size, np.full(size, 1 / size), _DRAWS_AT_ONCE).astype(np.float64)


def _macro_f1(cells: Cells) -> Cells:
    """Return macro-F1 of hits, misses, false alarms and rightly passed; a class that is not there scores 0."""
    hits, misses, alarms, passed = cells
    wrong = misses + alarms
    fraud: Cells = 2 * hits / np.maximum(2 * hits + wrong, 1)
    other: Cells = 2 * passed / np.maximum(2 * passed + wrong, 1)
    return (fraud + other) / 2
