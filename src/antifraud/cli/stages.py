"""One command for each stage, and `run` for all of them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from antifraud.cli.money import show_estimate
from antifraud.cli.options import (
    AsJson,
    Budget,
    ConfigFile,
    Count,
    DryRun,
    Input,
    Output,
    Overrides,
    Quiet,
    Replay,
    RunName,
    Seed,
    config_from,
)

if TYPE_CHECKING:
    from antifraud.config import Config
    from antifraud.stages.job import Job

ConfigArgument = Annotated[Path, typer.Argument(help="YAML file with settings, as configs/quickstart.yaml.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file, in the order of the flow."""
    for name, command, example in (
        ("run", run, "configs/quickstart.yaml"),
        (
            "generate-storylines",
            generating(
                "generate-storylines", "fraud", "Grow storylines: a shared opening and a tree of branches each."
            ),
            "-n 100 --run demo",
        ),
        (
            "generate-fraud",
            generating("generate-fraud", "fraud", "Agents talk: fraud calls into dialogues.jsonl."),
            "-n 100 --run demo",
        ),
        (
            "generate-normal",
            generating(
                "generate-normal",
                "lawful",
                "Agents talk: lawful siblings, sales and -n everyday calls into dialogues.jsonl.",
            ),
            "-n 100 --run demo",
        ),
        ("synthesize", synthesize, "--run demo"),
        (
            "annotate",
            reading("annotate", "Explain calls in three rounds, each tied to quotes from the turns."),
            "--run demo",
        ),
        (
            "pack",
            reading("pack", "Pack annotated calls as training data, without those the benchmark takes."),
            "--run demo",
        ),
        (
            "build-bench",
            build_bench,
            "--run demo --set bench.snapshot=2026-11 --count fraud=600,sibling=300",
        ),
    ):
        app.command(name, epilog=f"Example: antifraud {name} {example}")(command)


def run(
    config: ConfigArgument,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    budget: Budget = None,
    dry_run: DryRun = False,
    replay: Replay = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Do every stage: dialogues, calls, annotations, release, benchmark.

    Stopped or killed at any moment, the same command goes on where it was.
    """
    from antifraud.cli.summary import show_run
    from antifraud.pipeline import run as run_all
    from antifraud.stages.job import Job

    job = Job(config_from(config, overrides, seed, run_name, budget), quiet=quiet, replay=replay)
    if dry_run:
        show_estimate(job.config, as_json)
        return
    show_run(job.run.path, asyncio.run(run_all(job)), as_json=as_json)


def generating(name: str, kind: str, help_text: str) -> Callable[..., None]:
    """Return a command that makes dialogues of one kind from nothing but the config."""

    def command(
        config: ConfigFile = None,
        overrides: Overrides = None,
        count: Count = None,
        seed: Seed = None,
        run_name: RunName = None,
        output: Output = None,
        budget: Budget = None,
        dry_run: DryRun = False,
        replay: Replay = False,
        as_json: AsJson = False,
        quiet: Quiet = False,
    ) -> None:
        more = () if count is None else (f"generate.{kind}.count={count}", f"generate.{kind}.counts={{}}")
        settings = config_from(config, overrides, seed, run_name, budget, more)
        if dry_run:
            show_estimate(settings, as_json, (kind,))
            return
        _stage(name, settings, None, output, as_json=as_json, quiet=quiet, replay=replay)

    command.__doc__ = help_text
    return command


def synthesize(
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    source: Input = None,
    output: Output = None,
    engine: Annotated[Optional[str], typer.Option(help="Instead of synthesize.engine.")] = None,
    servers: Annotated[
        Optional[list[str]], typer.Option("--server", help="Speech server, as http://a:8006; repeatable.")
    ] = None,
    replay: Replay = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Speak dialogues: telephone calls in stereo, caller left, callee right, with timed segments.

    With --server the engine is chattts-server unless another is given.
    """
    more = [f"synthesize.servers={servers}"] if servers else []
    if engine or servers:
        more.append(f"synthesize.engine={engine or 'chattts-server'}")
    settings = config_from(config, overrides, seed, run_name, more=tuple(more))
    _stage("synthesize", settings, source, output, as_json=as_json, quiet=quiet, replay=replay)


def build_bench(
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    source: Input = None,
    output: Output = None,
    count: Annotated[
        Optional[str],
        typer.Option("--count", metavar="NAME=N,…", help="Exact numbers by kind or label, as fraud=600,sibling=300."),
    ] = None,
    against: Annotated[
        Optional[list[Path]],
        typer.Option("--against", help="A release or snapshot that no call may be known from; repeatable."),
    ] = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Freeze a benchmark snapshot; a snapshot is never overwritten."""
    more = [] if count is None else ["bench.counts={}", *(f"bench.counts.{part.strip()}" for part in count.split(","))]
    if against:
        more.append(f"bench.against={json.dumps(list(map(str, against)))}")
    settings = config_from(config, overrides, seed, run_name, more=tuple(more))
    _stage("build-bench", settings, source, output, as_json=as_json, quiet=quiet)


def reading(name: str, help_text: str) -> Callable[..., None]:
    """Return a command that makes something of a record file."""

    def command(
        config: ConfigFile = None,
        overrides: Overrides = None,
        seed: Seed = None,
        run_name: RunName = None,
        source: Input = None,
        output: Output = None,
        as_json: AsJson = False,
        quiet: Quiet = False,
    ) -> None:
        _stage(name, config_from(config, overrides, seed, run_name), source, output, as_json=as_json, quiet=quiet)

    command.__doc__ = help_text
    return command


def _stage(
    name: str,
    config: Config,
    source: Path | None,
    output: Path | None,
    *,
    as_json: bool,
    quiet: bool,
    replay: bool = False,
) -> None:
    from antifraud.cli.summary import show_stage
    from antifraud.engine.stage import Tally
    from antifraud.pipeline import STAGES, note_config
    from antifraud.stages.job import Job

    job = Job(config, source, output, quiet, replay)
    if output is None:
        note_config(job)
    result: Any = asyncio.run(_do(dict(STAGES)[name], job))
    show_stage(name, result, as_json=as_json)
    if isinstance(result, Tally):
        result.check(job.config.run.rejected_limit)


async def _do(stage: Any, job: Job) -> Any:
    return await stage(job)
