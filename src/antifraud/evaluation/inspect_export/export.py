"""Writes a snapshot as an Inspect AI task: a file of Python, and the samples that it reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import orjson

from antifraud.errors import AntifraudError
from antifraud.evaluation.answer_words import FRAUD, NORMAL
from antifraud.evaluation.bench_calls import BenchCalls, read_calls
from antifraud.labels import LabelSet
from antifraud.records import Task
from antifraud.snapshot import Item, Reference
from antifraud.store.files import write_atomic
from antifraud.store.sealed import differences, read_manifest

TASK_FILE: Final = "antifraud_task.py"
SAMPLES_FILE: Final = "samples.json"
_TEMPLATE: Final = Path(__file__).with_name("antifraud_task.py.txt")
_TAKEN: Final = ("wav", "mp3")
"""Formats of sound that Inspect's ContentAudio takes."""


def export_inspect(bench: Path, target: Path) -> int:
    """Write the task of a snapshot into a folder, and return how many samples it has.

    Recordings stay where they are: samples hold the way to the snapshot from the folder.

    Raises:
        StoreError: the folder is no snapshot, or nothing can be written.
        AntifraudError: a file of it is not what was frozen, or a recording is of a format that Inspect does not take.
    """
    if broken := next(differences(bench), None):
        raise AntifraudError(f"{bench}: {broken}. The snapshot is not what was frozen; restore it.")
    calls, manifest = read_calls(bench), read_manifest(bench)[1]
    _refuse_formats(calls)
    target.mkdir(parents=True, exist_ok=True)
    told = {
        "snapshot": str(manifest.get("snapshot", bench.name)),
        "seal": manifest["seal"],
        "bench": Path(os.path.relpath(bench, target)).as_posix(),
        "samples": [sample(item, reference) for item, reference in calls.pairs()],
    }
    write_atomic(target / SAMPLES_FILE, orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    write_atomic(target / TASK_FILE, _TEMPLATE.read_bytes())
    return len(calls.items)


def sample(item: Item, reference: Reference) -> dict[str, Any]:
    """Return what the task knows of a call; labels are for its scorer alone."""
    kind = reference.official_category if item.label_set is LabelSet.OFFICIAL else reference.fraud_type
    labels: dict[Task, str | None] = {
        "scene": reference.scene,
        "fraud": FRAUD if reference.is_fraud else NORMAL,
        "fraud_type": kind if reference.is_fraud else None,
    }
    return {
        "id": item.id,
        "audio": item.audio,
        "format": Path(item.audio).suffix.removeprefix("."),
        "questions": item.questions,
        "label_set": item.label_set,
        "storyline": reference.storyline,
        "labels": labels,
    }


def _refuse_formats(calls: BenchCalls) -> None:
    for item in calls.items:
        if not item.audio.endswith(_TAKEN):
            raise AntifraudError(
                f"{calls.folder / item.audio}: Inspect takes {' and '.join(_TAKEN)};"
                " build the snapshot of calls with synthesize.format wav or mp3."
            )
