"""The card of a snapshot: what it holds, what is hard in it, what understands nothing and scores all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from antifraud import __version__
from antifraud.bench.subsets import SUBSETS
from antifraud.records import Record

CARD: Final = "README.md"
_TABLES: Final = {
    "kind": "kinds",
    "fraud type of TeleAntiFraud-28k": "fraud_types",
    "official category of 2025": "official_categories",
    "scene": "scenes",
    "source": "sources",
    "callee's awareness of fraud": "awareness",
    "callee's age": "ages",
    "outcome": "outcomes",
    "codec": "codecs",
}


class Baseline(Record):
    """What a baseline scores on a snapshot."""

    name: str
    measure: str
    """As `fraud, macro-F1`."""
    scores: dict[str, float | None]
    """By subset, the whole snapshot as `all`; None or left out where it cannot be told."""


def write_card(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write README.md from what the manifest will say; text is Markdown, so nothing is HTML-escaped."""
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        loader=PackageLoader("antifraud.bench", "."),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    counts, baselines = manifest["counts"], manifest["baselines"]
    card = environment.get_template("snapshot_card.md.j2").render(
        name=manifest["snapshot"],
        version=__version__,
        seed=manifest["seed"],
        counts=counts,
        parent=manifest["parent"],
        against=manifest["against"],
        voices=manifest["voices"],
        meanings=SUBSETS,
        baselines=baselines,
        columns=_columns(baselines),
        tables={title: counts[key] for title, key in _TABLES.items() if counts[key]},
        figures={name: f"{figure['value']:.4g}" for name, figure in manifest["figures"]["text"].items()},
        engines=manifest["engines"],
        sample_rates=manifest["sample_rates_hz"],
    )
    (folder / CARD).write_text(card, encoding="utf-8")


def _columns(baselines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the subsets that a score is told of, all first."""
    told = {name for baseline in baselines for name in baseline["scores"]}
    return [name for name in ("all", *SUBSETS) if name in told]
