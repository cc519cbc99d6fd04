"""`antifraud ingest` and `antifraud import-dialogues`: calls from outside."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from antifraud.cli.options import AsJson, ConfigFile, Output, Overrides, Quiet, RunName, Seed, config_from

if TYPE_CHECKING:
    from antifraud.engine.stage import Tally

_MOST_SHOWN = 50
"""Rejected files on the terminal; all of them are in the file."""


class _Label(StrEnum):
    FRAUD = "fraud"
    LAWFUL = "lawful"


class _Channel(StrEnum):
    LEFT = "left"
    RIGHT = "right"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: antifraud ingest recordings/ --labels labels.csv --run real")(ingest)
    app.command(epilog="Example: antifraud import-dialogues theirs.jsonl --run theirs")(import_dialogues)


def ingest(
    paths: Annotated[list[Path], typer.Argument(help="Files or folders with recordings and transcripts.")],
    label: Annotated[Optional[_Label], typer.Option(help="Label of the calls that --labels does not name.")] = None,
    labels: Annotated[
        Optional[Path],
        typer.Option(help="CSV: file (or id), label, and where known fraud_type, scene, official_category."),
    ] = None,
    caller_channel: Annotated[
        Optional[_Channel], typer.Option(help="Where the caller is heard; left unless the config says otherwise.")
    ] = None,
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Take in real calls: recordings and transcripts, anonymised before anything is written.

    The key that names and surrogates come from is in the environment variable ANTIFRAUD_PRIVACY_KEY, or in a file
    that the config names. What cannot be used is in dialogues.rejected.jsonl with its reason.
    """
    from antifraud.cli.summary import show_stage
    from antifraud.privacy.anonymiser import Anonymiser
    from antifraud.privacy.secret import read_key
    from antifraud.stages.ingestion import Delivery
    from antifraud.stages.intake import ingest as take_in
    from antifraud.stages.job import Job

    more = (f"ingest.caller_channel={caller_channel}",) if caller_channel else ()
    job = Job(config_from(config, overrides, seed, run_name, more=more), output=output, quiet=quiet)
    delivery = Delivery(paths, labels, label.value if label else None)
    tally, places = asyncio.run(take_in(job, delivery, Anonymiser(read_key(job.config, os.environ))))
    show_stage("ingest", tally, as_json=as_json)
    if not as_json:
        _show_refused(tally, places)
    tally.check(job.config.run.rejected_limit)


def _show_refused(tally: Tally, places: Mapping[str, str]) -> None:
    """Show which files were rejected; their names stand on the terminal alone."""
    from itertools import islice

    from rich.table import Table

    from antifraud.cli.summary import console
    from antifraud.records import Rejected
    from antifraud.store.lines import read_records
    from antifraud.store.runs import rejected_path

    if not tally.rejected:
        return
    table = Table("file", "rejected because", "in detail")
    known = (each for each in read_records(rejected_path(tally.output), Rejected) if each.id in places)
    for rejected in islice(known, _MOST_SHOWN):
        table.add_row(places[rejected.id], rejected.reason, rejected.detail)
    console().print(table)
    if tally.rejected > _MOST_SHOWN:
        console().print(f"and {tally.rejected - _MOST_SHOWN} more in {rejected_path(tally.output)}")


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
    from antifraud.stages.intake import import_files
    from antifraud.stages.job import Job

    job = Job(config_from(config, overrides, seed, run_name), output=output, quiet=quiet)
    show_stage("import-dialogues", asyncio.run(import_files(job, files)), as_json=as_json)
