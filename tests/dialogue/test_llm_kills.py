"""A run of LLM agents that is killed pays again for what was in flight, and for nothing else."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path

from tests.conftest import clean_environment, command
from tests.fakes.client import FakeService

ROOT = Path(__file__).parents[2]
CONCURRENCY = 10


def start(service: FakeService, folder: Path, *more: str) -> subprocess.Popen[str]:
    settings = [f"llm.base_url={service.url}", f"llm.concurrency={CONCURRENCY}", "llm.budget=null"]
    arguments = [part for setting in settings for part in ("--set", setting)]
    return subprocess.Popen(
        command(*more[:1], *more[1:], *arguments),
        cwd=folder,
        env=clean_environment(SILICONFLOW_API_KEY="sk-loopback"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def test_kill_nine_half_way_pays_one_pass_and_what_was_in_flight(fake_service: FakeService, tmp_path: Path) -> None:
    fake_service.order(latency_ms=60)
    generate = ("generate-fraud", "-c", str(ROOT / "configs/siliconflow.yaml"), "-n", "24", "-q")
    finish(start(fake_service, tmp_path, *generate, "--run", "whole"))
    one_pass = fake_service.stats()["answered"]
    fake_service.reset()
    fake_service.order(latency_ms=60)
    process = start(fake_service, tmp_path, *generate, "--run", "killed")
    deadline = time.monotonic() + 60
    while fake_service.stats()["answered"] < one_pass // 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=30)
    paid_before = fake_service.stats()["answered"]
    assert one_pass // 2 <= paid_before < one_pass
    finish(start(fake_service, tmp_path, *generate, "--run", "killed"))
    stats = fake_service.stats()
    assert stats["answered"] + stats["undelivered"] <= one_pass + CONCURRENCY
    runs = tmp_path / "data/runs"
    assert (runs / "killed/dialogues.jsonl").read_bytes() == (runs / "whole/dialogues.jsonl").read_bytes()


def test_the_siliconflow_config_runs_end_to_end(fake_service: FakeService, tmp_path: Path) -> None:
    few = ("--set", "generate.fraud.count=4", "--set", "generate.lawful.count=4", "--set", "bench.share=0.3")
    run = ("run", str(ROOT / "configs/siliconflow.yaml"), *few, "--json")
    summary = json.loads(finish(start(fake_service, tmp_path, *run)))
    assert (
        summary["annotate"]["accepted"]
        + summary["generate-fraud"]["rejected"]
        + summary["generate-normal"]["rejected"]
        + summary["synthesize"]["rejected"]
        + summary["annotate"]["rejected"]
        == 12
    )
    assert summary["annotate"]["accepted"] >= 9
    folder = tmp_path / "data/runs/siliconflow"
    card = (folder / "release/README.md").read_text(encoding="utf-8")
    assert "| dialogue | llm " in card
    assert "| speech | espeak" in card
    stats = json.loads(finish(start(fake_service, tmp_path, "journal", "stats", "--run", "siliconflow", "--json")))
    assert stats["answers"] == fake_service.stats()["answered"]
    shown = finish(start(fake_service, tmp_path, "journal", "export", "all.jsonl", "--run", "siliconflow"))
    assert f"{stats['answers']} answers" in shown
    assert "sk-loopback" not in (tmp_path / "all.jsonl").read_text(encoding="utf-8")


def test_a_dry_run_asks_nothing_and_a_preview_shows_conversations(fake_service: FakeService, tmp_path: Path) -> None:
    config = ("-c", str(ROOT / "configs/siliconflow.yaml"))
    planned = finish(start(fake_service, tmp_path, "generate-fraud", *config, "--dry-run", "--json"))
    expected = json.loads(planned)
    assert fake_service.stats()["requests"] == 0
    assert expected["dialogues"] == 200
    assert expected["requests"] > 200
    assert expected["cost"] > 0
    shown = finish(start(fake_service, tmp_path, "preview", *config, "-n", "2"))
    assert shown.count("主叫: ") >= 4
    assert not (tmp_path / "data/runs/siliconflow/dialogues.jsonl").exists()
