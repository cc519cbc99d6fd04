"""What LLM agents will cost, what they have cost, and three of their calls to look at first."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from antifraud.cli.options import AsJson, ConfigFile, Overrides, RunName, Seed, config_from

if TYPE_CHECKING:
    from antifraud.config import Config
    from antifraud.records import Dialogue
    from antifraud.services.journal import Journal

Speech = Annotated[bool, typer.Option("--speech", help="Those of speech and transcription services.")]

journal = typer.Typer(help="Look after the answers a run has paid for.", no_args_is_help=True, rich_markup_mode=None)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: antifraud preview -c configs/siliconflow.yaml -n 3")(preview)
    app.add_typer(journal, name="journal")


def preview(
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=50, help="How many calls to show.")] = 3,
) -> None:
    """Generate a few calls and show them as conversations; a run with the same config does not pay for them again."""
    from antifraud.stages.dialogues import preview_calls
    from antifraud.stages.job import Job

    for result in asyncio.run(preview_calls(Job(config_from(config, overrides, seed), quiet=True), count)):
        _show(result)


def show_estimate(config: Config, as_json: bool, kinds: tuple[str, ...] = ("fraud", "lawful")) -> None:
    """Print what a config would ask for, before anything is asked."""
    from dataclasses import asdict

    from rich.console import Console
    from rich.table import Table

    from antifraud.cli.summary import print_json
    from antifraud.stages.dialogues import forecast

    expected = asdict(forecast(config, kinds))
    if as_json:
        print_json(expected)
        return
    currency = config.llm.currency
    table = Table("dialogues by LLM agents", "estimate")
    for key, value in expected.items():
        shown = "no price of the model in llm.prices" if value is None else f"{value:,.0f}"
        table.add_row(f"{key.replace('_', ' ')}{f' ({currency})' if key == 'cost' else ''}", shown)
    Console().print(table)
    typer.echo("Nothing was asked. The provider's own counts decide; they may differ by a third.")


def _show(result: Any) -> None:
    from rich.console import Console

    from antifraud.records import Dialogue

    console = Console()
    if not isinstance(result, Dialogue):
        console.print(f"rejected: {result.reason}: {result.detail}", style="red", markup=False)
        return
    console.rule(f"{result.id} · {'fraud' if result.is_fraud else 'lawful'} · {result.ending.outcome}")
    for line in _lines(result):
        console.print(line, markup=False)
    console.print(f"({result.ending.ended_by}: {result.ending.reason})", markup=False)


def _lines(dialogue: Dialogue) -> list[str]:
    side = {"caller": "主叫", "callee": "  被叫"}
    return [f"{side[turn.speaker]}: {turn.text}  [{', '.join(turn.acts)}]" for turn in dialogue.turns]


def _open(
    run_name: str | None, config: Path | None, overrides: list[str] | None, *, speech: bool, to_read: bool
) -> Journal:
    from antifraud.services.journal import CHAT_FILE, SPEECH_FILE, Journal

    place = config_from(config, overrides, run=run_name).run
    return Journal(place.folder / place.name / (SPEECH_FILE if speech else CHAT_FILE), replay_only=to_read)


@journal.command(epilog="Example: antifraud journal stats --run siliconflow")
def stats(
    config: ConfigFile = None,
    overrides: Overrides = None,
    run_name: RunName = None,
    speech: Speech = False,
    as_json: AsJson = False,
) -> None:
    """Tell how many answers are kept and the tokens they took, by model."""
    from dataclasses import asdict

    from antifraud.cli.summary import print_json

    with _open(run_name, config, overrides, speech=speech, to_read=True) as kept:
        found = asdict(kept.stats())
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found['answers']} answers, {found['file_bytes']:,} bytes")
    for model, usage in found["usage"].items():
        typer.echo(f"{model}: " + ", ".join(f"{name} {tokens:,}" for name, tokens in usage.items()))


@journal.command(epilog="Example: antifraud journal export answers.jsonl --run siliconflow")
def export(
    target: Annotated[Path, typer.Argument(help="JSONL file to write.")],
    config: ConfigFile = None,
    overrides: Overrides = None,
    run_name: RunName = None,
    speech: Speech = False,
) -> None:
    """Write every request with its answer as JSONL; a key is in none of them."""
    with _open(run_name, config, overrides, speech=speech, to_read=True) as kept:
        typer.echo(f"{kept.export(target)} answers in {target}")


@journal.command(epilog="Example: antifraud journal prune --days 90 --run siliconflow")
def prune(
    days: Annotated[float, typer.Option("--days", min=0, help="Drop answers older than this.")],
    config: ConfigFile = None,
    overrides: Overrides = None,
    run_name: RunName = None,
    speech: Speech = False,
) -> None:
    """Drop old answers; what depends on them would be paid for again."""
    with _open(run_name, config, overrides, speech=speech, to_read=False) as kept:
        typer.echo(f"{kept.prune(older_than=days * 86400)} answers dropped")
