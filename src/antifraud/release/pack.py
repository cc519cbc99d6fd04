"""Annotated calls become a release: conversations, binary records, audio, metadata, card and manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import orjson

from antifraud.config import PackConfig
from antifraud.errors import AntifraudError
from antifraud.records import AnnotatedCall
from antifraud.release.card import write_card
from antifraud.release.counts import Counts
from antifraud.release.formats import binary_row, metadata_row, sft_row
from antifraud.splits import benched, choose, shared_voices, strata
from antifraud.store.files import folder_by_rename, locked
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
        with _Writer(folder) as writer:
            for call in calls():
                if call.storyline in open_ones:
                    writer.put(call, "test" if call.storyline in tested else "train", source)
        write_card(folder, config.name, writer.counts, {**content, **voices}, seed)
        summary = {split: counts.summary() for split, counts in writer.counts.items()}
        seal(folder, "dataset_manifest.json", {**content, "name": config.name, "splits": summary, "voices": voices})
    return Release(target, writer.counts)


class _Writer:
    """The open files of a release; rows are streamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, IO[bytes]] = {}
        self.counts = {split: Counts() for split in SPLITS}

    def __enter__(self) -> Self:
        for split in SPLITS:
            self._open(f"sft/{split}.jsonl")
            self._open(f"binary_classification/{split}.json").write(b"[")
        self._open("metadata.jsonl")
        return self

    def __exit__(self, *_: object) -> None:
        for split in SPLITS:
            self._files[f"binary_classification/{split}.json"].write(b"\n]\n")
        for file in self._files.values():
            file.close()

    def put(self, call: AnnotatedCall, split: str, source: Path) -> None:
        counts, binary = self.counts[split], self._files[f"binary_classification/{split}.json"]
        copy_checked(source / call.audio, self._folder / call.audio, call.sha256)
        self._files[f"sft/{split}.jsonl"].write(orjson.dumps(sft_row(call)) + b"\n")
        binary.write((b",\n" if counts.calls else b"\n") + orjson.dumps(binary_row(call)))
        self._files["metadata.jsonl"].write(orjson.dumps(metadata_row(call, split)) + b"\n")
        counts.add(call)

    def _open(self, name: str) -> IO[bytes]:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        self._files[name] = open(path, "wb")  # noqa: SIM115 - closed in __exit__
        return self._files[name]
