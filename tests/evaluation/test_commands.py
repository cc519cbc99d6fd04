"""A program under test is asked over its pipes; and a run that is killed goes on where it was."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from antifraud.errors import EngineError
from antifraud.evaluation.records import Prediction
from antifraud.store.lines import read_records
from tests.conftest import CommandLine, clean_environment, command
from tests.evaluation.benches import write_sounding_bench
from tests.evaluation.conftest import Ask
from tests.fakes.client import FakeService

CONCURRENCY = 6
ANSWERING = """
import json, sys, wave
held = []
for line in sys.stdin:
    asked = json.loads(line)
    with open("asked.jsonl", "a") as file:
        file.write(line)
    with wave.open(asked["audio"]) as audio:
        seconds = audio.getnframes() / audio.getframerate()
    said = {"scene": "订餐服务", "is_fraud": seconds < 0.5, "fraud_type": "投资诈骗"}
    held.append({"number": asked["number"], "raw": json.dumps(said), "reasoning": str(len(asked["earlier"]))})
    if len(held) == 2:
        for answer in reversed(held):
            print(json.dumps(answer), flush=True)
        held = []
"""
"""Answers in pairs, the later one first."""


def program(folder: Path, text: str) -> str:
    (folder / "program.py").write_text(text, "utf-8")
    return shlex.join([sys.executable, str(folder / "program.py")])


def settings(line: str) -> tuple[str, ...]:
    return ("evaluate.kind=command", f"evaluate.command={json.dumps(line)}")


async def test_a_program_is_asked_about_the_audio_itself_and_may_answer_in_any_order(
    ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 4, seconds=0.6, cuts=(0.4,))
    monkeypatch.chdir(tmp_path)
    line = program(tmp_path, ANSWERING)
    found = await ask(bench, "http://none", *settings(line), "evaluate.prefixes=true", model="mine")
    given = list(read_records(found.folder / "predictions.jsonl", Prediction))
    assert {each.model for each in given} == {"mine"}
    verdicts = [json.loads(each.answers[1].raw or "")["is_fraud"] for each in given]
    assert verdicts == [True, False] * 4
    assert [[answer.reasoning for answer in each.answers] for each in given] == [["0", "1"]] * 8
    asked = [json.loads(text) for text in (tmp_path / "asked.jsonl").read_text("utf-8").splitlines()]
    exists = os.path.exists
    assert all(exists(each["audio"]) == (each["heard_seconds"] is None) for each in asked)
    assert all(
        each["earlier"] == [{"task": "scene", "raw": each["earlier"][0]["raw"]}] for each in asked if each["earlier"]
    )


def test_the_command_line_shows_tables_and_says_where_results_are(antifraud: CommandLine, tmp_path: Path) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 4)
    asked = ("--command", program(tmp_path, ANSWERING), "--binary", "--independent", "--set", "evaluate.draws=20")
    done = antifraud("evaluate", "--bench", str(bench), "--model", "org/mine", *asked)
    assert done.returncode == 0, done.stderr
    assert "by codec" in done.stderr + done.stdout
    assert "Sent 2 s of audio; the service told no audio tokens." in done.stderr
    results = json.loads((tmp_path / "results/org--mine/results.json").read_bytes())
    assert (results["model"], results["calls"], list(results["strict"]["tasks"])) == ("org/mine", 4, ["fraud"])


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("import sys; sys.stdin.readline()", "ended before it had answered"),
        (
            "import sys; sys.stdin.readline(); print('Loading model', flush=True)",
            r"wrote b'Loading model.*expected a line",
        ),
    ],
)
async def test_a_program_that_stops_or_chatters_ends_the_run(text: str, failure: str, ask: Ask, tmp_path: Path) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 3)
    with pytest.raises(EngineError, match=failure):
        await ask(bench, "http://none", *settings(program(tmp_path, text)))


async def test_a_program_that_is_silent_in_time_has_not_answered(ask: Ask, tmp_path: Path) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 1)
    silent = settings(program(tmp_path, "import sys; sys.stdin.read()"))
    found = await ask(bench, "http://none", *silent, "evaluate.timeout_seconds=0.2", "evaluate.binary=true")
    given = next(read_records(found.folder / "predictions.jsonl", Prediction)).answers[0]
    assert (given.raw, given.finish, given.error) == (None, "error", "no answer in 0.2 s")


def start(service: FakeService, bench: Path, name: str) -> subprocess.Popen[str]:
    options = ("--bench", str(bench), "--model", "fake/chat", "--output", name, "--quiet", "--json")
    fixed = (f"llm.base_url={service.url}", f"llm.concurrency={CONCURRENCY}", "evaluate.draws=20")
    return subprocess.Popen(
        command("evaluate", *options, *(part for setting in fixed for part in ("--set", setting))),
        cwd=bench.parent,
        env=clean_environment(SILICONFLOW_API_KEY="sk-loopback"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, object]:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    results: dict[str, object] = json.loads(out)
    return results


def test_kill_nine_half_way_pays_one_pass_and_what_was_in_flight(fake_service: FakeService, tmp_path: Path) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 30)
    whole = finish(start(fake_service, bench, "whole"))
    one_pass = fake_service.stats()["answered"]
    fake_service.reset()
    fake_service.order(latency_ms=50)
    process = start(fake_service, bench, "killed")
    deadline = time.monotonic() + 30
    while fake_service.stats()["answered"] < one_pass // 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    paid = fake_service.stats()["answered"]
    assert one_pass // 2 <= paid < one_pass
    killed = finish(start(fake_service, bench, "killed"))
    stats = fake_service.stats()
    assert stats["answered"] + stats["undelivered"] <= one_pass + CONCURRENCY
    assert sum(times - 1 for times in fake_service.doubly_paid().values()) <= CONCURRENCY
    same = ("strict", "lenient", "confidence", "calls")
    assert [killed[part] for part in same] == [whole[part] for part in same]
    assert len(list(read_records(tmp_path / "killed/predictions.jsonl", Prediction))) == 30
