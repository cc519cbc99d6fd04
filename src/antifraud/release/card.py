"""The dataset card: what is inside, what made it, and what it is not for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from antifraud import __version__
from antifraud.config import PackConfig
from antifraud.release.counts import Counts
from antifraud.release.formats import FORMATS

_LABELS = (
    ("fraud type of TeleAntiFraud-28k", "fraud_types"),
    ("official category of 2025", "official_categories"),
    ("scene", "scenes"),
)


def write_card(
    folder: Path, config: PackConfig, splits: Mapping[str, Counts], content: Mapping[str, Any], seed: int
) -> None:
    """Write README.md from the counts; text is Markdown, so nothing is HTML-escaped."""
    environment = Environment(  # noqa: S701 - Markdown, not HTML
        loader=PackageLoader("antifraud.release", "."),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    figures = ("calls", "fraud", "lawful", "hours", "turns", "samples")
    totals = {key: sum(getattr(counts, key) for counts in splits.values()) for key in figures}
    card = environment.get_template("card.md.j2").render(
        name=config.name,
        files=[line for name in config.formats for line in FORMATS[name].files],
        version=__version__,
        totals=totals,
        splits=splits,
        labels={title: _label_table(splits, key) for title, key in _LABELS},
        engines=content["engines"],
        sample_rates=content["sample_rates_hz"],
        shared_voices=len(content["shared_with_benchmark"]),
        seed=seed,
        longer=sum(counts.longer for counts in splits.values()),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


def _label_table(splits: Mapping[str, Counts], key: str) -> dict[str, dict[str, int]]:
    labels = sorted({label for counts in splits.values() for label in getattr(counts, key)})
    return {label: {split: getattr(counts, key)[label] for split, counts in splits.items()} for label in labels}
