"""`antifraud voices`: the bank of voices that calls are cast from."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Optional

import typer

from antifraud.cli.options import AsJson, ConfigFile, Overrides, Seed, config_from

app = typer.Typer(help="Build and look at a voice bank.", no_args_is_help=True, rich_markup_mode=None)

Bank = Annotated[Path, typer.Argument(help="JSONL file of a voice bank.")]
Target = Annotated[
    Optional[Path], typer.Option("--output", "-o", help="File to write; voices-<engine>.jsonl if left out.")
]


@app.command(epilog="Example: antifraud voices build -n 64 --set synthesize.engine=chattts -o voices.jsonl")
def build(
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    count: Annotated[int, typer.Option("--count", "-n", min=1, max=4096, help="Speakers to draw.")] = 64,
    output: Target = None,
    as_json: AsJson = False,
) -> None:
    """Draw speakers, let each read one text, measure pitch, pace and level, and note whom the voice suits.

    Speakers in whose reading no voice can be measured are left out.
    """
    from antifraud.stages.calls import build_voices
    from antifraud.stages.job import Job

    settings = config_from(config, overrides, seed)
    target = output or Path(f"voices-{settings.synthesize.engine}.jsonl")
    found = asyncio.run(build_voices(Job(settings), count, target))
    if as_json:
        from antifraud.cli.summary import print_json

        print_json({"output": str(target), "drawn": count, "kept": found})
        return
    typer.echo(f"{found} of {count} speakers kept in {target}", err=True)


@app.command("list", epilog="Example: antifraud voices list voices.jsonl")
def list_voices(bank: Bank) -> None:
    """Show the voices of a bank: gender and ages as they sound, pitch, pace, level."""
    from rich.console import Console
    from rich.table import Table

    from antifraud.speech.voices.bank import read_bank

    table = Table("voice", "gender", "ages", "pitch Hz", "characters/s", "level dBFS")
    for voice in read_bank(bank):
        table.add_row(
            voice.name,
            voice.gender,
            f"{voice.youngest}-{voice.oldest}",
            f"{voice.f0_hz:.0f}",
            f"{voice.characters_per_second:.1f}",
            f"{voice.level_dbfs:.1f}",
        )
    Console().print(table)
