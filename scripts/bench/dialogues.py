"""Figures of the dialogue stage: CPU of 1,000 dialogues, how alike they are, and memory at 2,000 and 20,000.

    .venv/bin/python scripts/bench/dialogues.py

Each run is a process of its own on one core; times are CPU seconds, start-up included.
"""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from antifraud.records import Dialogue
from antifraud.store.lines import read_records


def run(*arguments: str) -> tuple[float, float]:
    """Run a command on one core; return its CPU seconds and its peak resident memory in MiB."""
    child = os.fork()
    if child == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(1, 2)
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        os.execv(sys.executable, [sys.executable, "-m", "antifraud", *arguments])  # noqa: S606
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit(f"antifraud {' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def generate(folder: Path, storylines: int, everyday: int) -> tuple[Path, float]:
    """Tell storylines as fraud, sibling and now and then sale, and everyday calls; return the file and CPU seconds."""
    output = folder / "both" / "dialogues.jsonl"
    counts = (("fraud", storylines), ("normal", everyday))
    runs = [run(f"generate-{kind}", "-n", f"{count}", "-o", f"{output}", "-q") for kind, count in counts]
    return output, sum(seconds for seconds, _ in runs)


def peak_of(folder: Path, count: int) -> float:
    """Make fraud dialogues in one process; return its peak resident memory in MiB."""
    return run("generate-fraud", "-n", f"{count}", "-o", f"{folder / str(count) / 'dialogues.jsonl'}", "-q")[1]


def nearest(dialogues: list[Dialogue]) -> float:
    """Return the largest Jaccard similarity of character 5-grams over all pairs, exactly."""
    holders: dict[str, list[int]] = defaultdict(list)
    sizes = []
    for at, dialogue in enumerate(dialogues):
        text = "".join(turn.text for turn in dialogue.turns)
        grams = {text[i : i + 5] for i in range(len(text) - 4)}
        sizes.append(len(grams))
        for gram in grams:
            holders[gram].append(at)
    shared: Counter[tuple[int, int]] = Counter()
    for ids in holders.values():
        shared.update(itertools.combinations(ids, 2))
    return max(count / (sizes[a] + sizes[b] - count) for (a, b), count in shared.items())


def main() -> None:
    """Print the figures beside what they should be."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        output, seconds = generate(folder, 334, 299)
        dialogues = list(read_records(output, Dialogue))
        texts = {tuple(turn.text for turn in dialogue.turns) for dialogue in dialogues}
        first = {dialogue.storyline: dialogue.turns[0].text for dialogue in dialogues}
        small, large = (peak_of(folder, count) for count in (2_000, 20_000))
        help_seconds = min(run("--help")[0] for _ in range(5))
    rows = [
        ("1,000 plans and dialogues, CPU seconds on one core", f"{seconds:.1f}", "< 10"),
        ("dialogues", f"{len(dialogues)}", "1000"),
        ("duplicates", f"{len(dialogues) - len(texts)}", "0"),
        ("storylines and everyday calls", f"{len(first)}", ""),
        ("distinct first caller turns of these", f"{len(set(first.values()))}", ">= 99 %"),
        ("largest Jaccard of character 5-grams", f"{nearest(dialogues):.3f}", "< 0.7"),
        ("peak memory for 2,000, MiB", f"{small:.0f}", ""),
        ("peak memory for 20,000, MiB", f"{large:.0f}", ""),
        ("ratio", f"{large / small:.2f}", "<= 1.3"),
        ("CPU seconds of --help, best of five", f"{help_seconds:.2f}", "< 0.3"),
    ]
    for label, value, wanted in rows:
        print(f"{label:55}{value:>8}  {wanted}")


if __name__ == "__main__":
    main()
