"""A snapshot and a release of dialogues that the pipeline talked through, without their sound."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from antifraud.config import load_config
from antifraud.evaluation.bench_calls import BenchCalls
from antifraud.records import AnnotatedCall, Call, Dialogue
from antifraud.release.columns import metadata_row
from antifraud.release.samples import Sample
from antifraud.snapshot import Reference
from antifraud.splits import choose, strata
from antifraud.stages.dialogues import generate_fraud, generate_normal, generate_storylines
from antifraud.stages.job import Job
from antifraud.store.lines import read_records
from antifraud.store.sealed import seal
from tests.calls import a_call
from tests.evaluation.benches import item, write_bench

CHARACTERS_PER_SECOND = 5.0


def talk(folder: Path, fraud: int, lawful: int) -> list[Dialogue]:
    """Return calls of the scripted agents: fraud with siblings and sales, and everyday ones."""
    counts = [f"generate.fraud.count={fraud}", f"generate.lawful.count={lawful}"]
    job = Job(load_config(None, {}, [f"run.folder={folder}", "run.name=talk", "run.seed=3", *counts]), quiet=True)
    for stage in (generate_storylines, generate_fraud, generate_normal):
        asyncio.run(stage(job))
    return list(read_records(job.run.dialogues, Dialogue))


def spoken(dialogue: Dialogue) -> Call:
    """Return a call of a dialogue, its turns one after the other."""
    ends = [0.0]
    for turn in dialogue.turns:
        ends.append(ends[-1] + len(turn.text) / CHARACTERS_PER_SECOND)
    turns = [(turn.speaker, turn.text) for turn in dialogue.turns]
    changes = {name: value for name, value in dialogue if name != "turns"} | {"audio": f"audio/{dialogue.id}.wav"}
    call = a_call(turns, list(pairwise(ends)), ends[-1], **changes)
    return call.model_copy(update={"turns": dialogue.turns})


def freeze(dialogues: Iterable[Dialogue], folder: Path) -> tuple[BenchCalls, Path]:
    """Write a quarter of the storylines as a snapshot and the others as a release; return both."""
    calls = [spoken(dialogue) for dialogue in dialogues]
    chosen = choose(strata(calls), 0.25, 1, "bench")
    branches: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        branches[call.storyline].add(call.branch)
    frozen = [reference(call, branches[call.storyline]) for call in calls if call.storyline in chosen]
    bench = write_bench(folder / "bench", frozen)
    release = write_release(folder / "release", (call for call in calls if call.storyline not in chosen))
    return BenchCalls(bench, [item(each) for each in frozen], frozen), release


def reference(call: Call, branches: set[str]) -> Reference:
    """Return the reference of a call; a call of fraud or its sibling belongs to the subset."""
    fields: dict[str, Any] = {name: getattr(call, name) for name in Reference.model_fields if hasattr(call, name)}
    is_sibling = call.branch in ("fraud", "lawful") and {"fraud", "lawful"} <= branches
    more = {"label_set": "teleantifraud", "rounds": (), "decisive_seconds": None}
    return Reference(**fields, **more, subsets=("siblings",) if is_sibling else ())


def write_release(folder: Path, calls: Iterable[Call]) -> Path:
    """Write and seal the metadata of a release, all of it for training."""
    (folder / "audio").mkdir(parents=True)
    rows = [metadata_row(_sample(call, folder)) for call in calls]
    (folder / "metadata.jsonl").write_text("".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows))
    seal(folder, "dataset_manifest.json", {})
    return folder


def _sample(call: Call, folder: Path) -> Sample:
    whole = AnnotatedCall(**dict(call), rounds=(), annotator="rules", attempts=1, agrees=True)
    return Sample(whole, whole, "train", folder / call.audio, call.duration_seconds)


def without_acts(calls: BenchCalls) -> BenchCalls:
    """Return a snapshot whose turns do nothing."""
    bare = [
        each.model_copy(update={"turns": tuple(turn.model_copy(update={"acts": ()}) for turn in each.turns)})
        for each in calls.references
    ]
    return replace(calls, references=bare)
