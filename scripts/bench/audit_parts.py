"""Time and memory of every part of `antifraud stats`, and of the gates, for 10,000 scripted dialogues.

.venv/bin/python scripts/bench/audit_parts.py [--count 10000]
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
from antifraud.audit.reader import Reading, read_label
from antifraud.audit.report import PARTS
from antifraud.audit_config import AuditConfig
from antifraud.errors import BelowStandard
from antifraud.records import Dialogue
from antifraud.store.lines import read_records


def generated(count: int) -> list[Dialogue]:
    """Return about `count` dialogues in the default mix: 42 % fraud, as many siblings, sales and everyday calls."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "dialogues.jsonl"
        for kind, share in (("fraud", 0.42), ("normal", 0.118)):
            command = ("-m", "antifraud", f"generate-{kind}", "-n", f"{round(share * count)}", "-o", f"{path}", "-q")
            subprocess.run([sys.executable, *command], check=True, stderr=subprocess.DEVNULL)
        return list(read_records(path, Dialogue))


def reader(dialogue: Dialogue) -> Reading:
    """Read a call from its words alone."""
    return read_label(dialogue.turns)


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
        audit(dialogues, seed=1, parts=(part,), reader=reader)
        print(f"{part:>12}: {time.perf_counter() - started:5.1f} s, {peak_mib()} MiB")
    started = time.perf_counter()
    try:
        gate(dialogues, AuditConfig(), seed=1, reader=reader)
    except BelowStandard as exc:
        print(f"gates: {len(str(exc).splitlines()) - 1} limits broken")
    print(f"{'gates':>12}: {time.perf_counter() - started:5.1f} s, {peak_mib()} MiB")


if __name__ == "__main__":
    main()
