"""What a stage shows while it runs: a bar on a terminal, a line now and then on a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Self

LINE_EVERY_SECONDS = 10.0


class Progress:
    """Counts of one stage on stderr; use it in a `with` block."""

    def __init__(self, stage: str, total: int | None, *, quiet: bool, note: Callable[[], str] | None = None) -> None:
        self.stage = stage
        self.total = total
        self.done = 0
        self.rejected = 0
        self._quiet = quiet
        self._note = note
        self._started = self._shown = time.monotonic()
        self._resumed = 0

    def __enter__(self) -> Self:
        self._bar = None
        if not self._quiet and sys.stderr.isatty():
            from tqdm import tqdm

            self._bar = tqdm(total=self.total, desc=self.stage, unit="record", file=sys.stderr)
        return self

    def __exit__(self, *exc: object) -> None:
        if self._bar is not None:
            self._bar.close()
        elif not self._quiet and self.done > self._resumed:
            self._line()

    def resume(self) -> None:
        """Count one record that an earlier run finished."""
        self.done += 1
        self._resumed += 1
        if self._bar is not None:
            self._bar.initial += 1
            self._bar.update()

    def step(self, *, rejected: bool) -> None:
        """Count one finished record."""
        self.done += 1
        self.rejected += rejected
        if self._bar is not None:
            note = f", {self._note()}" if self._note else ""
            self._bar.set_postfix_str(f"{self.rejected} rejected{note}", refresh=False)
            self._bar.update()
        elif not self._quiet and time.monotonic() - self._shown >= LINE_EVERY_SECONDS:
            self._line()

    def _line(self) -> None:
        self._shown = time.monotonic()
        rate = (self.done - self._resumed) / max(self._shown - self._started, 1e-9)
        line = f"{self.stage}: {self.done}" + (f" of {self.total}" if self.total is not None else "")
        line += f" done, {self.rejected} rejected, {rate:.1f}/s"
        if self.total is not None and self.total > self.done:
            line += f", {(self.total - self.done) / rate:.0f} s left"
        if self._note:
            line += f", {self._note()}"
        print(line, file=sys.stderr, flush=True)
