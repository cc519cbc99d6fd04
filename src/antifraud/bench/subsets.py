"""The hard parts of a benchmark, by name; a call may belong to several."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from antifraud.bench.sampling import kind_of
from antifraud.records import AnnotatedCall
from antifraud.release_config import BenchConfig

SUBSETS: Final = {
    "siblings": "fraud and lawful calls of one storyline: the same opening, people and facts",
    "late_fraud": "fraud that shows itself late in the call",
    "pushy_sales": "pushy but legal sales",
    "line_clean": "nothing lost and no side noisy",
    "line_noisy": "a side with noise behind it",
    "line_lossy": "frames were lost and concealed",
}
"""What each subset holds."""


def subsets(call: AnnotatedCall, branches: Collection[str], config: BenchConfig) -> tuple[str, ...]:
    """Return the subsets of a call, in the order of `SUBSETS`.

    Args:
        branches: of the calls of its storyline that are in the snapshot.
    """
    lossy, noisy = call.line.lost_share > 0, is_noisy(call, config.noisy_below_db)
    belongs = {
        "siblings": {"fraud", "lawful"} <= set(branches) and kind_of(call.branch, branches) in ("fraud", "sibling"),
        "late_fraud": is_late(call, config.late_share),
        "pushy_sales": call.branch == "sales",
        "line_clean": not lossy and not noisy,
        "line_noisy": noisy,
        "line_lossy": lossy,
    }
    return tuple(name for name in SUBSETS if belongs[name])


def is_late(call: AnnotatedCall, share: float) -> bool:
    """Tell whether a fraud call has been told by so much of it when the first decisive turn ends."""
    shown = decisive_seconds(call)
    return call.is_fraud and shown is not None and shown >= share * call.duration_seconds


def is_noisy(call: AnnotatedCall, below_db: float) -> bool:
    """Tell whether the noise behind a side lies less than so far below its speech."""
    return any(side.snr_db is not None and side.snr_db < below_db for side in call.line.sides.values())


def decisive_seconds(call: AnnotatedCall) -> float | None:
    """Return when the first decisive turn has been said; None for calls that hold none."""
    if call.decisive is None:
        return None
    return next(segment.end_seconds for segment in call.segments if segment.turn == call.decisive.turn)
