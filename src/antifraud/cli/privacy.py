"""`antifraud anonymise`: calls without personal data, a page to confirm it, and spans for audits."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Optional

import typer

from antifraud.cli.options import AsJson, ConfigFile, Output, Overrides, config_from


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: antifraud anonymise calls.jsonl -o anonymised.jsonl --review review.html")(anonymise)


def anonymise(
    file: Annotated[Path, typer.Argument(help="Dialogues of antifraud or of the TeleAntiFraud project.")],
    output: Output = None,
    review: Annotated[
        Optional[Path], typer.Option("--review", help="Write a page to confirm it; it shows originals.")
    ] = None,
    spans: Annotated[
        bool, typer.Option("--spans", help="Read lines {text}; print {text, spans}; change nothing.")
    ] = False,
    config: ConfigFile = None,
    overrides: Overrides = None,
    as_json: AsJson = False,
) -> None:
    """Replace names, numbers and addresses by surrogates: the same key, the same surrogates.

    The key is in the environment variable ANTIFRAUD_PRIVACY_KEY, or in the file that privacy.key_file names. Beside the
    output lies a report, FILE.privacy.json: what was replaced by kind, never a value.
    """
    from antifraud.stages.anonymisation import anonymise_file, span_lines

    if spans:
        for line in span_lines(file):
            typer.echo(line)
        return
    from antifraud.privacy.anonymiser import Anonymiser
    from antifraud.privacy.secret import read_key

    settings = config_from(config, overrides)
    anonymiser = Anonymiser(read_key(settings, os.environ))
    target = output or file.with_name(f"{file.stem}.anonymised.jsonl")
    result = asyncio.run(anonymise_file(settings, anonymiser, file, target, review))
    from antifraud.cli.summary import print_json

    if as_json:
        print_json({"calls": result.calls, "left_out": result.left_out, "replaced": result.counts})
        return
    replaced = ", ".join(f"{count} {kind}" for kind, count in result.counts.items()) or "nothing"
    typer.echo(f"{result.calls} calls; replaced: {replaced}; {result.left_out} lines were no dialogue.", err=True)
    typer.echo(f"Written to {target}", err=True)
