"""Pushing a release: every byte arrives, and whatever may not be sent never leaves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from antifraud.release.pack import pack
from antifraud.release_config import PackConfig
from antifraud.services.upload import Place, failure
from tests.conftest import CommandLine
from tests.fakes.dataset_hub import TOKEN, DatasetHub, Repository
from tests.release.recorded_calls import CONTENT, annotated

REPO = "my-lab/telecom-fraud"
VARIABLES = {"hub": ("HF_ENDPOINT", "HF_TOKEN"), "modelscope": ("MODELSCOPE_ENDPOINT", "MODELSCOPE_API_TOKEN")}


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("packed")
    calls = [annotated(number, folder) for number in range(5)]
    return pack(
        lambda: calls, folder, folder / "release", PackConfig(test_share=0.4), seed=1, bench_share=0.0, content=CONTENT
    ).folder


@pytest.fixture
def release(packed: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(packed, tmp_path / "release"))


@pytest.fixture
def hub() -> Iterator[DatasetHub]:
    with DatasetHub() as service:
        yield service


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def pushing(antifraud: CommandLine, hub: DatasetHub, to: str, *more: str, token: str = TOKEN, **also: str) -> Any:
    endpoint, variable = VARIABLES[to]
    environment = {
        endpoint: hub.url,
        variable: token,
        "HF_HUB_DISABLE_XET": "1",  # the storage of large files of the Hub alone; mirrors speak git-lfs
        "HF_HOME": "hf",
        "MODELSCOPE_HOME": "modelscope",
        **also,
    }
    return antifraud("push", "release", "--to", to, "--repo", REPO, "--json", *more, **environment)


@pytest.mark.parametrize("to", ["hub", "modelscope"])
def test_every_file_arrives_as_it_is_and_an_interrupted_push_goes_on(
    antifraud: CommandLine, hub: DatasetHub, release: Path, to: str
) -> None:
    hub.blobs_taken = 2
    broken = pushing(antifraud, hub, to, "--private")
    assert (broken.returncode, broken.stdout) == (1, "")
    assert "Run the same command again" in broken.stderr.splitlines()[-1]
    stored = set(hub.blobs)
    assert 0 < len(stored) <= 2
    hub.blobs_taken, hub.requests = None, []
    done = pushing(antifraud, hub, to, "--private")
    assert done.returncode == 0, done.stderr
    assert hub.repositories[REPO].files == contents(release)
    assert hub.repositories[REPO].is_private
    assert hub.repositories[REPO].licence in (None, "Apache-2.0")
    told = json.loads(done.stdout)
    assert (told["files"], told["sent"], told["strangers"]) == (len(contents(release)), True, [])
    assert told["bytes"] == sum(map(len, contents(release).values()))
    assert {request for request in hub.requests if request.startswith("PUT")} == {
        f"PUT /blobs/{blob}" for blob in hub.blobs.keys() - stored
    }
    assert [path.name for path in release.parent.glob(".release.*")] == []


@pytest.mark.parametrize("to", ["hub", "modelscope"])
def test_a_wrong_token_is_one_line_without_the_token(
    antifraud: CommandLine, hub: DatasetHub, release: Path, to: str
) -> None:
    refused = pushing(antifraud, hub, to, token="hf_wrong-token")
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert f"{VARIABLES[to][1]} was refused (401) for {REPO}" in line
    assert "hf_wrong-token" not in refused.stdout + refused.stderr


def test_no_failure_tells_the_token_whatever_the_service_says() -> None:
    place = Place(REPO, "http://127.0.0.1:1", TOKEN, "HF_TOKEN", is_private=False, licence="other")
    try:
        raise RuntimeError("upload failed") from ValueError(f"refused Authorization: Bearer {TOKEN}\nand more")
    except RuntimeError as exc:
        line = str(failure(exc, place))
    assert "refused Authorization: Bearer ***. Run the same command again" in line
    assert TOKEN not in line


def test_what_may_not_be_sent_asks_nobody(antifraud: CommandLine, hub: DatasetHub, release: Path) -> None:
    planned = pushing(antifraud, hub, "hub", "--dry-run", token="")
    assert json.loads(planned.stdout)["files"] == len(contents(release))
    assert "HF_TOKEN is not set" in pushing(antifraud, hub, "hub", token="").stderr
    with open(release / "metadata.jsonl", "ab") as file:
        file.write(b"{}\n")
    damaged = pushing(antifraud, hub, "hub")
    assert damaged.returncode == 1
    assert damaged.stderr.splitlines() == [
        "release/metadata.jsonl: changed; 1 in all. Nothing was sent; pack it again, then push it."
    ]
    assert hub.requests == []


def test_a_public_repository_gets_nothing_that_was_to_be_private(
    antifraud: CommandLine, hub: DatasetHub, release: Path
) -> None:
    hub.repositories[REPO] = Repository(is_private=False)
    for to in VARIABLES:
        refused = pushing(antifraud, hub, to, "--private")
        assert refused.returncode == 1
        assert "exists and is public; nothing was sent" in refused.stderr
    assert hub.repositories[REPO].files == {}


def test_the_streamed_upload_of_the_library_is_looked_at_afterwards(
    antifraud: CommandLine, hub: DatasetHub, release: Path
) -> None:
    hub.has_blobs = False
    old = "parquet/train-00004-of-00005.parquet"
    hub.repositories[REPO] = Repository(is_private=False, files={old: b"old"})
    hub.ignored = frozenset({"LICENSE"})
    lacking = pushing(antifraud, hub, "hub", HF_HUB_DISABLE_XET="0")
    assert f"{REPO} lacks 1 of {len(contents(release))} files afterwards, first LICENSE" in lacking.stderr
    hub.ignored = frozenset()
    done = pushing(antifraud, hub, "hub", HF_HUB_DISABLE_XET="0")
    assert json.loads(done.stdout)["strangers"] == [old]
    assert hub.repositories[REPO].files == {**contents(release), old: b"old"}
