"""`antifraud imitate`: new dialogues by the pattern of given ones."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Optional

import typer

from antifraud.cli.options import (
    AsJson,
    Budget,
    ConfigFile,
    Count,
    Output,
    Overrides,
    Quiet,
    Replay,
    RunName,
    Seed,
    config_from,
)

EXAMPLE = "Example: antifraud imitate --seeds dialogues.jsonl -n 500 --run demo"
Seeds = Annotated[
    Optional[list[Path]],
    typer.Option("--seeds", help="Dialogues, ours or of TeleAntiFraud; repeatable. Without it, the run's own."),
]
Engine = Annotated[Optional[str], typer.Option(help="embedded or llm, instead of imitate.engine.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog=EXAMPLE)(imitate)


def imitate(
    seeds: Seeds = None,
    config: ConfigFile = None,
    overrides: Overrides = None,
    count: Count = None,
    seed: Seed = None,
    run_name: RunName = None,
    output: Output = None,
    engine: Engine = None,
    budget: Budget = None,
    replay: Replay = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Imitate dialogues: the strategy of each stays; people, institution, facts and wording are others.

    No imitation copies more than a few characters in a row of a seed or of another one, resembles one, or reads as
    another label than its seed's; they are written to imitations.jsonl, each with its parents.
    """
    from antifraud.cli.summary import show_stage
    from antifraud.pipeline import note_config
    from antifraud.stages.imitations import imitate as imitate_seeds
    from antifraud.stages.job import Job

    more = [] if count is None else [f"imitate.count={count}"]
    if engine is not None:
        more.append(f"imitate.engine={engine}")
    settings = config_from(config, overrides, seed, run_name, budget, tuple(more))
    job = Job(settings, output=output, quiet=quiet, replay=replay)
    if output is None:
        note_config(job)
    tally = asyncio.run(imitate_seeds(job, seeds or []))
    show_stage("imitate", tally, as_json=as_json)
    tally.check(settings.run.rejected_limit)
