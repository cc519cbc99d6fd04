"""LLM dialogues against the loopback service: how near to ideal, memory, tokens and requests a call.

    .venv/bin/python scripts/bench/llm_dialogues.py

The service runs in a process of its own with 200 ms latency. Ideal is the time of the longest chain of requests of
the batch, with every other call beside it: requests one after the other, dialogues shared out over the concurrency.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import orjson

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fakes.client import FakeService

LATENCY_SECONDS = 0.2
ORIGINAL = {"prompt tokens": 8400, "requests": 9.4, "turns": 6.4, "characters": 417}
"""A dialogue of the original: measured on its prompts and its released calls."""


def run(service: FakeService, folder: Path, count: int, mode: str, concurrency: int) -> float:
    """Generate fraud dialogues in one process; return its peak resident memory in MiB."""
    settings = [
        f"generate.mode={mode}",
        "generate.engine=llm",
        "llm.preset=openai",
        f"llm.base_url={service.url}",
        f"llm.concurrency={concurrency}",
        "run.rejected_limit=1",
    ]
    options = [part for setting in settings for part in ("--set", setting)]
    output = folder / "dialogues.jsonl"
    child = os.fork()
    if child == 0:
        os.environ["OPENAI_API_KEY"] = "sk-loopback"
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        os.execv(  # noqa: S606
            sys.executable,
            [sys.executable, "-m", "antifraud", "generate-fraud", "-n", f"{count}", "-o", f"{output}", "-q", *options],
        )
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit("antifraud failed")
    return usage.ru_maxrss / 1024


def measured(service: FakeService, count: int, mode: str, concurrency: int) -> dict[str, Any]:
    """Generate and return what the server and the records tell."""
    service.reset()
    service.order(latency_ms=1000 * LATENCY_SECONDS)
    with tempfile.TemporaryDirectory() as name:
        memory = run(service, Path(name), count, mode, concurrency)
        stats = service.stats()
        calls = [orjson.loads(line) for line in (Path(name) / "dialogues.jsonl").read_bytes().splitlines()]
    turns = sum(len(call["turns"]) for call in calls) / len(calls)
    requests = stats["requests"] / count
    span = stats["last_seconds"] - stats["first_seconds"]
    return {
        "dialogues": len(calls),
        "turns": turns,
        "characters": sum(len(turn["text"]) for call in calls for turn in call["turns"]) / len(calls),
        "requests": requests,
        "prompt tokens": stats["prompt_tokens"] / count,
        "span": span,
        "ideal": requests * LATENCY_SECONDS * max(1.0, count / concurrency),
        "memory": memory,
    }


def main() -> None:
    """Print the figures beside what they should be."""
    with FakeService() as service:
        talk = measured(service, 500, "turns", 100)
        more = measured(service, 5000, "script", 200)
        script = measured(service, 500, "script", 200)
    scale = ORIGINAL["turns"] / talk["turns"]
    rows = [
        ("mode turns, 500 dialogues at concurrency 100: wall, s", f"{talk['span']:.1f}", ""),
        ("the same, ideal, s", f"{talk['ideal']:.1f}", ""),
        ("ratio", f"{talk['span'] / talk['ideal']:.2f}", "<= 1.5"),
        ("turns of a dialogue", f"{talk['turns']:.1f}", ""),
        ("characters of a dialogue", f"{talk['characters']:.0f}", ""),
        ("requests for 6.4 turns, in proportion", f"{talk['requests'] * scale:.1f}", "<= 9.4"),
        (
            "prompt tokens for 6.4 turns, in proportion",
            f"{talk['prompt tokens'] * scale:.0f}",
            "<= 4200 (original 8400)",
        ),
        ("mode script: prompt tokens of a dialogue", f"{script['prompt tokens']:.0f}", "<= 1500"),
        ("mode script: peak memory for 500, MiB", f"{script['memory']:.0f}", ""),
        ("mode script: peak memory for 5,000, MiB", f"{more['memory']:.0f}", "flat"),
    ]
    for label, value, wanted in rows:
        print(f"{label:55}{value:>8}  {wanted}")


if __name__ == "__main__":
    main()
