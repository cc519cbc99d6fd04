"""Many calls in one table: how far each figure spreads, and the limits it is held to."""

from __future__ import annotations

import statistics
from array import array
from collections.abc import Iterable
from typing import Final

from antifraud.records import Quality
from antifraud.speech.gates.limits import CALL_GATES, UTTERANCE_GATES, Gate

JUDGED_BY: Final = {
    "slowest_characters_per_second": "characters_per_second",
    "fastest_characters_per_second": "characters_per_second",
    "least_modulation_db": "modulation_db",
    "least_snr_db": "snr_db",
    "most_repetition": "repetition",
    "clipped_share": "clipped_share",
    "dc_offset": "dc_offset",
}
"""Figures of a call that come from its utterances, by the gate that each utterance passed."""


def summarise(qualities: Iterable[Quality]) -> dict[str, tuple[float, float, float]]:
    """Return least, median and largest value of each figure that any call has; reads once and keeps 8 bytes a value."""
    values = {name: array("d") for name in Quality.model_fields}
    for quality in qualities:
        for name, kept in values.items():
            value = getattr(quality, name)
            if value is not None:
                kept.append(value)
    return {name: (min(kept), statistics.median(kept), max(kept)) for name, kept in values.items() if kept}


def gate_of(figure: str) -> Gate | None:
    """Return the gate that a figure of a call is held to; None where there is none."""
    known = {gate.name: gate for gate in (*UTTERANCE_GATES, *CALL_GATES)}
    return known.get(JUDGED_BY.get(figure, figure))
