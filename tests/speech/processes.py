"""The worker processes of an engine, as the system sees them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from pathlib import Path


def workers_of(parent: int, worker: Path) -> list[int]:
    """Return the processes of a parent that run the worker, from /proc."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[1]) == parent and str(worker).encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def end_by_themselves(processes: Sequence[int], seconds: float = 5) -> bool:
    """Wait for the end of processes; return whether all came to it in time."""
    deadline = time.monotonic() + seconds
    while any(map(alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(map(alive, processes))
