"""What this machine is and which engines are ready on it."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from antifraud.catalogue import API_KEYS, ENGINES, EngineEntry


def examine(folder: Path, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """Return machine, engines and keys; of a key only whether it is set."""
    return {
        "machine": {
            "Python": platform.python_version(),
            "cores": str(len(os.sched_getaffinity(0))),
            "memory": f"{_memory_gib():.1f} GiB",
            "disk free": f"{shutil.disk_usage(folder).free / 2**30:.1f} GiB",
            "GPU": _gpu(),
        },
        "engines": [{"part": e.part, "name": e.name, "state": _state(e)} for e in ENGINES],
        "keys": {name: "set" if environment.get(name, "").strip() else "not set" for name in API_KEYS},
    }


def _state(entry: EngineEntry) -> str:
    if entry.module is None or importlib.util.find_spec(entry.module):
        return "ready" + (" (embedded)" if entry.embedded else "") + _reservation(entry)
    return f"missing {entry.module}: pip install 'antifraud[{entry.extra}]'"


def _reservation(entry: EngineEntry) -> str:
    """Return what else there is to know of an engine that is installed; empty for most.

    torchaudio is tried in a process of its own: with torch it takes seconds and 200 MB.
    """
    if entry.module != "ChatTTS":
        return ""
    tried = subprocess.run(
        [sys.executable, "-c", "import torchaudio"], capture_output=True, text=True, timeout=120, check=False
    )
    if tried.returncode == 0:
        return ""
    why = tried.stderr.strip().rpartition("\n")[2]
    if why.startswith("OSError"):
        return "; torchaudio's binary does not load here, its Python transforms are used"
    return f", but torchaudio does not load: {why}. Run: pip install 'antifraud[{entry.extra}]'"


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _gpu() -> str:
    """Ask the driver's own tool; torch would cost two seconds to import."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return "none found"
    query = [command, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)  # noqa: S603
    return "; ".join(answer.stdout.split("\n")).strip("; ") if answer.returncode == 0 else "driver does not answer"
