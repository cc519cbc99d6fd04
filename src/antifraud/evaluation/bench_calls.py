"""The calls of a snapshot as they were frozen: what models may see, and what is right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from antifraud.errors import IntegrityError
from antifraud.snapshot import ITEMS, REFERENCES, Item, Reference
from antifraud.store.lines import read_records
from antifraud.store.sealed import read_sealed


@dataclass(frozen=True)
class BenchCalls:
    """The calls of a snapshot, before or after it was sealed."""

    folder: Path
    """What audio paths are relative to."""
    items: Sequence[Item]
    references: Sequence[Reference]
    """In the same order."""

    def pairs(self) -> Iterator[tuple[Item, Reference]]:
        """Yield each item with its reference.

        Raises:
            IntegrityError: they are not of the same calls.
        """
        if [item.id for item in self.items] != [reference.id for reference in self.references]:
            raise IntegrityError(f"{self.folder}: {ITEMS} and {REFERENCES} do not hold the same calls in one order.")
        yield from zip(self.items, self.references)


def read_calls(folder: Path) -> BenchCalls:
    """Return the calls of a snapshot.

    Raises:
        StoreError: the folder is no snapshot.
        IntegrityError: items or references are not those of its manifest.
    """
    read_sealed(folder, (ITEMS, REFERENCES))
    return BenchCalls(folder, [*read_records(folder / ITEMS, Item)], [*read_records(folder / REFERENCES, Reference)])
