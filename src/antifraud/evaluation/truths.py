"""What is true of the calls of a snapshot, as far as scores ask: labels, storylines, and what calls are sliced by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from antifraud.errors import IntegrityError
from antifraud.evaluation.answer_words import FRAUD, NORMAL, labels_of
from antifraud.evaluation.slice_values import Sliced, slice_values
from antifraud.labels import LabelSet
from antifraud.records import Seconds, Task
from antifraud.store.lines import read_records
from antifraud.store.sealed import read_sealed

TASKS: Final[tuple[Task, ...]] = ("scene", "fraud", "fraud_type")
NO_LABEL: Final = -1
"""Code of a call that a task does not apply to: a lawful one has no type of fraud."""
_RECORD_FILES: Final = ("items.jsonl", "references.jsonl")

Codes = NDArray[np.int16]


class KnownItem(BaseModel):
    """What scores need of an `Item`."""

    model_config = ConfigDict(frozen=True)

    id: str
    duration_seconds: Seconds
    cuts_seconds: tuple[Seconds, ...]


class KnownReference(Sliced):
    """What scores need of a `Reference`: reading its turns too would take five times as long."""

    id: str
    storyline: str
    label_set: LabelSet
    decisive_seconds: Seconds | None


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of one call."""

    id: str
    storyline: str
    label_set: LabelSet
    labels: tuple[str | None, str | None, str | None]
    """Of scene, fraud and fraud type, in the order of TASKS."""
    duration_seconds: float
    decisive_seconds: float | None
    cuts_seconds: tuple[float, ...]
    slices: tuple[tuple[str, str], ...]
    """Dimension and value, as in ("codec", "alaw")."""


@dataclass(frozen=True)
class Bench:
    """The calls of a snapshot in the order of their ids."""

    snapshot: str
    seal: str
    calls: tuple[Truth, ...]
    labels: Mapping[Task, tuple[str, ...]]
    """The closed set of each task; that of the third has the labels of every label set that calls are labelled by."""
    truth: Mapping[Task, Codes]
    """Shape (calls,): place of the label in the closed set, or NO_LABEL."""
    storyline: NDArray[np.intp]
    """Shape (calls,): numbers from 0, by the order of the storylines' ids."""
    storylines: int


def read_bench(folder: Path) -> Bench:
    """Return what is true of a snapshot's calls.

    Raises:
        StoreError: the folder is no snapshot.
        IntegrityError: items or references are not those of its manifest, or not of the same calls.
        RecordError: a line of them is not what it should be.
    """
    manifest = read_sealed(folder, _RECORD_FILES)
    return bench_in(folder, str(manifest.get("snapshot", folder.name)), manifest["seal"])


def bench_in(folder: Path, snapshot: str = "", seal: str = "") -> Bench:
    """Return the same of a folder whose seal nobody looked at, or that has none yet.

    Raises:
        IntegrityError: items and references are not of the same calls.
        RecordError: a line of them is not what it should be.
    """
    calls = sorted(_truths(folder), key=lambda truth: truth.id)
    if not calls:
        raise IntegrityError(f"{folder}: a snapshot without calls; build another.")
    return bench_of(calls, snapshot or folder.name, seal)


def bench_of(calls: Sequence[Truth], snapshot: str, seal: str) -> Bench:
    """Return calls, in this order, with their labels and storylines as numbers."""
    sets = sorted({call.label_set for call in calls})
    labels: dict[Task, tuple[str, ...]] = {
        task: tuple(dict.fromkeys(label for each in sets for label in labels_of(task, each))) for task in TASKS
    }
    names, storyline = np.unique([call.storyline for call in calls], return_inverse=True)
    truth = {
        task: np.array([_code(call.labels[at], labels[task]) for call in calls], dtype=np.int16)
        for at, task in enumerate(TASKS)
    }
    return Bench(snapshot, seal, tuple(calls), labels, truth, storyline.astype(np.intp), len(names))


def _code(label: str | None, labels: tuple[str, ...]) -> int:
    return NO_LABEL if label is None else labels.index(label)


def _truths(folder: Path) -> Iterator[Truth]:
    items = {
        item.id: (item.duration_seconds, item.cuts_seconds) for item in read_records(folder / "items.jsonl", KnownItem)
    }
    references = folder / "references.jsonl"
    shared: dict[tuple[str, str], tuple[str, str]] = {}
    for reference in read_records(references, KnownReference):
        if (item := items.pop(reference.id, None)) is None:
            raise IntegrityError(
                f"{references}: {reference.id} has no item, or stands there twice; restore the snapshot."
            )
        slices = tuple(shared.setdefault(key, key) for key in slice_values(reference, item[0]))
        yield _truth(reference, item[0], item[1], slices)
    if items:
        raise IntegrityError(f"{references}: {len(items)} items have none, {min(items)} for one; restore the snapshot.")


def _truth(
    reference: KnownReference,
    duration_seconds: float,
    cuts_seconds: tuple[float, ...],
    slices: tuple[tuple[str, str], ...],
) -> Truth:
    official = reference.label_set is LabelSet.OFFICIAL
    kind = reference.official_category if official else reference.fraud_type
    return Truth(
        id=reference.id,
        storyline=reference.storyline,
        label_set=reference.label_set,
        labels=(
            reference.scene.value if reference.scene else None,
            FRAUD if reference.is_fraud else NORMAL,
            kind.value if kind and reference.is_fraud else None,
        ),
        duration_seconds=duration_seconds,
        decisive_seconds=reference.decisive_seconds if reference.is_fraud else None,
        cuts_seconds=cuts_seconds,
        slices=slices,
    )
