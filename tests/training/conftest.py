"""A release of our own pipeline, spoken by espeak."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from antifraud.config import load_config
from antifraud.pipeline import STAGES
from antifraud.stages.job import Job


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five calls, all but the test split's for training."""
    counts = ["generate.fraud.count=2", "generate.lawful.count=1", "bench.share=0", "pack.test_share=0.3"]
    place = [f"run.folder={tmp_path_factory.mktemp('runs')}", "run.name=small", "run.seed=5", "synthesize.workers=1"]
    job = Job(load_config(None, {}, [*place, *counts]), quiet=True)

    async def make() -> None:
        for name, stage in STAGES:
            if name != "build-bench":
                await stage(job)

    asyncio.run(make())
    return job.run.release
