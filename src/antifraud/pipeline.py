"""START HERE: the stages in the order the data flows.

    scenarios/ ── generate_storylines             ──> storylines.jsonl
                  generate_fraud, generate_normal ──> dialogues.jsonl
    recordings ── ingest                          ──> dialogues.jsonl
    seeds ─────── imitate                         ──> imitations.jsonl
                  synthesize                      ──> calls.jsonl + audio/
                  annotate                        ──> annotations.jsonl
                  pack                            ──> release/
                  build_bench                     ──> bench/<snapshot>/

A stage takes a `Job` and returns what it did. `stages/` holds them, `run` does all of them, and each is a command.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from antifraud.engine.stage import Tally
from antifraud.stages.annotations import annotate
from antifraud.stages.benchmarks import build_bench
from antifraud.stages.calls import synthesize
from antifraud.stages.dialogues import generate_fraud, generate_normal, generate_storylines
from antifraud.stages.job import Job
from antifraud.stages.releases import pack
from antifraud.store.files import write_atomic
from antifraud.store.manifest import dump_json

Stage = Callable[[Job], Any]
STAGES: tuple[tuple[str, Stage], ...] = (
    ("generate-storylines", generate_storylines),
    ("generate-fraud", generate_fraud),
    ("generate-normal", generate_normal),
    ("synthesize", synthesize),
    ("annotate", annotate),
    ("pack", pack),
    ("build-bench", build_bench),
)
"""Every stage by its command, in the order of the flow."""


async def run(job: Job) -> list[tuple[str, Any]]:
    """Run every stage; a stage that is done costs no more than reading its ids."""
    note_config(job)
    done = []
    for name, stage in STAGES:
        result = await stage(job)
        if isinstance(result, Tally):
            result.check(job.config.run.rejected_limit)
        done.append((name, result))
    return done


def note_config(job: Job) -> None:
    """Keep the resolved config in the run folder, for `status` and for people."""
    settings = job.config.model_dump(mode="json", exclude={"run": {"folder"}})
    write_atomic(job.run.path / "config.json", dump_json(settings))
