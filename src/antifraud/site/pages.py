"""The pages themselves: templates that escape everything, style and scripts beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import orjson
import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from antifraud import __version__
from antifraud.site.overview import PLOTTED, Overview, manifests, rejected
from antifraud.site.scripts import put
from antifraud.site.shown_calls import Shelf
from antifraud.site.shown_models import TASKS, ShownModel, cell, column
from antifraud.store.files import write_atomic

STYLE: Final = "site.css"
CORE: Final = ("core.js", "words.js")
"""What every page loads first, in this order."""
CALL: Final = ("wave.js", "turns.js", "facts.js", "siblings.js", "call.js")
LIST: Final = ("list.js",)
REVIEW: Final = ("review.js",)
PAGES: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]] = (
    ("index", (), ("meta",)),
    ("list", LIST, ("meta", "columns")),
    ("call", CALL, ("meta",)),
)
"""Each page with its scripts and the data that it needs at once."""

RESULTS: Final[tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]] = (("results", (), ("meta",)),)
FIGURES: Final = (
    ("scene", "weighted_f1"),
    ("fraud", "fraud_f1"),
    ("fraud", "macro_f1"),
    ("fraud", "fraud_recall"),
    ("fraud", "fraud_false_alarm_rate"),
    ("fraud", "invalid_rate"),
    ("fraud_type", "weighted_f1"),
)
"""Task and name of the figures that models are compared by; the file of the results holds all others."""


@cache
def words() -> dict[str, dict[str, str]]:
    """Return the words of the interface by key and language."""
    loaded = yaml.safe_load((files("antifraud.site") / "words.yaml").read_text(encoding="utf-8"))
    return {str(key): {"en": str(both["en"]), "zh": str(both["zh"])} for key, both in loaded.items()}


def asset(name: str) -> bytes:
    """Return a style or script; the words become one."""
    if name == "words.js":
        return put("words", "all", words())
    return (files("antifraud.site") / "assets" / name).read_bytes()


def write_pages(
    folder: Path, overview: Overview, shelves: Sequence[Shelf], review: bool, models: Sequence[ShownModel]
) -> None:
    """Write the pages, style and scripts of a site.

    Raises:
        StoreError: the folder cannot be written.
    """
    more = REVIEW if review else ()
    for name in (STYLE, *CORE, *CALL, *LIST, *more):
        write_atomic(folder / "assets" / name, asset(name))
    for page, scripts, data in (*PAGES, *(RESULTS if models else ())):
        used = [*CORE, *scripts, *(more if page == "call" else ())]
        values: Mapping[str, Any] = {}
        if page == "index":
            values = _overview_values(overview, shelves)
        elif page == "results":
            values = {"models": models, "figures": FIGURES, "column": column, "cell": cell, "tasks": TASKS}
        html = render(page, scripts=used, data=data, has_results=bool(models), **values)
        write_atomic(folder / f"{page}.html", html.encode())


def render(page: str, **values: Any) -> str:
    """Return the HTML of a page; every value in it is escaped."""
    environment = Environment(
        loader=PackageLoader("antifraud.site", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["word"] = _word
    environment.filters["thousands"] = lambda number: f"{number:,}"
    environment.filters["indented"] = lambda value: orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return environment.get_template(f"{page}.html.j2").render(page=page, version=__version__, **values)


def _word(key: str) -> Markup:
    """Return a word of the interface, English until the script changes the language."""
    return Markup('<span data-word="{}">{}</span>').format(key, words()[key]["en"])


def _overview_values(overview: Overview, shelves: Sequence[Shelf]) -> Mapping[str, Any]:
    outcomes, rows = overview.outcome_rows()
    plots = [(label, overview.bars(label)) for label in PLOTTED]
    return {
        "shelves": shelves,
        "overview": overview,
        "plots": [(label, bars) for label, bars in plots if bars],
        "lengths": overview.lengths(),
        "outcomes": outcomes,
        "outcome_rows": rows,
        "quality": overview.quality_rows(),
        "rejected": rejected(shelves),
        "manifests": manifests(shelves),
    }
