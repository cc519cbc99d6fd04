"""The figures of the first page, counted while the calls go by."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from antifraud.records import Rejected
from antifraud.site.shown_calls import Shelf
from antifraud.store.lines import read_records
from antifraud.store.manifest import read_json

PLOTTED: Final = (
    "branch",
    "outcome",
    "scene",
    "fraud_type",
    "official_category",
    "family",
    "awareness",
    "codec",
    "stage",
)
"""Labels that get a plot with their numbers beside it."""
BIN_SECONDS: Final = 30
"""Of the plot of durations, a design choice."""
SECONDS_AN_HOUR: Final = 3600


@dataclass
class Overview:
    """Counts of all calls of a site."""

    calls: Counter[str] = field(default_factory=Counter)
    """By shelf."""
    fraud: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    turns: Counter[str] = field(default_factory=Counter)
    labels: dict[str, Counter[tuple[str, bool]]] = field(default_factory=lambda: defaultdict(Counter))
    """By label, of a value and whether the call is fraud."""
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """By branch, source and outcome."""
    durations: Counter[tuple[int, bool]] = field(default_factory=Counter)
    cost: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    """Money by shelf, by the prices of the configs that made the calls."""
    quality: dict[str, array[float]] = field(default_factory=lambda: defaultdict(lambda: array("d")))
    """Every value of each figure, for the medians."""

    def add(self, of: Shelf, labels: Mapping[str, str], fields: Mapping[str, Any]) -> None:
        """Count one call."""
        is_fraud, seconds = bool(fields["is_fraud"]), fields.get("duration_seconds")
        self.calls[of.name] += 1
        self.fraud[of.name] += is_fraud
        self.turns[of.name] += len(fields["turns"])
        for label in PLOTTED:
            if labels[label]:
                self.labels[label][labels[label], is_fraud] += 1
        self.outcomes[labels["branch"], labels["source"], labels["outcome"]] += 1
        self.cost[of.name] += (fields.get("provenance") or {}).get("cost") or 0.0
        for figure, value in (fields.get("quality") or {}).items():
            if value is not None:
                self.quality[figure].append(value)
        if seconds is not None:
            self.seconds[of.name] += seconds
            self.durations[int(seconds // BIN_SECONDS), is_fraud] += 1

    def hours(self, shelf: str) -> float:
        """Return the hours of speech of a shelf."""
        return self.seconds[shelf] / SECONDS_AN_HOUR

    def bars(self, label: str) -> list[tuple[str, int, int]]:
        """Return value, fraud calls and other calls of a label, the commonest first."""
        counts = self.labels[label]
        values = {value: counts[value, True] + counts[value, False] for value, _ in counts}
        ordered = sorted(values, key=lambda value: (-values[value], value))
        return [(value, counts[value, True], counts[value, False]) for value in ordered]

    def lengths(self) -> list[tuple[str, int, int]]:
        """Return range in seconds, fraud calls and other calls of each bin, the empty ones between included."""
        if not self.durations:
            return []
        last = max(at for at, _ in self.durations)
        edges = [(at, f"{at * BIN_SECONDS}–{(at + 1) * BIN_SECONDS} s") for at in range(last + 1)]
        return [(name, self.durations[at, True], self.durations[at, False]) for at, name in edges]

    def quality_rows(self) -> list[tuple[str, float, float, float, int]]:
        """Return least, median and largest value of each figure of quality, and of how many calls."""
        rows = []
        for figure, values in self.quality.items():
            rows.append((figure, min(values), median(values), max(values), len(values)))
        return rows

    def outcome_rows(self) -> tuple[list[str], list[tuple[str, str, list[int]]]]:
        """Return the outcomes, and for each branch and source the calls that ended so."""
        outcomes = sorted({outcome for _, _, outcome in self.outcomes})
        rows = sorted({(branch, source) for branch, source, _ in self.outcomes})
        return outcomes, [(*row, [self.outcomes[*row, outcome] for outcome in outcomes]) for row in rows]


def rejected(shelves: Sequence[Shelf]) -> list[tuple[str, str, str, int]]:
    """Return shelf, stage, reason and number of the records that did not become results, the commonest first."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for of in shelves:
        if of.kind == "run":
            for path in sorted(of.folder.glob("*.rejected.jsonl")):
                counts.update((of.name, one.stage, one.reason.value) for one in read_records(path, Rejected))
    return [(*what, count) for what, count in counts.most_common()]


def manifests(shelves: Sequence[Shelf]) -> list[tuple[str, str, Any]]:
    """Return shelf, file and content of manifests and audits, without the checksums of single files."""
    found = []
    for of in shelves:
        for path in _manifest_files(of.folder):
            content = read_json(path)
            if isinstance(content, dict):
                content = {key: value for key, value in content.items() if key != "files"}
            found.append((of.name, path.relative_to(of.folder).as_posix(), content))
    return found


def _manifest_files(folder: Path) -> list[Path]:
    single = [folder / name for name in ("manifest.json", "dataset_manifest.json")]
    audits = sorted(folder.glob(".*.audit.json"))
    return [*sorted((folder / "manifests").glob("*.json")), *(path for path in single if path.is_file()), *audits]
