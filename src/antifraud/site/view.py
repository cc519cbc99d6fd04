"""A site from record files: the list of calls, their texts, the calls themselves, and the pages that show them.

site/index.html, list.html, call.html   the same few pages, however many calls; results.html where models were scored
site/assets/                            style and scripts
site/data/columns.js                    one number a call and label
site/data/texts/000.js                  what is searched, read when somebody searches
site/data/calls/000.js                  records and outlines, by the hash of the call's key
site/data/stories/000.js                trees and siblings, by the hash of the storyline's key
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from antifraud.errors import UsageError
from antifraud.site.pages import write_pages
from antifraud.site.peaks import peaks
from antifraud.site.shown_calls import Shelf, ShownCall
from antifraud.site.shown_models import ShownModel
from antifraud.site.site_data import SiteData
from antifraud.store.files import folder_by_rename

_AHEAD: Final = 64
"""Calls that are read before they are written; of each an outline waits, not its recording."""


@dataclass
class Site:
    """What was written."""

    folder: Path
    calls: int = 0
    recordings: list[Path] = field(default_factory=list)

    @property
    def silent(self) -> int:
        """How many calls have no recording."""
        return self.calls - len(self.recordings)


def write_site(shelves: Sequence[Shelf], folder: Path, review: bool = False, models: Sequence[ShownModel] = ()) -> Site:
    """Write the site of the calls on these shelves; a site that stands in the folder is replaced whole.

    Args:
        review: with questions to judge each call by.
        models: whose answers stand beside the calls, and whose scores get a page.

    Raises:
        UsageError: the folder holds something else.
        RecordError: a line is not the record it should be, or a recording cannot be read.
        StoreError: the folder cannot be written.
    """
    refuse_other_folder(folder)
    site = Site(folder)
    with folder_by_rename(folder) as building:
        data = SiteData(building / "data", folder, sum(of.expected() for of in shelves), models)
        for number, of in enumerate(shelves):
            for shown, outline in outlined(of.calls()):
                data.add(of, f"{number}/{shown.id}", shown, outline)
                site.calls += 1
                site.recordings.extend([shown.recording] if shown.recording else [])
            data.end_shelf(number, of)
        data.close(shelves)
        write_pages(building, data.overview, shelves, review, models)
    return site


def refuse_other_folder(folder: Path) -> None:
    """Keep from replacing a folder that is no site.

    Raises:
        UsageError: it is not.
    """
    if folder.exists() and not (folder / "data" / "columns.js").is_file():
        raise UsageError(f"{folder}: holds something that is no site; choose another --output, or remove it.")


def default_folder(of: Shelf) -> Path:
    """Return where the site of a shelf goes: into a run, but beside what is sealed."""
    place = of.path.resolve()
    if of.kind == "run":
        return place / "site"
    return place.with_name(f"{place.stem if of.kind == 'file' else place.name}-site")


def outlined(calls: Iterator[ShownCall]) -> Iterator[tuple[ShownCall, list[str]]]:
    """Yield calls with the outline of their recording; threads read ahead while the caller works on calls before."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        ahead: deque[tuple[ShownCall, Future[list[str]] | None]] = deque()
        for shown in calls:
            ahead.append((shown, pool.submit(peaks, shown.recording) if shown.recording else None))
            if len(ahead) > _AHEAD:
                yield _drawn(*ahead.popleft())
        while ahead:
            yield _drawn(*ahead.popleft())


def _drawn(shown: ShownCall, outline: Future[list[str]] | None) -> tuple[ShownCall, list[str]]:
    return shown, outline.result() if outline else []
