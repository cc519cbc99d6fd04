"""The dataset card: what is inside, what made it, what was measured, and what it is not for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from antifraud import __version__
from antifraud.catalogue import terms_of
from antifraud.release.counts import Counts
from antifraud.release.formats import FORMATS
from antifraud.release.hub_header import hub_header
from antifraud.release.licences import LICENCES, TERMS
from antifraud.release.markdown import Markdown, escaped, listed
from antifraud.release.observed import SOUND_FIGURES, Observed
from antifraud.release.tables import TableFiles, named_tables
from antifraud.release_config import Licence, PackConfig

_LABELS: Final = (
    ("fraud type of TeleAntiFraud-28k", "fraud_types"),
    ("official category of 2025", "official_categories"),
    ("scene", "scenes"),
)
_TOTALS: Final = (
    *("calls", "fraud", "lawful", "hours", "turns", "samples"),
    *("recordings", "longer", "unheard_hours", "unproven", "unlabelled", "lost_samples"),
)


@dataclass(frozen=True)
class Card:
    """What a card is written from."""

    config: PackConfig
    licence: Licence
    splits: Mapping[str, Counts]
    observed: Observed
    content: Mapping[str, Any]
    """Of the manifest: engines, sample rates, standards, shared voices."""
    tables: Sequence[TableFiles]
    seed: int

    @cached_property
    def totals(self) -> dict[str, float]:
        """Return the counts of all splits together."""
        return {key: sum(getattr(counts, key) for counts in self.splits.values()) for key in _TOTALS}

    @property
    def has_transcribed(self) -> bool:
        """Some calls were written down from recordings."""
        return self.observed.transcribed > 0

    @property
    def standards(self) -> list[dict[str, Any]]:
        """Return the figures that the audit measured before packing; none where it was switched off."""
        return list(self.content.get("standards", ()))

    @property
    def engine_names(self) -> set[str]:
        """Return the names of what made the parts."""
        return {engine["name"] for engine in self.content["engines"]}


def description(card: Card) -> str:
    """Return what the release is, in plain words without markup."""
    totals = card.totals
    kind = "Partly transcribed, partly synthetic" if card.has_transcribed else "Synthetic"
    return (
        f"{kind} Mandarin telephone calls for teaching and testing models that recognise telecom fraud:"
        f" {totals['calls']} calls, {totals['fraud']} fraud and {totals['lawful']} lawful, {totals['hours']:.2f} hours,"
        f" caller left and callee right, with turns, labels and annotations. Made by antifraud {__version__}."
    )


def card_text(card: Card) -> str:
    """Return README.md; whatever is no number and not marked as Markdown of ours is escaped."""
    environment = Environment(  # noqa: S701 - Markdown, not HTML: `finalize` escapes
        loader=PackageLoader("antifraud.release", "."),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        finalize=escaped,
    )
    environment.filters["listed"] = listed
    named = named_tables(card.tables)
    header = hub_header(
        card.config, card.licence, int(card.totals["calls"]), named, has_transcribed=card.has_transcribed
    )
    return environment.get_template("card.md.j2").render(
        card=card,
        header=Markdown(header),
        description=description(card),
        licence_title=LICENCES[card.licence].title,
        engines=[{**engine, "terms": TERMS[terms_of(engine["name"])]} for engine in card.content["engines"]],
        labels={title: _label_table(card.splits, key) for title, key in _LABELS},
        sound=[(SOUND_FIGURES[name], values) for name, values in card.observed.percentiles().items()],
        tables={Markdown(table.name): list(table.files) for table in named},
        others=[_loading(table) for table in card.tables if table not in named and table.suffix != "tar"],
        files=[Markdown(line) for name in card.config.formats for line in FORMATS[name].files],
    )


def _loading(table: TableFiles) -> Markdown:
    """Return how to load a table with a loader of its own; its name and paths are ours."""
    files = ", ".join(f'"{split}": "{path}"' for split, path in table.patterns.items())
    return Markdown(f'load_dataset("{table.loader}", data_files={{{files}}})  # {table.name}')


def _label_table(splits: Mapping[str, Counts], key: str) -> dict[str, list[int]]:
    labels = sorted({label for counts in splits.values() for label in getattr(counts, key)})
    return {label: [getattr(counts, key)[label] for counts in splits.values()] for label in labels}
