"""`evaluate`, `parse-answers` and `score`: what models answer, and how right it is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from antifraud.cli.options import (
    AsJson,
    Budget,
    ConfigFile,
    Output,
    Overrides,
    Quiet,
    Replay,
    config_from,
)
from antifraud.labels import LabelSet

if TYPE_CHECKING:
    from antifraud.evaluation.audio_sent import AudioSent
    from antifraud.evaluation.results import Results

_WIDEST_TABLE = 1000

Labels = Annotated[LabelSet, typer.Option("--label-set", help="The kinds of fraud that are named.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: antifraud evaluate --bench bench/2026-11 --model gpt-audio --set llm.preset=openai")(
        evaluate
    )
    app.command(epilog="Example: antifraud parse-answers answers.jsonl")(parse_answers)
    app.command(epilog="Example: antifraud score --bench bench/2026-11 predictions.jsonl --against baseline.jsonl")(
        score
    )


def parse_answers(
    file: Annotated[Path, typer.Argument(help="Lines {task: scene|fraud|fraud_type, raw}; finish is read too.")],
    label_set: Labels = LabelSet.TELEANTIFRAUD,
) -> None:
    """Print {strict, lenient, status} for each answer of a file: its label, or why it has none.

    Strict reads the exact labels, lenient the listed other words too; the status is that of the strict reading.
    """
    import orjson

    from antifraud.evaluation.answer_lines import read_answers

    for reading in read_answers(file, label_set):
        line = {"strict": reading.strict, "lenient": reading.lenient, "status": reading.status}
        sys.stdout.write(orjson.dumps(line).decode() + "\n")


def score(
    predictions: Annotated[Path, typer.Argument(help="Answers of one model, a line a call.")],
    bench: Annotated[Path, typer.Option("--bench", help="The folder of the snapshot they were given on.")],
    against: Annotated[
        Optional[Path], typer.Option("--against", help="Answers of another model, to compare with.")
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=1, help="Of the bootstrap over storylines.")] = 1000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Same seed, same bytes.")] = 0,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Score the answers of a model: with 95 % intervals over storylines, by slices, against another.

    Results are written as JSON beside the predictions, or where --output says. What cannot be read is wrong.
    """
    from antifraud.evaluation.score import score as scored
    from antifraud.store.files import write_atomic
    from antifraud.store.manifest import dump_json

    results = scored(bench, predictions, against=against, draws=draws, seed=seed)
    target = output or predictions.with_name(f"{predictions.stem}.results.json")
    write_atomic(target, dump_json(results.model_dump(mode="json")))
    _show(results, target, as_json=as_json)


def evaluate(
    bench: Annotated[Path, typer.Option("--bench", help="The folder of a snapshot.")],
    model: Annotated[str, typer.Option("--model", help="Name at the service; of a command any name.")],
    command: Annotated[
        Optional[str], typer.Option("--command", help="Ask this program: a line of JSON a question, one an answer.")
    ] = None,
    transcript: Annotated[
        Optional[str], typer.Option("--transcript", help="Let it read: gold, or a JSONL file of a recogniser.")
    ] = None,
    independent: Annotated[bool, typer.Option("--independent", help="Every question by itself, no chain.")] = False,
    binary: Annotated[bool, typer.Option("--binary", help="Ask for one word, fraud or normal.")] = False,
    prefixes: Annotated[bool, typer.Option("--prefixes", help="Ask about the beginnings of calls too.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Ask once more where an answer never came.")] = False,
    config: ConfigFile = None,
    overrides: Overrides = None,
    output: Annotated[Optional[Path], typer.Option("--output", "-o", help="Instead of results/MODEL.")] = None,
    budget: Budget = None,
    replay: Replay = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> None:
    """Ask a model about a snapshot and score its answers: predictions.jsonl, results.json, manifest.json.

    Stopped or killed at any moment, the same command goes on where it was, and nothing answered is paid for again.
    """
    import asyncio

    from antifraud.stages.evaluation import RESULTS
    from antifraud.stages.evaluation import evaluate as evaluated
    from antifraud.stages.job import Job

    more = [f"evaluate.{name}={value}" for name, value in _asked(command, transcript).items()]
    more += ["evaluate.chain=false"] * independent + ["evaluate.binary=true"] * binary
    more += ["evaluate.prefixes=true"] * prefixes
    if command is None:
        more.append(f"llm.model={model!r}")
    settings = config_from(config, overrides, budget=budget, more=tuple(more))
    job = Job(settings, output=output, quiet=quiet, replay=replay)
    found = asyncio.run(evaluated(job, bench, model, again=again))
    _show(found.results, found.folder / RESULTS, as_json=as_json)
    if found.sent is not None:
        typer.echo(_heard(found.sent), err=True)


def _asked(command: str | None, transcript: str | None) -> dict[str, str]:
    """Return settings of `evaluate` by the options that say who is asked, and how."""
    import json

    if command is not None:
        return {"kind": "command", "command": json.dumps(command)}
    if transcript is None:
        return {}
    return {"kind": "transcript"} | ({} if transcript == "gold" else {"transcript": json.dumps(transcript)})


def _heard(sent: AudioSent) -> str:
    """Return how much audio was sent, and how much of it the model heard as far as its service tells."""
    line = f"Sent {sent.seconds_sent:,.0f} s of audio"
    if sent.least_tokens_a_second is None:
        return f"{line}; the service told no audio tokens."
    line += f", {sent.least_tokens_a_second:g} to {sent.most_tokens_a_second:g} audio tokens a second"
    return (
        f"{line}: some recordings look cut, compare audio_tokens in the predictions." if sent.looks_cut else f"{line}."
    )


def _show(results: Results, target: Path, *, as_json: bool) -> None:
    """Print results as tables, or as JSON."""
    from antifraud.cli.score_tables import tables
    from antifraud.cli.summary import console, print_json

    if as_json:
        print_json(results.model_dump(mode="json"))
        return
    screen, parts = console(), list(tables(results))
    wide = screen.options.update(width=_WIDEST_TABLE)
    screen.width = max(screen.width, *(screen.measure(part, options=wide).maximum for part in parts))  # none is cut off
    for part in parts:
        screen.print(part)
    screen.print(f"Written to {target}", soft_wrap=True)
