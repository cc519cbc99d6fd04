"""`antifraud import-dialogues`: dialogue files of other projects."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from antifraud.cli.options import AsJson, ConfigFile, Output, Overrides, Quiet, RunName, Seed, config_from


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: antifraud import-dialogues theirs.jsonl --run theirs")(import_dialogues)


def import_dialogues(
    files: Annotated[list[Path], typer.Argument(help="JSONL or JSON files of the TeleAntiFraud project.")],
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Read dialogues of the TeleAntiFraud project: `left`/`right` lists or `dialogue_history`.

    What does not pass the checks is written to dialogues.rejected.jsonl with its reason; a large share of rejected
    records is expected here and is no failure.
    """
    from antifraud.cli.summary import show_stage
    from antifraud.pipeline import Job, import_files

    job = Job(config_from(config, overrides, seed, run_name), output=output, quiet=quiet)
    show_stage("import-dialogues", asyncio.run(import_files(job, files)), as_json=as_json)
