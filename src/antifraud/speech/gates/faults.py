"""Figures against limits: what makes an utterance or a call unfit for use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from antifraud.records import Quality
from antifraud.speech.gates.figures import UtteranceFigures
from antifraud.speech.gates.limits import CALL_GATES, UTTERANCE_GATES, Gate

DURATION = "duration_seconds"


@dataclass(frozen=True)
class Fault:
    """A figure outside its limits."""

    gate: Gate
    value: float

    def __str__(self) -> str:
        is_low = self.gate.low is not None and not self.value >= self.gate.low
        limit, side = (self.gate.low, "below") if is_low else (self.gate.high, "above")
        return f"{self.gate.name} {self.value:.3g} {side} {limit:g} {self.gate.unit}"


def utterance_faults(figures: UtteranceFigures) -> list[Fault]:
    """Return every fault of an utterance, none where it is fit for use."""
    return list(_faults(UTTERANCE_GATES, [getattr(figures, gate.name) for gate in UTTERANCE_GATES]))


def call_faults(quality: Quality, duration_seconds: float) -> list[Fault]:
    """Return every fault of a finished call; what its utterances measured was judged before."""
    values = [duration_seconds if gate.name == DURATION else getattr(quality, gate.name) for gate in CALL_GATES]
    return list(_faults(CALL_GATES, values))


def _faults(gates: Sequence[Gate], values: Sequence[float | None]) -> Iterator[Fault]:
    for gate, value in zip(gates, values, strict=True):
        if value is None:
            continue
        too_low = gate.low is not None and not value >= gate.low
        too_high = gate.high is not None and not value <= gate.high
        if too_low or too_high:
            yield Fault(gate, value)
