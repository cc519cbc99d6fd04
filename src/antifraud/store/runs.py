"""A run folder: where each stage's files lie, and which settings they were made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antifraud.errors import StoreError
from antifraud.store.files import write_atomic
from antifraud.store.manifest import dump_json, read_json


@dataclass(frozen=True)
class RunFolder:
    """The files of one run."""

    path: Path

    @property
    def dialogues(self) -> Path:
        return self.path / "dialogues.jsonl"

    @property
    def calls(self) -> Path:
        return self.path / "calls.jsonl"

    @property
    def annotations(self) -> Path:
        return self.path / "annotations.jsonl"

    @property
    def release(self) -> Path:
        return self.path / "release"

    @property
    def bench(self) -> Path:
        return self.path / "bench"

    def manifest(self, stage: str) -> Path:
        """Return where the manifest of a stage lies."""
        return self.path / "manifests" / f"{stage}.json"


def begin(output: Path, settings: Mapping[str, Any]) -> None:
    """Note which settings an output is made with, or refuse to mix it with records made with others.

    Raises:
        StoreError: the output was started with other settings.
    """
    noted = output.with_name(f".{output.name}.settings.json")
    wanted = dump_json(settings)
    if not noted.exists():
        write_atomic(noted, wanted)
        return
    before = read_json(noted)
    if dump_json(before) == wanted:
        return
    changed = sorted(key for key in {*before, *settings} if before.get(key) != settings.get(key))
    first = changed[0]
    raise StoreError(
        f"{output}: was made with other settings ({', '.join(changed)}; for one, {first} was"
        f" {before.get(first)!r} and is now {settings.get(first)!r})."
        f" Choose another --run, or remove {output.name} and {noted.name} to start afresh."
    )
