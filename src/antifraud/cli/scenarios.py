"""`antifraud scenarios`: look at the packs, and check them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from antifraud.scenarios.packs import Packs

app = typer.Typer(help="Look at the scenario packs and check them.", no_args_is_help=True, rich_markup_mode=None)

Folder = Annotated[Optional[Path], typer.Argument(help="Folder of packs; those of this installation when left out.")]


@app.command("list", epilog="Example: antifraud scenarios list")
def list_scenarios(folder: Folder = None) -> None:
    """List every scenario with its labels."""
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "title", "kind", "label", "scene", "official category")
    for scenario in _load(folder).scenarios.values():
        kind = "fraud" if scenario.is_fraud else "lawful"
        official = str(scenario.official_category or "-")
        table.add_row(scenario.id, scenario.title, kind, scenario.label, str(scenario.scene), official)
    Console().print(table)


@app.command(epilog="Example: antifraud scenarios validate scenarios/")
def validate(folder: Folder = None) -> None:
    """Check every pack: schema, labels, acts, and that every phrase can be said."""
    packs = _load(folder)
    fraud = sum(scenario.is_fraud for scenario in packs.scenarios.values())
    phrases = sum(1 for scenario in packs.scenarios.values() for _ in scenario.phrases())
    typer.echo(f"{fraud} fraud and {len(packs.scenarios) - fraud} lawful scenarios, {phrases} phrases: all fit.")


def _load(folder: Path | None) -> Packs:
    from antifraud.scenarios.loading import load_packs, packs_folder

    return load_packs(folder or packs_folder())
