"""START HERE: annotated calls become a snapshot: items without labels, references beside them, sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antifraud.bench.contamination import Newcomers, refuse_known
from antifraud.bench.fingerprints import fingerprint_of
from antifraud.bench.items import item_of, reference_of
from antifraud.bench.known_calls import FINGERPRINTS, Known
from antifraud.bench.recordings import heard
from antifraud.bench.sampling import Calls, Draw, draw
from antifraud.bench.snapshot_card import Baseline, write_card
from antifraud.bench.snapshot_counts import snapshot_counts
from antifraud.bench.sound_prints import FINE, Prints, prints_of
from antifraud.errors import StoreError
from antifraud.labels import LabelSet
from antifraud.records import AnnotatedCall, Branch, Record
from antifraud.release_config import BenchConfig
from antifraud.snapshot import ITEMS, MANIFEST, REFERENCES, Item, Reference, Snapshot
from antifraud.splits import shared_voices
from antifraud.store.files import folder_by_rename, locked
from antifraud.store.lines import dump_line
from antifraud.store.sealed import copy_checked, differences, read_manifest, seal

_DECIDING: Final = ("inputs", "config", "seed", "against", "parent")
"""Keys of a manifest that say what a snapshot was made of."""
Questions = Mapping[LabelSet, Mapping[str, str]]


@dataclass(frozen=True)
class Frozen:
    """What `build_bench` made or found."""

    folder: Path
    calls: int
    fraud: int
    existed: bool


@dataclass(frozen=True)
class Ground:
    """What a snapshot is made of besides its calls."""

    questions: Questions
    """The wording of each task by label set, the same for every item of a set."""
    content: Mapping[str, Any]
    """What the manifest shall say of inputs, config and engines."""
    measure: Callable[[Sequence[AnnotatedCall]], Mapping[str, Any]]
    """Figures of the chosen calls, for manifest and card."""
    score: Callable[[Path, Sequence[Item], Sequence[Reference]], Sequence[Baseline]] = lambda *_: ()
    """Baselines for the card; given the folder that audio paths are relative to, before it is sealed."""
    against: Sequence[Known] = ()
    """Releases and snapshots that no call may be known from."""
    parent: Snapshot | None = None
    """The snapshot that this one follows."""

    @property
    def told(self) -> dict[str, Any]:
        """What decides what a snapshot becomes, as the manifest tells it."""
        parent = self.parent and {"snapshot": self.parent.name, "seal": self.parent.seal}
        return {**self.content, "against": [known.told() for known in self.against], "parent": parent}


def build_bench(calls: Calls, source: Path, target: Path, config: BenchConfig, ground: Ground, *, seed: int) -> Frozen:
    """Freeze a snapshot; one that exists is never written into, and is an error unless it is the very same.

    Args:
        calls: opens the annotated calls; called several times.
        source: folder their audio paths are relative to.

    Raises:
        IntegrityError: an audio file is missing, changed or no sound.
        StoreError: the snapshot exists and was made of something else.
        ContaminationError: calls are known from a release or another snapshot.
        AntifraudError: nothing was chosen.
    """
    drawn = draw(calls, source, config, seed)
    with locked(target):
        if target.exists():
            return _existing(target, ground.told)
        chosen = sorted((call for call in calls() if call.id in drawn.ids), key=lambda call: call.id)
        with folder_by_rename(target) as folder:
            prints = [_copied(call, source, folder, fine=bool(ground.against)) for call in chosen]
            voices = {"shared_with_training": shared_voices(calls(), drawn.reserved), "shared_with": {}}
            if ground.against:
                newcomers = Newcomers(chosen, prints, config.jaccard_limit)
                voices["shared_with"] = refuse_known(newcomers, ground.against)
                prints = [fine[::FINE] for fine in prints]
            _write(folder / FINGERPRINTS, map(fingerprint_of, chosen, prints))
            manifest = {**ground.told, "voices": voices, **_written(folder, chosen, drawn, config, ground)}
            write_card(folder, manifest)
            seal(folder, MANIFEST, manifest)
    return Frozen(target, len(chosen), sum(call.is_fraud for call in chosen), existed=False)


def _existing(target: Path, told: Mapping[str, Any]) -> Frozen:
    _, manifest = read_manifest(target)
    if broken := next(differences(target), None):
        raise StoreError(f"{target}: the snapshot is damaged: {broken}. Restore it, or build under another name.")
    if any(manifest.get(key) != told[key] for key in _DECIDING):
        raise StoreError(
            f"{target}: a snapshot of this name exists and was made of other calls or settings;"
            " snapshots are never overwritten. Choose another with --set bench.snapshot=NAME."
        )
    return Frozen(target, manifest["counts"]["calls"], manifest["counts"]["fraud"], existed=True)


def _copied(call: AnnotatedCall, source: Path, folder: Path, *, fine: bool) -> Prints:
    """Copy a recording and return its prints."""
    copy_checked(source / call.audio, folder / call.audio, call.sha256)
    return prints_of(*heard(folder / call.audio, call), fine=fine)


def _written(
    folder: Path, chosen: Sequence[AnnotatedCall], drawn: Draw, config: BenchConfig, ground: Ground
) -> dict[str, Any]:
    """Write items and references, and return what the manifest tells of them."""
    items, references = _lines(chosen, ground.questions, config)
    _write(folder / ITEMS, items)
    _write(folder / REFERENCES, references)
    return {
        "snapshot": config.snapshot,
        "counts": {**snapshot_counts(items, references), "left_out": drawn.left_out},
        "figures": ground.measure(chosen),
        "baselines": [row.model_dump(mode="json") for row in ground.score(folder, items, references)],
    }


def _lines(
    chosen: Sequence[AnnotatedCall], questions: Questions, config: BenchConfig
) -> tuple[list[Item], list[Reference]]:
    branches: dict[str, set[Branch]] = {}
    for call in chosen:
        branches.setdefault(call.storyline, set()).add(call.branch)
    return (
        [item_of(call, questions[call.label_set], config) for call in chosen],
        [reference_of(call, branches[call.storyline], config) for call in chosen],
    )


def _write(path: Path, records: Iterable[Record]) -> None:
    with open(path, "wb") as file:
        file.writelines(map(dump_line, records))
