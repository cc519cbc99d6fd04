"""The options that commands share, and the config they add up to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from antifraud.config import Config

ConfigFile = Annotated[Optional[Path], typer.Option("--config", "-c", help="YAML file with settings.")]
Overrides = Annotated[
    Optional[list[str]], typer.Option("--set", metavar="KEY=VALUE", help="One setting, as in run.seed=7; repeatable.")
]
Seed = Annotated[Optional[int], typer.Option("--seed", min=0, help="Same seed, same bytes.")]
RunName = Annotated[Optional[str], typer.Option("--run", help="Name of the run folder.")]
Count = Annotated[Optional[int], typer.Option("--count", "-n", min=0, help="How many records to make.")]
Input = Annotated[Optional[Path], typer.Option("--input", "-i", help="Read this instead of the run's own file.")]
Output = Annotated[Optional[Path], typer.Option("--output", "-o", help="Write here instead of into the run folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="The summary as JSON on stdout.")]
Budget = Annotated[Optional[float], typer.Option("--budget", min=0, help="Money the run may spend (llm.budget).")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what LLM agents would ask for and cost; ask nothing.")]
Replay = Annotated[bool, typer.Option("--replay", help="Take answers from the journal alone; no network.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]


def config_from(
    file: Path | None,
    overrides: list[str] | None,
    seed: int | None = None,
    run: str | None = None,
    budget: float | None = None,
    more: tuple[str, ...] = (),
) -> Config:
    """Merge file, environment and options."""
    from antifraud.config import load_config

    options = [*(overrides or ())]
    if seed is not None:
        options.append(f"run.seed={seed}")
    if run is not None:
        options.append(f"run.name={run!r}")
    if budget is not None:
        options.append(f"llm.budget={budget}")
    return load_config(file, os.environ, [*options, *more])
