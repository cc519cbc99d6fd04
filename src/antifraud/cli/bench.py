"""`antifraud bench`: look at frozen benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from antifraud.cli.options import AsJson

if TYPE_CHECKING:
    from antifraud.bench.snapshot_changes import Changes

app = typer.Typer(help="Look at frozen benchmarks.", no_args_is_help=True, rich_markup_mode=None)

_SHOWN_CALLS = 20
Snapshot = Annotated[Path, typer.Argument(help="Folder of a snapshot.")]


@app.callback()
def bench() -> None:
    """Look at frozen benchmarks."""


@app.command(epilog="Example: antifraud bench diff data/runs/demo/bench/2026-10 data/runs/demo/bench/2026-11")
def diff(before: Snapshot, after: Snapshot, as_json: AsJson = False) -> None:
    """Tell what changed between two snapshots: calls, labels, counts, settings."""
    from antifraud.bench.snapshot_changes import changes
    from antifraud.cli.summary import print_json
    from antifraud.snapshot import open_snapshot

    found = changes(*(open_snapshot(folder, with_audio=False) for folder in (before, after)))
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _show(found)


def _show(found: Changes) -> None:
    typer.echo(f"from {found.before} to {found.after}")
    for name, ids in (("added", found.added), ("removed", found.removed)):
        typer.echo(f"{len(ids)} calls {name}{_listed(ids)}")
    typer.echo(f"{len(found.changed)} calls changed, {found.unchanged} as they were")
    for call in found.changed[:_SHOWN_CALLS]:
        labels = [f"{change.field}: {_said(change.before)} -> {_said(change.after)}" for change in call.labels]
        typer.echo(f"  {call.id}: {'; '.join([*labels, *call.fields])}")
    if len(found.changed) > _SHOWN_CALLS:
        typer.echo(f"  and {len(found.changed) - _SHOWN_CALLS} more; --json has all")
    _table(
        ("count", "value", found.before, found.after),
        [
            (table, value, f"{before:g}", f"{after:g}")
            for table, rows in found.counts.items()
            for value, (before, after) in rows.items()
        ],
    )
    _table(
        ("made of", found.before, found.after),
        [(change.field, _said(change.before), _said(change.after)) for change in found.made_of],
    )


def _listed(ids: tuple[str, ...]) -> str:
    more = ", …" if len(ids) > _SHOWN_CALLS else ""
    return f": {', '.join(ids[:_SHOWN_CALLS])}{more}" if ids else ""


def _said(value: Any) -> str:
    return "-" if value is None else str(value)


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if rows:
        table = Table(*map(escape, header))
        for row in rows:
            table.add_row(*map(escape, row))
        Console().print(table)
