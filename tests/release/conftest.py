"""A release in every format, made once."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import orjson
import pytest

from antifraud.records import AnnotatedCall
from antifraud.release.pack import pack
from antifraud.release_config import PackConfig, ReleaseFormat
from tests.release.recorded_calls import CONTENT, annotated

CALLS = 12
SHARDED = 0.1
"""Megabytes of a shard: two or three of these calls."""


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, AnnotatedCall]:
    """The calls of the release by id; their folder is `recorded_folder`."""
    folder = tmp_path_factory.getbasetemp() / "recorded"
    folder.mkdir()
    return {call.id: call for call in (annotated(number, folder) for number in range(CALLS))}


@pytest.fixture(scope="session")
def recorded_folder(recorded: dict[str, AnnotatedCall], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "recorded"


@pytest.fixture(scope="session")
def release(recorded: dict[str, AnnotatedCall], recorded_folder: Path) -> Path:
    """A release of twelve calls in every format."""
    config = PackConfig(
        formats=get_args(ReleaseFormat), test_share=0.25, shard_megabytes=SHARDED, zips=True, preview_calls=1
    )
    folder = recorded_folder / "release"
    made = pack(recorded.values, recorded_folder, folder, config, seed=1, bench_share=0.0, content=CONTENT)
    assert {split: counts.calls for split, counts in made.splits.items()} == {"train": 9, "test": 3}
    return folder


@pytest.fixture(scope="session")
def metadata(release: Path) -> dict[str, dict[str, Any]]:
    """The rows of metadata.jsonl by id."""
    rows = [orjson.loads(line) for line in (release / "metadata.jsonl").read_bytes().splitlines()]
    return {row["id"]: row for row in rows}
