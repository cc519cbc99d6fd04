"""Texts by number, kept in a temporary file: 300,000 dialogues would else take 0.5 GB of memory."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Iterator
from itertools import pairwise


class TextShelf:
    """Texts in the order they were put; each is read again when it is asked for. Whoever opens it closes it."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the shelf, without a name on the disk
        self._ends = array("Q", [0])

    def close(self) -> None:
        """Let the file go."""
        self._file.close()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def put(self, text: str) -> None:
        """Add a text; its number is how many were put before."""
        data = text.encode()
        self._file.seek(self._ends[-1])
        self._file.write(data)
        self._ends.append(self._ends[-1] + len(data))

    def __getitem__(self, number: int) -> str:
        self._file.seek(self._ends[number])
        return self._file.read(self._ends[number + 1] - self._ends[number]).decode()

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        for start, end in pairwise(self._ends):
            yield self._file.read(end - start).decode()
