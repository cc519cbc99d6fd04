"""Values spread over script files by the hash of their key, written as they come."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from antifraud.site.scripts import put, shard_of
from antifraud.store.files import make_folder, write_error

HELD_BYTES: Final = 16_000_000
"""Written out when so much is held back: few openings of files, little memory; a design choice."""


class Shards:
    """One table of the site in a folder of its own: `<folder>/000.js` and on."""

    def __init__(self, folder: Path, table: str, shards: int) -> None:
        self.folder = folder
        self.table = table
        self.shards = shards
        self._held: dict[int, list[bytes]] = defaultdict(list)
        self._held_bytes = 0

    def put(self, key: str, value: Any) -> None:
        """Add a value.

        Raises:
            StoreError: the disk is full.
        """
        line = put(self.table, key, value)
        self._held[shard_of(key, self.shards)].append(line)
        self._held_bytes += len(line)
        if self._held_bytes > HELD_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what is held back."""
        make_folder(self.folder)
        for number, lines in self._held.items():
            path = self.folder / f"{number:03}.js"
            try:
                with open(path, "ab") as file:
                    file.writelines(lines)
            except OSError as exc:
                raise write_error(path, exc) from exc
        self._held.clear()
        self._held_bytes = 0
