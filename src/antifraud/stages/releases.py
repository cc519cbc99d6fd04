"""The release, made of annotated calls that stand the audit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from antifraud.errors import RecordError
from antifraud.records import AnnotatedCall
from antifraud.release.pack import Release
from antifraud.release.pack import pack as pack_release
from antifraud.stages.job import Job
from antifraud.stages.standards import refuse_below_standard
from antifraud.store.lines import read_records
from antifraud.store.manifest import describe, fingerprint


async def pack(job: Job) -> Release:
    """Pack the annotated calls as training data, without those the benchmark takes."""
    source, target = job.input or job.run.annotations, job.output or job.run.release
    config, seed = job.config, job.config.run.seed
    settings = {"pack": config.pack.model_dump(mode="json"), "bench": {"share": config.bench.share}}
    content = sealed_content(source, settings, seed)
    standards = await refuse_below_standard(job.config, source, job.packs)
    return pack_release(
        lambda: read_records(source, AnnotatedCall),
        source.parent,
        target,
        config.pack,
        seed=seed,
        bench_share=config.bench.share,
        content={**content, "standards": standards},
    )


def sealed_content(source: Path, settings: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Return what the manifest of a sealed folder says of what it was made of.

    Raises:
        RecordError: there is no such record file.
    """
    if not source.exists():
        raise RecordError(f"{source}: not found. Run annotate first, or give --input.")
    made = describe(source)
    del made["counts"]  # a release and a snapshot count what they hold themselves
    return {"inputs": {source.name: fingerprint(source)}, "config": settings, "seed": seed, **made}
