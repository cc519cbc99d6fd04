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

    packs = _load(folder)
    table = Table("id", "title", "family", "official category", "fraud type", "scene")
    for family in packs.families.values():
        labels = (family.family, str(family.official_category or "-"), str(family.fraud_type or "-"))
        for story in family.scenarios:
            table.add_row(story.id, story.title, *labels, str(story.scene))
    for everyday in packs.scenarios.values():
        table.add_row(everyday.id, everyday.title, "everyday", "-", "-", str(everyday.scene))
    Console().print(table)


@app.command(epilog="Example: antifraud scenarios validate scenarios/")
def validate(folder: Folder = None) -> None:
    """Check every pack: schema, labels, acts, and that every phrase can be said."""
    packs = _load(folder)
    phrases = sum(1 for scenario in packs.scenarios.values() for _ in scenario.phrases())
    phrases += sum(1 for story in packs.storylines.values() for _ in (*story.phrases(), *story.verb_phrases()))
    phrases += sum(map(len, packs.speech.contrast.values()))
    typer.echo(
        f"{len(packs.families)} families of {len(packs.storylines)} storylines, {len(packs.scenarios)} everyday"
        f" scenarios, {phrases} phrases: all fit."
    )


def _load(folder: Path | None) -> Packs:
    from antifraud.scenarios.loading import load_packs, packs_folder

    return load_packs(folder or packs_folder())
