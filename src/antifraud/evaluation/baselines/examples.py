"""What baselines learn from: the calls, or parts of calls, that a release gives for training."""

from __future__ import annotations

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from antifraud.errors import AntifraudError
from antifraud.evaluation.answer_words import FRAUD, NORMAL
from antifraud.evaluation.baselines.excerpts import Excerpt
from antifraud.labels import FraudType, LabelSet, OfficialCategory, Scene, Speaker
from antifraud.records import Seconds, Task
from antifraud.store.lines import read_records
from antifraud.store.sealed import read_sealed

METADATA: Final = "metadata.jsonl"
_TRAINING: Final = "train"


class _Row(BaseModel):
    """A row of a release's metadata; what else it holds is let pass."""

    model_config = ConfigDict(frozen=True)


class Said(_Row):
    """A turn."""

    speaker: Speaker
    text: str


class Example(_Row):
    """A call, or a part of one, with its labels."""

    id: str
    split: str
    storyline: str
    audio: str
    duration_seconds: Seconds
    is_fraud: bool | None
    """None for a part of a call in which nothing decides."""
    scene: Scene | None
    fraud_type: FraudType | None
    official_category: OfficialCategory | None
    turns: tuple[Said, ...]

    def label(self, task: Task, label_set: LabelSet) -> str | None:
        """Return the label by a task; None where the task does not apply or the label is not known."""
        if task == "fraud":
            return None if self.is_fraud is None else FRAUD if self.is_fraud else NORMAL
        if task == "scene":
            return self.scene
        kind = self.official_category if label_set is LabelSet.OFFICIAL else self.fraud_type
        return kind if self.is_fraud else None

    def excerpt(self, release: Path) -> Excerpt:
        """Return what is heard of it, all of it."""
        return Excerpt(self.turns, self.duration_seconds, release / self.audio)


def read_examples(release: Path, benched: Container[str]) -> list[Example]:
    """Return the training calls of a release.

    Args:
        benched: storylines of the snapshot; a release that holds one of them teaches its answers.

    Raises:
        StoreError: the folder is no release.
        IntegrityError: its metadata are not those of its manifest.
        AntifraudError: it has no training call, or one of a storyline of the snapshot.
    """
    read_sealed(release, (METADATA,))
    found = list(_training(release))
    if known := sorted({example.storyline for example in found if example.storyline in benched}):
        raise AntifraudError(
            f"{release}: {len(known)} storylines are in the snapshot too, {known[0]} for one;"
            " give a release that was packed without them."
        )
    if not found:
        raise AntifraudError(f"{release / METADATA}: no call of the split {_TRAINING!r}; pack more calls.")
    return found


def can_teach(release: Path, benched: Container[str]) -> bool:
    """Tell whether a release is there, has calls for training, and holds none of these storylines."""
    if not (release / METADATA).is_file():
        return False
    storylines = {example.storyline for example in _training(release)}
    return bool(storylines) and not any(name in benched for name in storylines)


def _training(release: Path) -> Iterator[Example]:
    return (row for row in read_records(release / METADATA, Example) if row.split == _TRAINING)
