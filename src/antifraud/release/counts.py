"""What a split of a release holds: calls, turns and task samples, counted apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from antifraud.records import AnnotatedCall
from antifraud.release.samples import Sample


@dataclass
class Counts:
    """What one split holds."""

    calls: int = 0
    fraud: int = 0
    lawful: int = 0
    hours: float = 0.0
    turns: int = 0
    samples: int = 0
    """Rounds of the conversations."""
    longer: int = 0
    """Calls that are longer than a model hears of a recording."""
    recordings: int = 0
    """Calls, or windows of calls."""
    unlabelled: int = 0
    """Windows that hold nothing that decides, so that their label is null."""
    unheard_hours: float = 0.0
    """Of the recordings, beyond what a model hears."""
    unproven: int = 0
    """Calls whose label no recording bears out by what a model hears of it."""
    lost_samples: int = 0
    """Rounds of the calls that no recording holds all the evidence of."""
    scenes: Counter[str] = field(default_factory=Counter)
    fraud_types: Counter[str] = field(default_factory=Counter)
    official_categories: Counter[str] = field(default_factory=Counter)

    def add(self, call: AnnotatedCall, samples: Iterable[Sample]) -> None:
        """Count one call and the samples made of it."""
        self.calls += 1
        self.fraud += call.is_fraud
        self.lawful += not call.is_fraud
        self.hours += call.duration_seconds / 3600
        self.turns += len(call.turns)
        if call.scene:
            self.scenes[call.scene] += 1
        if call.fraud_type:
            self.fraud_types[call.fraud_type] += 1
        if call.official_category:
            self.official_categories[call.official_category] += 1
        self._add_samples(call, list(samples))

    def _add_samples(self, call: AnnotatedCall, samples: list[Sample]) -> None:
        self.recordings += len(samples)
        self.samples += sum(len(sample.call.rounds) for sample in samples)
        self.longer += any(call.duration_seconds > sample.most_heard_seconds for sample in samples)
        self.unlabelled += sum(sample.is_fraud is None for sample in samples)
        self.unheard_hours += sum(sample.call.duration_seconds - sample.heard_seconds for sample in samples) / 3600
        self.unproven += not any(sample.is_borne_out for sample in samples)
        told = {round_.task for sample in samples for round_ in sample.call.rounds}
        self.lost_samples += sum(round_.task not in told for round_ in call.rounds)

    def summary(self) -> dict[str, Any]:
        """Return the counts as a manifest has them."""
        figures = ("calls", "fraud", "lawful", "turns", "samples", "recordings")
        losses = ("longer", "unlabelled", "unproven", "lost_samples")
        return {
            **{key: getattr(self, key) for key in (*figures, *losses)},
            "hours": round(self.hours, 4),
            "unheard_hours": round(self.unheard_hours, 4),
            "scenes": dict(sorted(self.scenes.items())),
            "fraud_types": dict(sorted(self.fraud_types.items())),
            "official_categories": dict(sorted(self.official_categories.items())),
        }
