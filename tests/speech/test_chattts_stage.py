"""`antifraud synthesize` with ChatTTS on small random weights: killed at any moment, the same bytes in the end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from antifraud.records import Call
from antifraud.speech.engines.chattts import WORKER
from antifraud.store.files import sha256_of
from antifraud.store.lines import read_records
from tests.conftest import clean_environment, command
from tests.speech.processes import end_by_themselves, workers_of

DIALOGUES = 6
TOKENS_PER_CHARACTER = 6
"""0.13 s: the shortest turn is no empty one."""


def settings(weights: Path) -> list[str]:
    """Random weights speak noise, so the gates only report."""
    values = {
        "synthesize.engine": "chattts",
        "synthesize.workers": 1,
        "synthesize.gates": "report",
        "synthesize.voices": weights / "bank.jsonl",
        "synthesize.line.codecs": "{alaw: 1}",
        "synthesize.chattts.assets": weights,
        "synthesize.chattts.model": weights / "slower.json",
        "synthesize.chattts.device": "cpu",
        "synthesize.chattts.refine": "false",
        "synthesize.chattts.batch_size": 8,
        "synthesize.chattts.block_calls": 3,
    }
    return [part for key, value in values.items() for part in ("--set", f"{key}={value}")]


def speaking(folder: Path, weights: Path) -> subprocess.Popen[str]:
    arguments = command("synthesize", "--run", "small", "-q", *settings(weights))
    return subprocess.Popen(arguments, cwd=folder, env=clean_environment(), stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> None:
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said


def sounds(folder: Path) -> dict[str, str]:
    run = folder / "data/runs/small"
    calls = list(read_records(run / "calls.jsonl", Call))
    assert len({call.id for call in calls}) == len(calls) == DIALOGUES
    assert all(sha256_of(run / call.audio) == call.sha256 for call in calls)
    return {"calls.jsonl": sha256_of(run / "calls.jsonl"), **{call.audio: call.sha256 for call in calls}}


def dialogues_in(folder: Path) -> Path:
    folder.mkdir()
    made = command("generate-fraud", "--run", "small", "-n", str(DIALOGUES), "-q")
    subprocess.run(made, cwd=folder, env=clean_environment(), capture_output=True, timeout=60, check=True)
    return folder


def wait_for_calls(folder: Path, process: subprocess.Popen[str], count: int) -> None:
    calls, deadline = folder / "data/runs/small/calls.jsonl", time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        if calls.exists() and calls.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.01)
    pytest.fail(f"no {count} calls were made; the process ended with {process.poll()}")


@pytest.fixture(scope="module")
def weights(chattts_folder: Path) -> Path:
    """The small weights, with utterances as long as speech."""
    model = json.loads((chattts_folder / "model.json").read_bytes())
    slower = {**model, "fixed_tokens_per_character": TOKENS_PER_CHARACTER}
    (chattts_folder / "slower.json").write_text(json.dumps(slower))
    return chattts_folder


@pytest.fixture(scope="module")
def undisturbed(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = dialogues_in(tmp_path_factory.mktemp("chattts") / "undisturbed")
    finished(speaking(folder, weights))
    return sounds(folder)


def test_a_worker_killed_in_mid_batch_changes_no_byte(
    weights: Path, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    folder = dialogues_in(tmp_path / "killed")
    process = speaking(folder, weights)
    wait_for_calls(folder, process, 1)
    (worker,) = workers_of(process.pid, WORKER)
    os.kill(worker, signal.SIGKILL)
    finished(process)
    assert sounds(folder) == undisturbed


def test_a_run_killed_in_the_middle_goes_on_to_the_same_bytes(
    weights: Path, tmp_path: Path, undisturbed: dict[str, str]
) -> None:
    folder = dialogues_in(tmp_path / "killed")
    process = speaking(folder, weights)
    wait_for_calls(folder, process, DIALOGUES // 3)
    workers = workers_of(process.pid, WORKER)
    process.kill()
    process.communicate(timeout=30)
    assert end_by_themselves(workers)
    before = (folder / "data/runs/small/calls.jsonl").read_bytes().count(b"\n")
    assert DIALOGUES // 3 <= before < DIALOGUES
    finished(speaking(folder, weights))
    assert sounds(folder) == undisturbed


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("synthesize.chattts.assets=nowhere", "nowhere"),
        ("synthesize.voices=none.jsonl", "none.jsonl: cannot be read"),
        ("synthesize.chattts.batch_size=0", "synthesize.chattts.batch_size is 0"),
    ],
)
def test_what_is_missing_is_one_clear_line(weights: Path, tmp_path: Path, setting: str, said: str) -> None:
    folder = dialogues_in(tmp_path / "missing")
    arguments = command("synthesize", "--run", "small", "-q", *settings(weights), "--set", setting)
    done = subprocess.run(
        arguments, cwd=folder, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_bank_of_weights_that_speak_noise_is_refused_in_one_line(weights: Path, tmp_path: Path) -> None:
    arguments = command("voices", "build", "-n", "3", "-o", "bank.jsonl", *settings(weights))
    done = subprocess.run(
        arguments, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1)
    assert "no speaker could be measured" in done.stderr
    assert not (tmp_path / "bank.jsonl").exists()
