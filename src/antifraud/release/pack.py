"""Annotated calls become a release: conversations, binary records, audio, metadata, card and manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import orjson

from antifraud.config import PackConfig, ReleaseFormat
from antifraud.errors import AntifraudError
from antifraud.records import AnnotatedCall
from antifraud.release.card import write_card
from antifraud.release.counts import Counts
from antifraud.release.formats import FORMATS, METADATA
from antifraud.splits import benched, choose, shared_voices, strata
from antifraud.store.files import folder_by_rename, locked
from antifraud.store.manifest import dump_json
from antifraud.store.sealed import copy_checked, seal

SPLITS = ("train", "test")
Calls = Callable[[], Iterable[AnnotatedCall]]


@dataclass(frozen=True)
class Release:
    """What `pack` made."""

    folder: Path
    splits: dict[str, Counts]


def pack(
    calls: Calls,
    source: Path,
    target: Path,
    config: PackConfig,
    *,
    seed: int,
    bench_share: float,
    content: dict[str, Any],
) -> Release:
    """Write a release folder, whole or not at all.

    Args:
        calls: opens the annotated calls; called again for each pass, so that memory does not grow with them.
        source: folder their audio paths are relative to.
        bench_share: share of the storylines that the benchmark takes, left out here.
        content: what the manifest shall say of inputs, config and engines.

    Raises:
        IntegrityError: an audio file is missing or changed.
        AntifraudError: there is nothing to pack.
    """
    stratum_of = strata(calls())
    bench = benched(calls(), bench_share, seed)
    open_ones = {storyline: stratum for storyline, stratum in stratum_of.items() if storyline not in bench}
    if not open_ones:
        raise AntifraudError(f"{source}: no annotated call is left for training; generate more or lower bench.share.")
    tested = choose(open_ones, config.test_share, seed, "test")
    voices = {"shared_with_benchmark": shared_voices(calls(), bench)}
    with locked(target), folder_by_rename(target) as folder:
        with _Writer(folder, config.formats) as writer:
            for call in calls():
                if call.storyline in open_ones:
                    writer.put(call, "test" if call.storyline in tested else "train", source)
        write_card(folder, config, writer.counts, {**content, **voices}, seed)
        summary = {split: counts.summary() for split, counts in writer.counts.items()}
        seal(folder, "dataset_manifest.json", {**content, "name": config.name, "splits": summary, "voices": voices})
    return Release(target, writer.counts)


class _Writer:
    """The open files of a release; rows are streamed."""

    def __init__(self, folder: Path, formats: Sequence[ReleaseFormat]) -> None:
        self._folder = folder
        self._formats = [FORMATS[name] for name in formats]
        self._tables = [METADATA, *(table for each in self._formats for table in each.tables)]
        self._files: dict[str, IO[bytes]] = {}
        self._begun: set[str] = set()
        self.counts = {split: Counts() for split in SPLITS}

    def __enter__(self) -> Self:
        for table in self._tables:
            for name in {table.path.format(split=split): None for split in SPLITS}:
                self._open(name)
        for name, note in ((name, note) for each in self._formats for name, note in each.notes.items()):
            (self._folder / name).write_bytes(dump_json(note))
        return self

    def __exit__(self, *_: object) -> None:
        for table in self._tables:
            if table.is_array:
                for split in SPLITS:
                    name = table.path.format(split=split)
                    self._files[name].write(b"\n]\n" if name in self._begun else b"[]\n")
        for file in self._files.values():
            file.close()

    def put(self, call: AnnotatedCall, split: str, source: Path) -> None:
        copy_checked(source / call.audio, self._folder / call.audio, call.sha256)
        for table in self._tables:
            name = table.path.format(split=split)
            for row in table.rows(call, split, self._folder / call.audio):
                line = orjson.dumps(row)
                if table.is_array:
                    line = (b",\n" if name in self._begun else b"[\n") + line
                self._files[name].write(line if table.is_array else line + b"\n")
                self._begun.add(name)
        self.counts[split].add(call)

    def _open(self, name: str) -> None:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        self._files[name] = open(path, "wb")  # noqa: SIM115 - closed in __exit__
