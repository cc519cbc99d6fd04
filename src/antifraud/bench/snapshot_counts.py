"""How many calls a snapshot holds of everything that scores are told apart by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from antifraud.bench.sampling import kind_of
from antifraud.bench.subsets import SUBSETS
from antifraud.labels import age_band
from antifraud.snapshot import Item, Reference

_NOT_TOLD: Final = "not told"
_DECIMALS: Final = 4


def snapshot_counts(items: Sequence[Item], references: Sequence[Reference]) -> dict[str, Any]:
    """Return totals, and tables {value: calls}, values in the order of their names.

    Args:
        references: of the items, in any order.
    """
    branches: dict[str, set[str]] = {}
    for reference in references:
        branches.setdefault(reference.storyline, set()).add(reference.branch)
    people = [reference.callee for reference in references]
    return {
        "calls": len(references),
        "fraud": sum(reference.is_fraud for reference in references),
        "storylines": len(branches),
        "turns": sum(len(reference.turns) for reference in references),
        "hours": round(sum(item.duration_seconds for item in items) / 3600, _DECIMALS),
        "kinds": _table(kind_of(reference.branch, branches[reference.storyline]) for reference in references),
        "fraud_types": _table(reference.fraud_type for reference in references if reference.is_fraud),
        "official_categories": _table(reference.official_category for reference in references if reference.is_fraud),
        "scenes": _table(reference.scene for reference in references),
        "sources": _table(reference.source for reference in references),
        "awareness": _table(callee and callee.awareness for callee in people),
        "ages": _table(callee and age_band(callee.age) for callee in people),
        "outcomes": _table(reference.ending.outcome for reference in references),
        "codecs": _table(reference.line.codec for reference in references),
        "subsets": _subsets(references),
        "prefixes": _prefixes(items),
    }


def _table(values: Iterable[object]) -> dict[str, int]:
    return dict(sorted(Counter(_NOT_TOLD if value is None else str(value) for value in values).items()))


def _subsets(references: Iterable[Reference]) -> dict[str, dict[str, int]]:
    """Return calls and fraud calls of each subset; 0 where nothing belongs to it."""
    calls: Counter[str] = Counter()
    fraud: Counter[str] = Counter()
    for reference in references:
        calls.update(reference.subsets)
        fraud.update(reference.subsets if reference.is_fraud else ())
    return {name: {"calls": calls[name], "fraud": fraud[name]} for name in SUBSETS}


def _prefixes(items: Iterable[Item]) -> dict[str, int]:
    """Return how many calls are longer than each cut, by its seconds."""
    longer: Counter[float] = Counter(cut for item in items for cut in item.cuts_seconds)
    return {f"{cut:g}": longer[cut] for cut in sorted(longer)}
