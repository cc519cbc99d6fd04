"""Time and memory of every part of `antifraud stats`, and of the gates, for 10,000 scripted dialogues.

    .venv/bin/python scripts/bench/audit_parts.py [--count 10000]

Fraud and lawful calls are paired into storylines, so that the comparison with siblings has as many calls as the other.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from antifraud.audit.audit import audit
from antifraud.audit.gates import gate
from antifraud.audit.report import PARTS
from antifraud.config import AuditConfig
from antifraud.errors import BelowStandard
from antifraud.records import Dialogue
from antifraud.store.lines import read_records


def generated(count: int) -> list[Dialogue]:
    """Return as many dialogues of each kind, paired."""
    kinds = []
    with tempfile.TemporaryDirectory() as name:
        for kind in ("fraud", "normal"):
            path = Path(name) / f"{kind}.jsonl"
            command = [
                sys.executable,
                "-m",
                "antifraud",
                f"generate-{kind}",
                "-n",
                f"{count // 2}",
                "-o",
                f"{path}",
                "-q",
            ]
            subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
            kinds.append(list(read_records(path, Dialogue)))
    fraud, lawful = kinds
    return [
        call
        for one, other in zip(fraud, lawful)
        for call in (one, other.model_copy(update={"storyline": one.storyline}))
    ]


def peak_mib() -> int:
    """Return the peak resident memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Print seconds and peak memory, part by part."""
    options = argparse.ArgumentParser()
    options.add_argument("--count", type=int, default=10_000)
    dialogues = generated(options.parse_args().count)
    print(f"{len(dialogues)} dialogues read: {peak_mib()} MiB")
    for part in PARTS:
        started = time.perf_counter()
        audit(dialogues, seed=1, parts=(part,))
        print(f"{part:>12}: {time.perf_counter() - started:5.1f} s, {peak_mib()} MiB")
    started = time.perf_counter()
    try:
        gate(dialogues, AuditConfig(), seed=1)
    except BelowStandard as exc:
        print(f"gates: {len(str(exc).splitlines()) - 1} limits broken")
    print(f"{'gates':>12}: {time.perf_counter() - started:5.1f} s, {peak_mib()} MiB")


if __name__ == "__main__":
    main()
