"""The tables that lie in a release, found on disk, so that card and metadata name what is there and no more."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

SPLITS: Final = ("train", "test")
_LEAST_BYTES: Final = 4
"""A file of `[]` and a newline holds no row, and no loader takes an empty one."""
_SHARD: Final = re.compile(
    r"^(?P<folder>[a-z0-9_]+)/((?P<kind>[a-z0-9_-]+?)[_-])?(?P<split>train|test)(-[0-9]+(-of-[0-9]+)?)?"
    r"\.(?P<suffix>jsonl|json|parquet|tar)$"
)
_SHARD_NUMBER: Final = re.compile(r"-[0-9]+(-of-[0-9]+)?\.")
_LOADERS: Final = {"jsonl": "json", "json": "json", "parquet": "parquet", "tar": "webdataset"}
_SHOWN_FIRST: Final = ("data", "sft", "swift", "llamafactory")
"""Which table a release opens with, the first one that is there: everything with its sound, or the conversations."""


@dataclass
class TableFiles:
    """The files of one table, by split."""

    name: str
    suffix: str
    files: dict[str, list[str]] = field(default_factory=dict)

    @property
    def loader(self) -> str:
        """What `datasets` reads it with."""
        return _LOADERS[self.suffix]

    @property
    def patterns(self) -> dict[str, str]:
        """Path by split as a loader takes it; shards of a split become one pattern."""
        return {
            split: paths[0] if len(paths) == 1 else _SHARD_NUMBER.sub("-*.", paths[0])
            for split, paths in self.files.items()
        }


def tables_of(known: Mapping[str, Mapping[str, Any]], splits: Collection[str] = SPLITS) -> list[TableFiles]:
    """Return the tables among the files of a release that have rows, sorted by name.

    A table is a folder, or a folder and the word before the split: `sft/train.jsonl`, `swift/grpo_test.jsonl`,
    `parquet/train-00000-of-00002.parquet`.

    Args:
        known: the files of the release with their sizes, by path.
        splits: those that hold calls; an empty tar is no table.
    """
    found: dict[str, TableFiles] = {}
    for path in sorted(known):
        shard = _SHARD.match(path)
        if shard is None or shard["split"] not in splits or known[path]["bytes"] < _LEAST_BYTES:
            continue
        name = "_".join(part for part in (shard["folder"], shard["kind"]) if part)
        table = found.setdefault(name, TableFiles(name, shard["suffix"]))
        table.files.setdefault(shard["split"], []).append(path)
    for table in found.values():
        table.files = {split: table.files[split] for split in SPLITS if split in table.files}
    return [found[name] for name in sorted(found)]


def named_tables(tables: Sequence[TableFiles]) -> list[TableFiles]:
    """Return the tables that can be loaded by their names, the one that a release opens with first.

    `datasets` reads all configs of a repository with one loader, that of the first; other tables need theirs named.
    """
    order = {name: place for place, name in enumerate(_SHOWN_FIRST)}
    ordered = sorted(tables, key=lambda table: (order.get(table.name, len(order)), table.name))
    return [table for table in ordered if table.loader == ordered[0].loader]
