"""How baselines fare on a snapshot that is being frozen, for its card."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from antifraud.bench.snapshot_card import Baseline
from antifraud.snapshot import Item, Reference

_NAMES: Final = ("majority", "keywords", "lengths", "tfidf", "oracle")
"""All but logmel, which opens every recording of the release: 0.03 s a call."""


def card_baselines(
    folder: Path, items: Sequence[Item], references: Sequence[Reference], release: Path
) -> list[Baseline]:
    """Return the rows of the card.

    Args:
        folder: of the snapshot, whose items and references are written.
        release: what baselines learn from; those that learn are left out where it is not there, or holds storylines
            of the snapshot.
    """
    from antifraud.evaluation.baselines.examples import can_teach  # these bring scikit-learn: seconds
    from antifraud.evaluation.baselines.table import baseline_table
    from antifraud.evaluation.bench_calls import BenchCalls
    from antifraud.evaluation.truths import bench_in

    teacher = release if can_teach(release, {reference.storyline for reference in references}) else None
    calls = BenchCalls(folder, items, references)
    with tempfile.TemporaryDirectory() as said:
        rows = baseline_table(calls, bench_in(folder), teacher, Path(said), names=_NAMES, draws=1)
    return [Baseline(name=row.name, measure=row.measure, scores=row.scores) for row in rows]
