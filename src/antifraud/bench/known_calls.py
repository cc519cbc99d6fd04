"""The calls of releases and snapshots, as far as a new benchmark is compared with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

import orjson

from antifraud.bench.fingerprints import Fingerprint
from antifraud.bench.recordings import mixed
from antifraud.bench.sound_prints import Prints, loaded, prints_of
from antifraud.errors import IntegrityError, RecordError, StoreError
from antifraud.snapshot import MANIFEST, Snapshot, open_snapshot
from antifraud.store.lines import read_records
from antifraud.store.sealed import differences, read_manifest

FINGERPRINTS: Final = "fingerprints.jsonl"
_METADATA: Final = "metadata.jsonl"


@dataclass(frozen=True)
class KnownCall:
    """A call that somebody may have trained on or been tested with."""

    id: str
    storyline: str
    parents: tuple[str, ...]
    sha256: str
    turns: tuple[str, ...]
    voices: frozenset[str]
    """Names."""
    prints: Callable[[], Prints]
    """Plain prints of its recording; opens it where none were kept."""


@dataclass(frozen=True)
class Known:
    """A release or a snapshot whose records are as they were sealed."""

    name: str
    seal: str
    snapshot: Snapshot | None
    """None for a release."""
    folder: Path

    def told(self) -> dict[str, str]:
        """Return what a manifest says of it."""
        return {"kind": "release" if self.snapshot is None else "snapshot", "name": self.name, "seal": self.seal}

    def calls(self) -> Iterator[KnownCall]:
        """Yield its calls.

        Raises:
            IntegrityError: the fingerprints are not those of its calls.
            RecordError: a line is not what it should be.
        """
        return _of_release(self.folder) if self.snapshot is None else _of_snapshot(self.snapshot)


def open_known(folder: Path) -> Known:
    """Open a release or a snapshot; recordings need only be there.

    Raises:
        StoreError: it is neither, or keeps no fingerprints.
        IntegrityError: it is not what was sealed.
    """
    name, manifest = read_manifest(folder)
    if name == MANIFEST:
        snapshot = open_snapshot(folder, with_audio=False)
        if FINGERPRINTS not in manifest["files"]:
            raise StoreError(
                f"{folder}: no {FINGERPRINTS} in it; a snapshot of an older version cannot be compared with."
            )
        return Known(snapshot.name, snapshot.seal, snapshot, folder)
    if found := next(differences(folder, unread="audio/"), None):
        raise IntegrityError(f"{folder}/{found}. A damaged release proves nothing; pack it again.")
    return Known(str(manifest["name"]), str(manifest["seal"]), None, folder)


def _of_snapshot(snapshot: Snapshot) -> Iterator[KnownCall]:
    path = snapshot.folder / FINGERPRINTS
    for reference, made in zip_longest(snapshot.references(), read_records(path, Fingerprint)):
        if reference is None or made is None or reference.id != made.id:
            raise IntegrityError(f"{path}: does not hold the ids of the references in their order.")
        yield KnownCall(
            id=made.id,
            storyline=made.storyline,
            parents=made.parents,
            sha256=made.sha256,
            turns=tuple(turn.text for turn in reference.turns),
            voices=frozenset(voice.name for voice in reference.voices.values()),
            prints=partial(loaded, made.sound),
        )


def _of_release(folder: Path) -> Iterator[KnownCall]:
    path = folder / _METADATA
    with open(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield _packed(orjson.loads(line), folder)
            except (orjson.JSONDecodeError, KeyError, TypeError) as exc:
                raise RecordError(f"{path}:{number}: not a call of a release: {exc!r}. Pack it again.") from exc


def _packed(row: dict[str, Any], folder: Path) -> KnownCall:
    audio = folder / row["audio"]
    return KnownCall(
        id=row["id"],
        storyline=row["storyline"],
        parents=tuple(row["parents"]),
        sha256=row["sha256"],
        turns=tuple(turn["text"] for turn in row["turns"]),
        voices=frozenset(row["voices"]),
        prints=lambda: prints_of(*mixed(audio)),
    )
