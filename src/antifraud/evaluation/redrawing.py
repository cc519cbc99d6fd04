"""The bootstrap over storylines: counts by cell and storyline, redrawn with whole storylines."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from antifraud.records import Record

DRAWS: Final = 1000
"""A design choice; the ends of a 95 % interval then stand on 25 draws each."""
_NUMBERS_AT_ONCE: Final = 2_500_000
"""Weights, and counts, that are held at once: 20 MB of each."""
_INTERVAL_PERCENTILES: Final = (2.5, 97.5)

Floats = NDArray[np.float64]
K = TypeVar("K", bound=Hashable)
Measure = Callable[[Floats], Mapping[str, Floats]]
"""From counts of shape (…, cells) to named figures of shape (…); NaN where a figure is not defined."""


class Figure(Record):
    """A figure with its 95 % interval over storylines; None where it is not defined."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Block:
    """Counts that figures are computed from: each entry adds its amount to a cell, and belongs to a storyline."""

    size: int
    """How many cells there are."""
    cell: NDArray[np.intp]
    """Shape (entries,), as are the others."""
    storyline: NDArray[np.intp]
    measure: Measure
    amount: Floats | None = None
    """1 each where it is None."""


@dataclass(frozen=True)
class Redrawn:
    """Figures of a block: what was measured, and what every draw would have given, shape (draws,)."""

    measured: Mapping[str, float]
    drawn: Mapping[str, Floats]

    def figures(self) -> dict[str, Figure]:
        """Return every figure with its interval."""
        return {name: self.figure(name) for name in self.measured}

    def figure(self, name: str) -> Figure:
        """Return one figure; draws in which it is not defined say nothing of it."""
        value, drawn = self.measured[name], self.drawn[name]
        told = drawn[~np.isnan(drawn)]
        if np.isnan(value) or not told.size:
            return Figure(value=None if np.isnan(value) else float(value))
        low, high = np.percentile(told, _INTERVAL_PERCENTILES)
        return Figure(value=float(value), low=float(low), high=float(high))


def redraw(blocks: Mapping[K, Block], storylines: int, *, draws: int = DRAWS, seed: int = 0) -> dict[K, Redrawn]:
    """Return the figures of every block, with what they are when whole storylines are drawn anew.

    All blocks see the same draws, so that differences within one are those of paired samples.
    """
    together = _together(list(blocks.values()), storylines)
    spans = np.cumsum([0, *(block.size for block in blocks.values())])
    drawn: dict[K, dict[str, list[Floats]]] = {name: {} for name in blocks}
    measured: dict[K, dict[str, float]] = {}
    totals = together @ np.ones(storylines)
    for (name, block), start, end in zip(blocks.items(), spans, spans[1:]):
        measured[name] = {key: float(value) for key, value in block.measure(totals[start:end]).items()}
    at_once = max(1, _NUMBERS_AT_ONCE // max(storylines, int(spans[-1])))
    for weights in _weights(storylines, draws, at_once, seed):
        counts = together @ weights
        for (name, block), start, end in zip(blocks.items(), spans, spans[1:]):
            for key, values in block.measure(np.ascontiguousarray(counts[start:end].T)).items():
                drawn[name].setdefault(key, []).append(values)
    return {
        name: Redrawn(measured[name], {key: np.concatenate(parts) for key, parts in drawn[name].items()})
        for name in blocks
    }


def _together(blocks: Sequence[Block], storylines: int) -> sparse.csr_matrix:
    """Return all counts as one matrix of shape (cells, storylines)."""
    offsets = np.cumsum([0, *(block.size for block in blocks)])
    rows = np.concatenate([block.cell + offset for block, offset in zip(blocks, offsets)])
    columns = np.concatenate([block.storyline for block in blocks])
    amounts = np.concatenate([_amounts(block) for block in blocks])
    return sparse.coo_matrix((amounts, (rows, columns)), shape=(int(offsets[-1]), storylines)).tocsr()


def _amounts(block: Block) -> Floats:
    return np.ones(block.cell.size) if block.amount is None else block.amount


def _weights(storylines: int, draws: int, at_once: int, seed: int) -> Iterator[Floats]:
    """Yield how often each storyline was drawn, shape (storylines, draws at once): multinomial, by counting draws."""
    rng = np.random.default_rng(seed)
    for first in range(0, draws, at_once):
        weights = np.empty((storylines, min(at_once, draws - first)))
        for draw in range(weights.shape[1]):
            weights[:, draw] = np.bincount(rng.integers(0, storylines, size=storylines), minlength=storylines)
        yield weights
