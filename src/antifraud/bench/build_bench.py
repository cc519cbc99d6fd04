"""Annotated calls become a snapshot: items without labels, references beside them, sealed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from antifraud.config import BenchConfig
from antifraud.errors import AntifraudError, StoreError
from antifraud.labels import LabelSet
from antifraud.records import AnnotatedCall
from antifraud.splits import benched, shared_voices
from antifraud.store.files import folder_by_rename, locked
from antifraud.store.sealed import copy_checked, differences, read_manifest, seal

Calls = Callable[[], Iterable[AnnotatedCall]]


@dataclass(frozen=True)
class Snapshot:
    """What `build_bench` made or found."""

    folder: Path
    calls: int
    fraud: int
    existed: bool


def build_bench(
    calls: Calls,
    source: Path,
    target: Path,
    config: BenchConfig,
    *,
    seed: int,
    questions: Mapping[LabelSet, Mapping[str, str]],
    content: dict[str, Any],
) -> Snapshot:
    """Freeze a snapshot; one that exists is never written into, and is an error unless it is the very same.

    Args:
        calls: opens the annotated calls; called three times.
        source: folder their audio paths are relative to.
        questions: the wording of each task by label set, the same for every item of a set.
        content: what the manifest shall say of inputs, config and engines.

    Raises:
        IntegrityError: an audio file is missing or changed.
        StoreError: the snapshot exists and was made of something else.
        AntifraudError: nothing was chosen.
    """
    chosen = benched(calls(), config.share, seed)
    if not chosen:
        raise AntifraudError(
            f"{source}: bench.share {config.share} takes no storyline; raise it or generate more calls."
        )
    with locked(target):
        if target.exists():
            return _existing(target, content)
        with folder_by_rename(target) as folder:
            frozen = sorted((call for call in calls() if call.storyline in chosen), key=lambda call: call.id)
            _write(folder, frozen, source, questions)
            counts = {"calls": len(frozen), "fraud": sum(call.is_fraud for call in frozen)}
            voices = {"shared_with_training": shared_voices(calls(), chosen)}
            seal(folder, "manifest.json", {**content, "snapshot": config.snapshot, "counts": counts, "voices": voices})
    return Snapshot(target, counts["calls"], counts["fraud"], existed=False)


def _existing(target: Path, content: dict[str, Any]) -> Snapshot:
    _, manifest = read_manifest(target)
    if broken := next(differences(target), None):
        raise StoreError(f"{target}: the snapshot is damaged: {broken}. Restore it, or build under another name.")
    if any(manifest.get(key) != content[key] for key in ("inputs", "config", "seed")):
        raise StoreError(
            f"{target}: a snapshot of this name exists and was made of other calls or settings;"
            " snapshots are never overwritten. Choose another with --set bench.snapshot=NAME."
        )
    return Snapshot(target, manifest["counts"]["calls"], manifest["counts"]["fraud"], existed=True)


def _write(
    folder: Path, calls: Iterable[AnnotatedCall], source: Path, questions: Mapping[LabelSet, Mapping[str, str]]
) -> None:
    with open(folder / "items.jsonl", "wb") as items, open(folder / "references.jsonl", "wb") as references:
        for call in calls:
            copy_checked(source / call.audio, folder / call.audio, call.sha256)
            items.write(orjson.dumps(item(call, questions[call.label_set])) + b"\n")
            references.write(orjson.dumps(reference(call)) + b"\n")


def item(call: AnnotatedCall, questions: Mapping[str, str]) -> dict[str, Any]:
    """Return what a model under test may see: audio and all three questions, whatever the call; no label."""
    return {
        "id": call.id,
        "audio": call.audio,
        "sha256": call.sha256,
        "sample_rate_hz": call.sample_rate_hz,
        "channels": call.channels,
        "duration_seconds": call.duration_seconds,
        "questions": dict(questions),
    }


def reference(call: AnnotatedCall) -> dict[str, Any]:
    """Return what the evaluation compares with."""
    return call.model_dump(
        mode="json",
        include={
            *("id", "is_fraud", "scene", "fraud_type", "official_category", "scenario", "storyline"),
            *("turns", "segments", "ending", "label_set", "rounds"),
        },
    )
