"""Annotated calls become a release: conversations, binary records, audio, metadata, card and manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from antifraud.errors import AntifraudError
from antifraud.leaks import Side, heard_on_both, refuse_leaks
from antifraud.lineage import Lineage
from antifraud.records import AnnotatedCall
from antifraud.release.counts import Counts
from antifraud.release.cutting import samples
from antifraud.release.formats import FORMATS, METADATA, Part
from antifraud.release.licences import check_licence
from antifraud.release.observed import Observed
from antifraud.release.papers import Packed, write_papers
from antifraud.release.tables import SPLITS
from antifraud.release.writers import Put
from antifraud.release_config import PackConfig
from antifraud.splits import divide
from antifraud.store.files import folder_by_rename, locked
from antifraud.store.manifest import dump_json
from antifraud.store.sealed import seal

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
        ConfigError: `pack.licence` gives more than an engine allows.
        IntegrityError: an audio file is missing or changed.
        Leak: what stands on one side of the split would stand on another too, or a real call holds personal data.
        AntifraudError: there is nothing to pack.
    """
    check_licence(config.licence, content["engines"])
    division = divide(
        calls(),
        bench_share=bench_share,
        test_share=config.test_share,
        seed=seed,
        test_voices=config.test_voices,
    )
    if all(side == "bench" for side in division.side_of.values()):
        raise AntifraudError(f"{source}: no annotated call is left for training; generate more or lower bench.share.")
    sides: list[Side] = []
    with locked(target), folder_by_rename(target) as folder, Lineage() as seen:
        with _Writer(folder, config) as writer:
            for call in seen.entering(calls()):
                sides.append(side := division.of(call))
                if side != "bench":
                    writer.put(call, side, source)
        refuse_leaks(seen, sides, tested_apart=config.test_voices == "apart")
        voices = {
            "shared_with_benchmark": heard_on_both(seen, sides, "bench", "train", "test"),
            "shared_by_train_and_test": heard_on_both(seen, sides, "train", "test"),
        }
        packed = Packed(config, writer.counts, writer.observed, {**content, **voices}, seed)
        known = write_papers(folder, packed, writer.known)
        summary = {split: counts.summary() for split, counts in writer.counts.items()}
        made = {"name": config.name, "splits": summary, "voices": voices, "division": division.summary()}
        seal(folder, "dataset_manifest.json", {**content, **made}, known)
    return Release(target, writer.counts)


class _Writer:
    """The open files of a release; samples are streamed through all of them."""

    def __init__(self, folder: Path, config: PackConfig) -> None:
        self._folder = folder
        self._config = config
        self._open = ExitStack()
        self._puts: dict[str, list[Put]] = {split: [] for split in SPLITS}
        self.counts = {split: Counts() for split in SPLITS}
        self.observed = Observed()
        self.known: dict[str, str] = {}
        """SHA-256 of the recordings by their path."""

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            formats = [FORMATS[name] for name in dict.fromkeys(self._config.formats)]
            for part in (METADATA, *(part for each in formats for part in each.parts)):
                if part.is_wanted(self._config):
                    self._open_part(part, opened)
            for name, note in ((name, note) for each in formats for name, note in each.notes.items()):
                (self._folder / name).write_bytes(dump_json(note))
            self._open = opened.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def put(self, call: AnnotatedCall, split: str, source: Path) -> None:
        done = []
        for sample in samples(call, split, source, self._folder, self._config.windows):
            for put in self._puts[split]:
                put(sample)
            self.known[sample.call.audio] = sample.call.sha256
            done.append(sample)
        self.counts[split].add(call, done)
        self.observed.add(call)

    def _open_part(self, part: Part, opened: ExitStack) -> None:
        puts: dict[str, Put] = {}
        for split in SPLITS:
            name = part.path.format(split=split)
            if name not in puts:
                path = self._folder / name
                path.parent.mkdir(exist_ok=True)
                puts[name] = opened.enter_context(part.open(path, self._config))
            self._puts[split].append(puts[name])
