"""The list of all calls as columns: one number a call and label, so that 30,000 rows are small and filter at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

LABELS: Final = (
    "shelf",
    "branch",
    "scene",
    "fraud_type",
    "official_category",
    "family",
    "outcome",
    "awareness",
    "source",
    "codec",
    "noise",
    "scenario",
    "stage",
    "reserve",
)
"""What calls are filtered by."""


class Columns:
    """Labels and figures of every call, in the order the calls came."""

    def __init__(self, more: Sequence[str] = ()) -> None:
        self.names = (*LABELS, *more)
        self.ids: list[str] = []
        self.stories: list[str] = []
        self.seconds: list[float] = []
        self.turns: list[int] = []
        self.fraud: list[int] = []
        self.codes: dict[str, list[int]] = {label: [] for label in self.names}
        self.values: dict[str, dict[str, int]] = {label: {} for label in self.names}

    def __len__(self) -> int:
        return len(self.ids)

    def add(self, shelf: str, fields: Mapping[str, Any], more: Mapping[str, str]) -> dict[str, str]:
        """Add one call with the values of its other columns; returns its labels, empty where its record tells none."""
        found = {**labels(shelf, fields), **more}
        for label, value in found.items():
            known = self.values[label]
            self.codes[label].append(known.setdefault(value, len(known)))
        self.ids.append(fields["id"])
        self.stories.append(str(fields.get("storyline") or ""))
        self.seconds.append(round(fields.get("duration_seconds") or 0.0, 1))
        self.turns.append(len(fields["turns"]))
        self.fraud.append(int(fields["is_fraud"]))
        return found

    def script_value(self) -> dict[str, Any]:
        """Return what the list page reads: parallel arrays, and the names that the codes stand for."""
        return {
            "ids": self.ids,
            "seconds": self.seconds,
            "turns": self.turns,
            "fraud": self.fraud,
            "labels": {label: {"names": list(self.values[label]), "codes": self.codes[label]} for label in self.names},
        }


def labels(shelf: str, fields: Mapping[str, Any]) -> dict[str, str]:
    """Return the labels of a call by name; empty where its record does not tell."""
    line = fields.get("line") or {}
    sides = line.get("sides") or {}
    noises = sorted({side["noise"] for side in sides.values()} - {"none"})
    found = {
        "shelf": shelf,
        "branch": fields.get("branch") or ("fraud" if fields["is_fraud"] else "lawful"),
        "outcome": (fields.get("ending") or {}).get("outcome"),
        "awareness": (fields.get("callee") or {}).get("awareness"),
        "codec": line.get("codec"),
        "noise": "+".join(noises) or ("none" if line else ""),
        "stage": stage_of(fields),
        "reserve": fields.get("reserve") or fields.get("split"),
    }
    return {label: str((found[label] if label in found else fields.get(label)) or "") for label in LABELS}


def stage_of(fields: Mapping[str, Any]) -> str:
    """Return how far a call has come."""
    if fields.get("rounds"):
        return "annotated"
    return "spoken" if "duration_seconds" in fields else "written"
