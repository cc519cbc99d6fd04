"""`push`: a release goes where others can load it."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional

import typer

from antifraud.cli.options import AsJson, Quiet


class To(StrEnum):
    """Where a release can go."""

    HUB = "hub"
    MODELSCOPE = "modelscope"


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command(epilog="Example: antifraud push data/runs/demo/release --to hub --repo my-lab/telecom-fraud --private")(
        push
    )


def push(
    release: Annotated[Path, typer.Argument(help="Folder that pack made.")],
    to: Annotated[To, typer.Option(help="The Hugging Face Hub, or ModelScope.")],
    repo: Annotated[str, typer.Option(metavar="OWNER/NAME", help="Repository of data sets; made if it is not there.")],
    private: Annotated[bool, typer.Option("--private", help="Only its owner may read it.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Verify, say what would be sent, ask nobody.")] = False,
    endpoint: Annotated[
        Optional[str], typer.Option(metavar="URL", help="A mirror or a hub of your own, instead of the public one.")
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Upload a release; the token comes from HF_TOKEN or MODELSCOPE_API_TOKEN.

    The seal is verified first. Stopped at any moment, the same command goes on; what lies there is not sent twice.
    """
    from antifraud.cli.summary import console, print_json
    from antifraud.release import push as pushing

    plan = pushing.plan_push(release, to.value, repo, is_private=private, endpoint=endpoint, environment=os.environ)
    if not quiet:
        for sentence in plan.advice:
            console().print(sentence, soft_wrap=True)
    planned = {"repo": repo, "endpoint": plan.endpoint, "files": len(plan.files), "bytes": plan.size_bytes}
    if dry_run:
        if as_json:
            print_json({**planned, "private": private, "sent": False})
            return
        typer.echo(
            f"{len(plan.files)} files, {plan.size_bytes:,} bytes, would go to {plan.endpoint}, {repo}.", err=True
        )
        return
    pushed = pushing.push(plan, os.environ, is_quiet=quiet or as_json)
    if as_json:
        print_json({**planned, "private": private, "sent": True, "url": pushed.url, "strangers": pushed.strangers})
        return
    typer.echo(f"{pushed.files} files lie at {pushed.url}.", err=True)
    if pushed.strangers:
        typer.echo(
            f"{len(pushed.strangers)} more are there that are not of this release, first {pushed.strangers[0]}; remove"
            " them, or a loader may read both.",
            err=True,
        )
