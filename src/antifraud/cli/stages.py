"""One command for each stage, and `run` for all of them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from antifraud.cli.options import AsJson, ConfigFile, Count, Input, Output, Overrides, Quiet, RunName, Seed, config_from

if TYPE_CHECKING:
    from antifraud.pipeline import Job

ConfigArgument = Annotated[Path, typer.Argument(help="YAML file with settings, as configs/quickstart.yaml.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for name, command, example in (
        ("run", run, "antifraud run configs/quickstart.yaml"),
        ("generate-fraud", generate_fraud, "antifraud generate-fraud -n 100 --run demo"),
        ("generate-normal", generate_normal, "antifraud generate-normal -n 100 --run demo"),
        ("synthesize", synthesize, "antifraud synthesize --run demo"),
        ("annotate", annotate, "antifraud annotate --run demo"),
        ("pack", pack, "antifraud pack --run demo"),
        ("build-bench", build_bench, "antifraud build-bench --run demo --set bench.snapshot=2026-11"),
    ):
        app.command(name, epilog=f"Example: {example}")(command)


def run(
    config: ConfigArgument,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Do every stage: dialogues, calls, annotations, release, benchmark.

    Stopped or killed at any moment, the same command goes on where it was.
    """
    from antifraud.cli.summary import show_run
    from antifraud.pipeline import Job
    from antifraud.pipeline import run as run_all

    job = Job(config_from(config, overrides, seed, run_name), quiet=quiet)
    show_run(job.run.path, asyncio.run(run_all(job)), as_json=as_json)


def generate_fraud(
    config: ConfigFile = None,
    overrides: Overrides = None,
    count: Count = None,
    seed: Seed = None,
    run_name: RunName = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Agents talk: fraud calls into dialogues.jsonl."""
    more = () if count is None else (f"generate.fraud.count={count}", "generate.fraud.counts={}")
    _stage("generate-fraud", config, overrides, seed, run_name, None, output, as_json, quiet, more)


def generate_normal(
    config: ConfigFile = None,
    overrides: Overrides = None,
    count: Count = None,
    seed: Seed = None,
    run_name: RunName = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Agents talk: lawful calls into dialogues.jsonl."""
    more = () if count is None else (f"generate.lawful.count={count}", "generate.lawful.counts={}")
    _stage("generate-normal", config, overrides, seed, run_name, None, output, as_json, quiet, more)


def synthesize(
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    source: Input = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Speak dialogues: stereo WAV, caller left, callee right, with timed segments."""
    _stage("synthesize", config, overrides, seed, run_name, source, output, as_json, quiet)


def annotate(
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    source: Input = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Explain calls in three rounds, each tied to quotes from the turns."""
    _stage("annotate", config, overrides, seed, run_name, source, output, as_json, quiet)


def pack(
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    source: Input = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Pack annotated calls as training data, without those the benchmark takes."""
    _stage("pack", config, overrides, seed, run_name, source, output, as_json, quiet)


def build_bench(
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    run_name: RunName = None,
    source: Input = None,
    output: Output = None,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Freeze a benchmark snapshot; a snapshot is never overwritten."""
    _stage("build-bench", config, overrides, seed, run_name, source, output, as_json, quiet)


def _stage(
    name: str,
    config: Path | None,
    overrides: list[str] | None,
    seed: int | None,
    run_name: str | None,
    source: Path | None,
    output: Path | None,
    as_json: bool,
    quiet: bool,
    more: tuple[str, ...] = (),
) -> None:
    from antifraud.cli.summary import show_stage
    from antifraud.engine.stage import Tally
    from antifraud.pipeline import STAGES, Job, note_config

    job = Job(config_from(config, overrides, seed, run_name, more), source, output, quiet)
    if output is None:
        note_config(job)
    result: Any = asyncio.run(_do(dict(STAGES)[name], job))
    show_stage(name, result, as_json=as_json)
    if isinstance(result, Tally):
        result.check(job.config.run.rejected_limit)


async def _do(stage: Any, job: Job) -> Any:
    return await stage(job)
