"""LLM dialogues against the loopback service: how near to ideal, memory, tokens and requests a call.

    .venv/bin/python scripts/bench/llm_dialogues.py

The service runs in a process of its own with 200 ms latency. Ideal is the time of the longest chain of requests of
the batch, with every other call beside it: requests one after the other, dialogues shared out over the concurrency.
"""

from __future__ import annotations

import os
import resource
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
    per_turn = talk["prompt tokens"] / talk["turns"]
    print(f"{'500 dialogues in mode turns, concurrency 100':52}{'found':>9}  target")
    print(
        f"{'turns, characters, requests a dialogue':52}{talk['turns']:>9.1f}{talk['characters']:>9.0f}{talk['requests']:>9.1f}"
    )
    print(
        f"{'wall, seconds; ideal; ratio':52}{talk['span']:>9.1f}{talk['ideal']:>9.1f}{talk['span'] / talk['ideal']:>9.2f}  <= 1.5"
    )
    print(f"{'prompt tokens a dialogue':52}{talk['prompt tokens']:>9.0f}")
    scaled = per_turn * ORIGINAL["turns"]
    print(f"{'prompt tokens for 6.4 turns, in proportion':52}{scaled:>9.0f}  <= 4200 (original 8400)")
    requests = talk["requests"] / talk["turns"] * ORIGINAL["turns"]
    print(f"{'requests for 6.4 turns, in proportion':52}{requests:>9.1f}  <= 9.4 (original 9.4)")
    print(f"{'prompt tokens a dialogue, mode script':52}{script['prompt tokens']:>9.0f}  <= 1500")
    print(f"{'peak memory, 500 and 5,000 in mode script, MiB':52}{script['memory']:>9.0f}{more['memory']:>9.0f}  flat")
    print(
        f"memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB", file=sys.stderr
    )


if __name__ == "__main__":
    main()
