"""What many tests share: the packs, a small run, and the command line as a real process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from antifraud.config import Config, load_config
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.scenarios.packs import Packs

CommandLine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def packs() -> Packs:
    return load_packs(packs_folder())


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "antifraud", *arguments]


def clean_environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANTIFRAUD_")}
    return {**kept, "OMP_NUM_THREADS": "1", **more}


@pytest.fixture
def antifraud(tmp_path: Path) -> CommandLine:
    """Run the command line in an empty folder of its own."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(*arguments),
            cwd=tmp_path,
            env=clean_environment(**environment),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def small_config(tmp_path: Path) -> Config:
    """Eight calls, four of each kind, in a folder of the test's own."""
    settings = ["generate.fraud.count=4", "generate.lawful.count=4", "run.seed=3", "bench.share=0.3"]
    return load_config(None, {}, [f"run.folder={tmp_path / 'runs'}", "run.name=small", *settings])
