"""`antifraud synthesize --server … --server …`: calls are complete though a server dies."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

import soundfile

from antifraud.records import Call
from antifraud.store.files import sha256_of
from antifraud.store.lines import read_records
from tests.conftest import CommandLine, clean_environment, command
from tests.speech.server.serving import serving

DIALOGUES = 10
EVERYDAY = ("--set", "generate.fraud.count=0")
"""No storylines: nothing but everyday calls."""


def calls_of(folder: Path) -> list[Call]:
    return list(read_records(folder / "calls.jsonl", Call))


def test_two_servers_of_which_one_is_killed_in_mid_run_complete_every_call_with_the_same_sound(
    antifraud: CommandLine, tmp_path: Path
) -> None:
    assert antifraud("generate-normal", "--run", "here", "-n", f"{DIALOGUES}", *EVERYDAY, "-q").returncode == 0
    run = tmp_path / "data/runs/here"
    assert antifraud("synthesize", "--run", "here", "-q").returncode == 0
    there = tmp_path / "there"
    with serving(cwd=tmp_path) as doomed, serving(cwd=tmp_path) as other:
        process = subprocess.Popen(
            command(
                *("synthesize", "--run", "here", "-q", "--json", "-o", f"{there}/calls.jsonl"),
                *("--server", doomed.address, "--server", other.address, "--set", "run.concurrency=2"),
            ),
            cwd=tmp_path,
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 60
        while not (there / "audio").exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        doomed.signal(signal.SIGKILL)
        out, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert json.loads(out)["accepted"] == DIALOGUES
    local, remote = calls_of(run), calls_of(there)
    assert [call.sha256 for call in remote] == [call.sha256 for call in local]
    assert all(sha256_of(there / call.audio) == call.sha256 for call in remote)
    for call in remote:
        with soundfile.SoundFile(there / call.audio) as sound:
            assert "engine espeak 1.52" in sound.comment
