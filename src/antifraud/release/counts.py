"""What a split of a release holds: calls, turns and task samples, counted apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from antifraud.records import AnnotatedCall

HEARD_SECONDS = 30.0
"""What a Whisper-style tower hears of a call."""


@dataclass
class Counts:
    """What one split holds."""

    calls: int = 0
    fraud: int = 0
    lawful: int = 0
    hours: float = 0.0
    turns: int = 0
    samples: int = 0
    longer: int = 0
    scenes: Counter[str] = field(default_factory=Counter)
    fraud_types: Counter[str] = field(default_factory=Counter)
    official_categories: Counter[str] = field(default_factory=Counter)

    def add(self, call: AnnotatedCall) -> None:
        """Count one call; samples are task samples, one for each round."""
        self.calls += 1
        self.fraud += call.is_fraud
        self.lawful += not call.is_fraud
        self.hours += call.duration_seconds / 3600
        self.turns += len(call.turns)
        self.samples += len(call.rounds)
        self.longer += call.duration_seconds > HEARD_SECONDS
        if call.scene:
            self.scenes[call.scene] += 1
        if call.fraud_type:
            self.fraud_types[call.fraud_type] += 1
        if call.official_category:
            self.official_categories[call.official_category] += 1

    def summary(self) -> dict[str, Any]:
        """Return the counts as a manifest has them."""
        figures = {key: getattr(self, key) for key in ("calls", "fraud", "lawful", "turns", "samples")}
        return {
            **figures,
            "hours": round(self.hours, 4),
            "scenes": dict(sorted(self.scenes.items())),
            "fraud_types": dict(sorted(self.fraud_types.items())),
            "official_categories": dict(sorted(self.official_categories.items())),
        }
