"""Peak memory of the parent process of `synthesize` over 100 and 2,000 calls: it does not grow with the calls.

    .venv/bin/python scripts/bench/calls_memory.py

The calls are the first six turns of scripted dialogues, spoken by espeak-ng and sent through a G.711 line.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from antifraud.records import Dialogue
from antifraud.store.lines import dump_line, read_records

CALLS = (100, 2_000)
TURNS = 6


def run(*arguments: str) -> float:
    """Run a command; return its own peak resident memory in MiB, its children left out."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        os.execv(sys.executable, [sys.executable, "-m", "antifraud", *arguments])  # noqa: S606
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"antifraud {' '.join(arguments)} failed")
    return usage.ru_maxrss / 1024


def shortened(folder: Path, count: int) -> Path:
    """Write as many short dialogues; return their file."""
    whole, short = folder / "whole" / "dialogues.jsonl", folder / f"{count}.jsonl"
    run("generate-normal", "-n", f"{count}", "-o", f"{whole}", "-q")
    with open(short, "wb") as file:
        for dialogue in read_records(whole, Dialogue):
            file.write(dump_line(dialogue.model_copy(update={"turns": dialogue.turns[:TURNS]})))
    return short


def main() -> None:
    """Print the two figures and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peaks = [
            run(
                *("synthesize", "-q", "-i", f"{shortened(folder, count)}", "-o", f"{folder / str(count)}/calls.jsonl"),
                *("--set", "synthesize.line.codecs={alaw: 1}"),
            )
            for count in CALLS
        ]
    for count, peak in zip(CALLS, peaks):
        print(f"{count:>6} calls: {peak:.0f} MiB")
    print(f"ratio {peaks[1] / peaks[0]:.2f}, wanted at most 1.2")


if __name__ == "__main__":
    main()
