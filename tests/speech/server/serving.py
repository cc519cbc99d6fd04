"""`antifraud serve-tts` as a process of its own on a free port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.conftest import clean_environment, command

END_SECONDS = 30
_ADDRESS = re.compile(r"(http://\S+) speaks with ")


class ServerProcess:
    """A running server; what it says on stderr after its address stays in the pipe."""

    def __init__(self, process: subprocess.Popen[str], stderr: IO[str]) -> None:
        self.process, self._stderr = process, stderr
        line = stderr.readline()
        found = _ADDRESS.match(line)
        assert found, line + stderr.read()
        self.address = found[1]

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.process.pid, number)

    def end(self) -> tuple[int, str]:
        """Return the exit code of a server that was told to end, and what it said."""
        return self.process.wait(END_SECONDS), self._stderr.read()


@contextmanager
def serving(
    *options: str, cwd: Path, engine: str = "espeak", port: int = 0, **environment: str
) -> Iterator[ServerProcess]:
    """A server with one worker that is killed at the end, where it has not ended by itself."""
    defaults = ("--engine", engine, "--port", str(port), "--set", "synthesize.workers=1")
    process = subprocess.Popen(
        command("serve-tts", *defaults, *options),
        cwd=cwd,
        env=clean_environment(**environment),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    try:
        yield ServerProcess(process, process.stderr)
    finally:
        process.kill()
        process.wait(END_SECONDS)
        process.stderr.close()
