"""What can be shown: a run, a release, a snapshot or one record file, as calls in one form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from antifraud.errors import UsageError
from antifraud.records import AnnotatedCall, Call, Dialogue, Id, Seconds, Storyline
from antifraud.snapshot import ITEMS, MANIFEST, REFERENCES, Snapshot
from antifraud.store.lines import count_lines, read_records
from antifraud.store.runs import RunFolder
from antifraud.store.sealed import read_manifest

METADATA: Final = "metadata.jsonl"
SUFFIXES: Final = (".wav", ".flac", ".mp3", ".ogg")
"""Of recordings that a page may play."""


@dataclass(frozen=True)
class ShownCall:
    """A call as it is shown: the fields of its record, fewer where it comes from a release or a snapshot."""

    fields: dict[str, Any]
    recording: Path | None
    """None where the call was not spoken, or its recording is not where the record says."""

    @property
    def id(self) -> str:
        """The id of the call, of which the pattern of records is known to hold."""
        return str(self.fields["id"])


class SpokenLine(BaseModel):
    """What a release tells of a turn."""

    model_config = ConfigDict(extra="ignore")

    speaker: Literal["caller", "callee"]
    text: str
    start_seconds: Seconds | None = None
    end_seconds: Seconds | None = None


class ReleasedRow(BaseModel):
    """What a release tells of a sample; releases of earlier versions tell less."""

    model_config = ConfigDict(extra="ignore")

    id: Id
    is_fraud: bool
    scene: str | None = None
    fraud_type: str | None = None
    official_category: str | None = None
    scenario: Id | None = None
    storyline: Id | None = None
    split: str | None = None
    conversation_stage: str | None = None
    audio: str
    sha256: str | None = None
    sample_rate_hz: int = Field(gt=0)
    channels: int = Field(ge=1)
    duration_seconds: Seconds
    outcome: str | None = None
    turns: tuple[SpokenLine, ...]
    synthetic: bool = True


@dataclass(frozen=True)
class Shelf:
    """A place that calls are shown from."""

    name: str
    kind: Literal["run", "release", "snapshot", "file"]
    path: Path

    @property
    def folder(self) -> Path:
        """The folder that recordings and figures are looked for in."""
        return self.path.parent if self.kind == "file" else self.path

    def calls(self) -> Iterator[ShownCall]:
        """Yield every call once, as far as it has come: annotated, spoken or only talked through.

        Raises:
            RecordError: a line is not the record it should be.
        """
        if self.kind == "release":
            yield from (_released(row, self.folder) for row in read_records(self.path / METADATA, ReleasedRow))
        elif self.kind == "snapshot":
            manifest = read_manifest(self.path)[1]
            for item, reference in Snapshot(self.path, manifest).pairs():
                fields = {**item.model_dump(mode="json"), **reference.model_dump(mode="json")}
                yield ShownCall(fields, recording_in(self.folder, item.audio))
        else:
            yield from self._recorded()

    def expected(self) -> int:
        """Return how many calls there are at most, by the lines of the files."""
        if self.kind == "release":
            return count_lines(self.path / METADATA)
        if self.kind == "snapshot":
            return count_lines(self.path / ITEMS)
        return max(count_lines(path) for path, _ in _files(self))

    def storylines(self) -> Iterator[Storyline]:
        """Yield the trees that the calls are told from; none where no file tells."""
        found = RunFolder(self.folder).storylines
        if self.kind in ("run", "file") and found.exists():
            yield from read_records(found, Storyline)

    def _recorded(self) -> Iterator[ShownCall]:
        seen: set[str] = set()
        for path, model in _files(self):
            for record in read_records(path, model):
                if record.id not in seen:
                    seen.add(record.id)
                    recording = recording_in(self.folder, record.audio) if isinstance(record, Call) else None
                    yield ShownCall(record.model_dump(mode="json"), recording)


def shelf(path: Path) -> Shelf:
    """Find out what lies at a path.

    Raises:
        UsageError: nothing that holds calls.
    """
    found = _shelf(path)
    if found is None:
        raise UsageError(f"{path}: holds no calls; expected a run folder, a release, a snapshot or a record file.")
    return found


def holds_calls(path: Path) -> bool:
    """Tell whether calls can be shown from a path."""
    return _shelf(path) is not None


def _shelf(path: Path) -> Shelf | None:
    name = path.resolve().name
    if path.is_file():
        return Shelf(path.stem, "file", path) if path.suffix == ".jsonl" else None
    if (path / ITEMS).is_file() and (path / REFERENCES).is_file() and (path / MANIFEST).is_file():
        return Shelf(name, "snapshot", path)
    run = RunFolder(path)
    if any(file.is_file() for file in (run.annotations, run.calls, run.dialogues, run.imitations)):
        return Shelf(name, "run", path)
    return Shelf(name, "release", path) if (path / METADATA).is_file() else None


def shelves(paths: Sequence[Path]) -> list[Shelf]:
    """Return what lies at each path; of two that are called the same the second is numbered.

    Raises:
        UsageError: nothing that holds calls.
    """
    if not paths:
        raise UsageError(
            "view: results alone show no calls; give the snapshot, run or release that they are about, too."
        )
    found: list[Shelf] = []
    for one in map(shelf, paths):
        same = sum(other.path.name == one.path.name or other.name == one.name for other in found)
        found.append(replace(one, name=f"{one.name} ({same + 1})") if same else one)
    return found


def recording_in(folder: Path, audio: str) -> Path | None:
    """Return the recording that a record names, if it lies in that folder and a page may play it."""
    stem = Path(audio).stem
    for path in (folder / audio, *(folder / f"{stem}{suffix}" for suffix in SUFFIXES)):
        inside = path.resolve().is_relative_to(folder.resolve())
        if inside and path.suffix in SUFFIXES and path.is_file():
            return path
    return None


def _files(of: Shelf) -> list[tuple[Path, type[Dialogue]]]:
    if of.kind == "file":
        return [(of.path, _model_of(of.path))]
    run = RunFolder(of.path)
    stages: tuple[tuple[Path, type[Dialogue]], ...] = (
        (run.annotations, AnnotatedCall),
        (run.calls, Call),
        (run.imitations, Dialogue),
        (run.dialogues, Dialogue),
    )
    return [(path, model) for path, model in stages if path.is_file()]


def _model_of(path: Path) -> type[Dialogue]:
    """Return which record the first line is."""
    with open(path, "rb") as file:
        first = file.readline()
    if b'"rounds"' in first:
        return AnnotatedCall
    return Call if b'"segments"' in first else Dialogue


def _released(row: ReleasedRow, folder: Path) -> ShownCall:
    fields = row.model_dump(mode="json", exclude={"turns", "outcome"})
    turns = [{"index": at, "speaker": one.speaker, "text": one.text} for at, one in enumerate(row.turns)]
    segments = [
        {"turn": at, "speaker": one.speaker, "start_seconds": one.start_seconds, "end_seconds": one.end_seconds}
        for at, one in enumerate(row.turns)
        if one.start_seconds is not None and one.end_seconds is not None
    ]
    ending = {"outcome": row.outcome} if row.outcome else None
    return ShownCall(
        {**fields, "turns": turns, "segments": segments, "ending": ending}, recording_in(folder, row.audio)
    )
