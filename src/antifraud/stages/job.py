"""What a stage works on, and how it goes through a file of records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from antifraud.config import Config
from antifraud.engine.stage import Tally, run_stage
from antifraud.intake_config import NOT_IN_TEXT
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.scenarios.packs import Packs
from antifraud.speech_config import NOT_HEARD
from antifraud.store.lines import count_lines
from antifraud.store.manifest import TIMES, describe, fingerprint, write_manifest
from antifraud.store.runs import RunFolder, rejected_path


@dataclass(frozen=True)
class Job:
    """What a stage works on: the config, the run folder, and files given instead of the run's own."""

    config: Config
    input: Path | None = None
    output: Path | None = None
    quiet: bool = False
    replay: bool = False
    """Take the answers of services from the journal alone."""

    @property
    def run(self) -> RunFolder:
        """The run folder of the config."""
        return RunFolder(self.config.run.folder / self.config.run.name)

    @property
    def packs(self) -> Packs:
        """The scenario packs of the config."""
        return load_packs(self.config.generate.packs or packs_folder())


async def run_records(
    job: Job,
    name: str,
    records: Iterable[Any],
    work: Callable[[Any], Any],
    output: Path,
    *,
    inputs: list[Path],
    total: int | None = None,
    order: Callable[[], Iterable[str]] | None = None,
    concurrency: int | None = None,
    note: Callable[[], str] | None = None,
) -> Tally:
    """Run a stage over record files and write its manifest last."""
    started = time.time()
    if total is None and inputs:
        total = sum(map(count_lines, inputs))
    tally = await run_stage(
        name,
        records,
        work,
        output,
        concurrency=concurrency or job.config.run.concurrency,
        total=total,
        order=order,
        quiet=job.quiet,
        note=note,
    )
    files = [path for path in (output, rejected_path(output)) if path.exists()]
    write_manifest(
        output.parent / "manifests" / f"{output.stem}.json",
        {
            "inputs": {path.name: fingerprint(path) for path in inputs},
            "outputs": {path.name: fingerprint(path) for path in files},
            "config": _portable(job.config),
            "seed": job.config.run.seed,
            "rejected": count_lines(rejected_path(output)),
            **describe(output),
            TIMES: {"started": started, "ended": time.time()},
        },
    )
    return tally


def _portable(config: BaseModel) -> dict[str, Any]:
    """Return the settings that say what was made, without where and how fast."""
    return config.model_dump(
        mode="json",
        exclude={
            "run": {"folder", "name", "concurrency"},
            "synthesize": NOT_HEARD,
            "ingest": NOT_IN_TEXT,
            "generate": {"packs"},
        },
    )
