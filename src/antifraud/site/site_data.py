"""The data of a site while it is written: calls go by once, and nothing but columns and counts stays in memory."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from antifraud.site.call_columns import Columns
from antifraud.site.overview import Overview
from antifraud.site.scripts import put
from antifraud.site.shards import Shards
from antifraud.site.shown_calls import Shelf, ShownCall
from antifraud.site.shown_models import TASKS, ShownModel, cells, column, shown_answers
from antifraud.store.files import write_atomic

CALLS_IN_A_SHARD: Final = 24
"""About 350 kB: read in less time than a page takes to appear; a design choice."""
TEXTS_IN_A_FILE: Final = 1000


class SiteData:
    """What the pages load: columns, texts, calls and storylines."""

    def __init__(self, data: Path, site: Path, expected: int, models: Sequence[ShownModel]) -> None:
        self._data = data
        self._site = site.resolve()
        self._models = models
        self._shards = max(1, -(-expected // CALLS_IN_A_SHARD))
        self._calls = Shards(data / "calls", "calls", self._shards)
        self._stories = Shards(data / "stories", "stories", self._shards)
        self._texts: list[str] = []
        self._told: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self.columns = Columns([column(number, task) for number in range(len(models)) for task in TASKS])
        self.overview = Overview()

    def add(self, of: Shelf, key: str, shown: ShownCall, outline: list[str]) -> None:
        """Add one call.

        Args:
            key: of the call on this site; its shelf's number and its id.
            outline: of its recording, by channel.
        """
        labels = self.columns.add(of.name, shown.fields, cells(self._models, shown.fields))
        self.overview.add(of, labels, shown.fields)
        audio = quote(os.path.relpath(shown.recording.resolve(), self._site)) if shown.recording else None
        answers = shown_answers(self._models, shown.fields)
        entry = {"key": key, "record": shown.fields, "audio": audio, "peaks": outline, "models": answers}
        self._calls.put(key, entry)
        self._told[str(shown.fields.get("storyline"))].append(sibling(key, shown.fields))
        self._texts.append(searched(shown.fields))
        if len(self._texts) == TEXTS_IN_A_FILE:
            self._write_texts()

    def end_shelf(self, number: int, of: Shelf) -> None:
        """Add the storylines of the calls that were added last, with their trees where a file holds them."""
        trees = {}
        for story in of.storylines():
            if story.id in self._told:
                nodes = [{"path": node.path, "gist": node.gist} for node in story.nodes]
                trees[story.id] = nodes
        for story_id, calls in self._told.items():
            self._stories.put(f"{number}/{story_id}", {"calls": calls, "nodes": trees.get(story_id, [])})
        self._told.clear()

    def close(self, shelves: Sequence[Shelf]) -> None:
        """Write what is left, the columns, and what every page knows of the site."""
        if self._texts:
            self._write_texts()
        self._calls.flush()
        self._stories.flush()
        meta = {
            "shards": self._shards,
            "texts": -(-len(self.columns) // TEXTS_IN_A_FILE),
            "shelves": [of.name for of in shelves],
            "models": [model.name for model in self._models],
        }
        write_atomic(self._data / "meta.js", put("meta", "site", meta))
        write_atomic(self._data / "columns.js", put("columns", "all", self.columns.script_value()))

    def _write_texts(self) -> None:
        number = (len(self.columns) - 1) // TEXTS_IN_A_FILE
        write_atomic(self._data / "texts" / f"{number:03}.js", put("texts", str(number), self._texts))
        self._texts.clear()


def searched(fields: dict[str, Any]) -> str:
    """Return the text that a search looks through, in lower case: id, scenario, names, all that is said."""
    said = [turn["text"] for turn in fields["turns"]]
    names = [str(fields.get("id")), str(fields.get("scenario") or "")]
    people = [(fields.get(side) or {}).get("name") or "" for side in ("caller", "callee")]
    return "\n".join([*names, *people, *said]).lower()


def sibling(key: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return what the tree of a storyline tells of one of its calls."""
    return {
        "key": key,
        "id": fields["id"],
        "branch": fields.get("branch"),
        "is_fraud": fields["is_fraud"],
        "leaf": fields.get("leaf"),
        "outcome": (fields.get("ending") or {}).get("outcome"),
        "decisive": (fields.get("decisive") or {}).get("act"),
    }
