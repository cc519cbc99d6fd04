"""The fake service as tests hold it: a process that runs, takes orders and tells what it did."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

REPOSITORY = Path(__file__).resolve().parents[2]
END_SECONDS = 5.0
"""How long the process may take to end once its stdin is closed."""


class FakeService:
    """The service of `openai_server.py` in a process of its own, for the length of a `with`."""

    url: str
    """Base URL for clients, /v1 included."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fakes.openai_server", "--port", "0"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        if self._process.stdout is None or not (ready := self._process.stdout.readline()):
            self._end()
            raise RuntimeError(f"the fake service ended at once, with status {self._process.returncode}")
        root = f"http://127.0.0.1:{json.loads(ready)['port']}"
        self.url = f"{root}/v1"
        self._http = httpx.Client(base_url=root, trust_env=False, timeout=10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._end()

    @property
    def pid(self) -> int:
        """The process, for tests that look at it from outside."""
        return self._process.pid

    def order(self, **settings: Any) -> None:
        """Change how the service behaves; see `settings.py` for the names.

        Raises:
            ValueError: there is no such setting or fault.
        """
        response = self._http.post("/control", json=settings)
        if response.status_code != httpx.codes.OK:
            raise ValueError(response.json()["error"])

    def stats(self) -> dict[str, Any]:
        """Return what the service did since the last reset."""
        figures: dict[str, Any] = self._http.get("/stats").json()
        return figures

    def doubly_paid(self) -> dict[str, int]:
        """Return the bodies that got more than one usable answer, and how many they got."""
        return {body: times for body, times in self.stats()["bodies_answered"].items() if times > 1}

    def reset(self) -> None:
        """Forget everything: settings, figures, files, prompts seen."""
        self._http.post("/reset").raise_for_status()

    def _end(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
