"""What a frozen benchmark holds: items that a model may see, and references that it never does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from pydantic import Field

from antifraud.errors import IntegrityError, StoreError
from antifraud.labels import FraudType, LabelSet, OfficialCategory, Scene, Speaker
from antifraud.records import (
    Ending,
    Evidence,
    Id,
    Line,
    Persona,
    Prefix,
    Record,
    Round,
    Seconds,
    Segment,
    Task,
    Turn,
    Voice,
)
from antifraud.store.lines import read_records
from antifraud.store.sealed import differences, read_manifest

MANIFEST: Final = "manifest.json"
ITEMS: Final = "items.jsonl"
REFERENCES: Final = "references.jsonl"
_SHOWN_DIFFERENCES: Final = 20


class Item(Record):
    """What a model under test may see of a call: the recording and all three questions, whatever the call."""

    id: Id
    audio: str
    """Relative to the snapshot."""
    sha256: str
    sample_rate_hz: int = Field(gt=0)
    channels: int = Field(ge=1)
    duration_seconds: Seconds
    label_set: LabelSet
    """Names the answers that the third question has."""
    questions: dict[Task, str]
    cuts_seconds: tuple[Seconds, ...] = ()
    """Where the beginnings of the call end that are asked about for early detection, the whole call left out."""


class Reference(Record):
    """What the evaluation compares answers with, and slices them by."""

    id: Id
    is_fraud: bool
    scene: Scene | None
    fraud_type: FraudType | None
    official_category: OfficialCategory | None
    label_set: LabelSet
    scenario: Id
    storyline: Id
    """Calls of one storyline share an opening; intervals are drawn by it."""
    branch: str
    source: str
    callee: Persona | None
    turns: tuple[Turn, ...]
    segments: tuple[Segment, ...]
    ending: Ending
    decisive: Evidence | None
    decisive_seconds: Seconds | None
    """When the first decisive turn has been said; None for calls that hold none."""
    rounds: tuple[Round, ...]
    prefixes: tuple[Prefix, ...] = ()
    voices: dict[Speaker, Voice]
    line: Line
    subsets: tuple[str, ...] = ()
    """Names of the hard parts of the benchmark that the call belongs to."""


@dataclass(frozen=True)
class Snapshot:
    """A snapshot whose seal was found whole; opened by `open_snapshot`."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def name(self) -> str:
        """What it was called when it was frozen."""
        return str(self.manifest["snapshot"])

    @property
    def seal(self) -> str:
        """The checksum over the manifest, and so over everything in it; no other snapshot has it."""
        return str(self.manifest["seal"])

    def items(self) -> Iterator[Item]:
        """Yield what a model may see, in the order of the ids."""
        return read_records(self.folder / ITEMS, Item)

    def references(self) -> Iterator[Reference]:
        """Yield what is right, in the same order."""
        return read_records(self.folder / REFERENCES, Reference)

    def pairs(self) -> Iterator[tuple[Item, Reference]]:
        """Yield each item with its reference.

        Raises:
            IntegrityError: they do not belong together.
        """
        for item, reference in zip_longest(self.items(), self.references()):
            if item is None or reference is None or item.id != reference.id:
                raise IntegrityError(f"{self.folder}: {ITEMS} and {REFERENCES} do not hold the same ids in one order.")
            yield item, reference

    def audio_of(self, item: Item) -> Path:
        """Return the recording of an item.

        Raises:
            IntegrityError: the manifest knows no such file, or another one.
        """
        listed = self.manifest["files"].get(item.audio)
        if listed is None or listed["sha256"] != item.sha256:
            raise IntegrityError(f"{self.folder / ITEMS}: {item.id}: {item.audio} is not the file of the manifest.")
        return self.folder / item.audio


def open_snapshot(folder: Path, *, with_audio: bool = True) -> Snapshot:
    """Open a snapshot after every file of it was found to be what it was.

    Args:
        with_audio: false where no recording will be opened; then only their presence is checked.

    Raises:
        StoreError: it is no snapshot.
        IntegrityError: a file is changed, missing or not in the manifest; one line for each.
    """
    name, manifest = read_manifest(folder)
    if name != MANIFEST or not {ITEMS, REFERENCES} <= manifest["files"].keys():
        raise StoreError(f"{folder}: not a snapshot: expected {MANIFEST} with {ITEMS} and {REFERENCES}.")
    if found := list(differences(folder, unread="" if with_audio else "audio/")):
        more = len(found) - _SHOWN_DIFFERENCES
        told = [f"{folder}/{line}" for line in found[:_SHOWN_DIFFERENCES]] + ([f"and {more} more"] if more > 0 else [])
        raise IntegrityError("\n".join([*told, "The snapshot is not what was frozen; restore it."]))
    return Snapshot(folder, manifest)
