"""A run folder: where each stage's files lie, and which settings they were made with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
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
    def storylines(self) -> Path:
        return self.path / "storylines.jsonl"

    @property
    def dialogues(self) -> Path:
        return self.path / "dialogues.jsonl"

    @property
    def imitations(self) -> Path:
        return self.path / "imitations.jsonl"

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


def rejected_path(output: Path) -> Path:
    """Return where the rejected records of an output file go."""
    return output.with_suffix(".rejected.jsonl")


def begin(output: Path, settings: Mapping[str, Any]) -> None:
    """Note which settings an output is made with, or refuse to mix it with records made with others.

    Raises:
        StoreError: the output holds records made with other settings.
    """
    noted = output.with_name(f".{output.name}.settings.json")
    wanted = dump_json(settings)
    if not noted.exists() or not any(map(_holds_records, (output, rejected_path(output)))):
        write_atomic(noted, wanted)
        return
    before, now = dict(_leaves(read_json(noted))), dict(_leaves(json.loads(wanted)))
    if changed := sorted(key for key in {*before, *now} if before.get(key) != now.get(key)):
        first = changed[0]
        raise StoreError(
            f"{output}: was made with other settings ({', '.join(changed)}; for one, {first} was"
            f" {before.get(first)!r} and is now {now.get(first)!r})."
            f" Choose another --run, or remove {output.name} and {noted.name} to start afresh."
        )


def _holds_records(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _leaves(settings: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(settings, dict) and settings:
        for key, value in settings.items():
            yield from _leaves(value, f"{place}.{key}" if place else key)
    else:
        yield place, settings
