"""`doctor`, `status` and `verify`: what this machine can do, what a run holds, what a folder really is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from antifraud.cli.options import AsJson, ConfigFile, Overrides, RunName, config_from
from antifraud.errors import IntegrityError


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: antifraud doctor")(doctor)
    app.command(epilog="Example: antifraud status --run quickstart")(status)
    app.command(epilog="Example: antifraud verify data/runs/quickstart/release")(verify)


def doctor(as_json: AsJson = False) -> None:
    """Tell what this machine can run: Python, cores, memory, disk, GPU, engines, keys."""
    from antifraud.cli.summary import print_json
    from antifraud.engine.machine import examine

    found = examine(Path())
    if as_json:
        print_json(found)
        return
    _table(("machine", "found"), list(found["machine"].items()))
    _table(("part", "engine", "state"), [(e["part"], e["name"], e["state"]) for e in found["engines"]])
    _table(("key", "state"), list(found["keys"].items()))


def status(
    config: ConfigFile = None, overrides: Overrides = None, run_name: RunName = None, as_json: AsJson = False
) -> None:
    """Tell what a run folder holds and what is left to do."""
    from antifraud.cli.summary import print_json
    from antifraud.store.runs import RunFolder
    from antifraud.survey import survey

    place = config_from(config, overrides, run=run_name).run
    run = RunFolder(place.folder / place.name)
    rows = survey(run)
    if as_json:
        print_json(rows)
        return
    typer.echo(f"{run.path}")
    _table(
        ("stage", "done", "rejected", "left"),
        [(row["stage"], str(row["done"]), str(row["rejected"]), str(row["left"])) for row in rows],
    )


def verify(folder: Annotated[Path, typer.Argument(help="A release or a benchmark snapshot.")]) -> None:
    """Check every file of a release or a snapshot against its manifest."""
    from antifraud.store.sealed import differences, read_manifest

    if found := list(differences(folder)):
        raise IntegrityError("\n".join([*(f"{folder}/{line}" for line in found), f"{len(found)} differences."]))
    _, manifest = read_manifest(folder)
    typer.echo(f"{folder}: {len(manifest['files'])} files, all as in the manifest.")


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(*header)
    for row in rows:
        table.add_row(*map(escape, row))  # [chattts] is no markup
    Console().print(table)
