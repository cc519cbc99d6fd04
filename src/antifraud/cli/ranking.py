"""`judge`, `baselines`, `leaderboard` and `export-inspect`: how models compare, and with what."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from antifraud.cli.options import AsJson, Budget, ConfigFile, Output, Overrides, Replay, config_from
from antifraud.errors import UsageError

if TYPE_CHECKING:
    from antifraud.evaluation.baselines.table import BaselineRow
    from antifraud.evaluation.judge.judge_results import JudgeResults
    from antifraud.evaluation.leaderboard.leaderboard import Leaderboard

_WIDEST_TABLE = 1000

Bench = Annotated[Path, typer.Option("--bench", help="The folder of the snapshot.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: antifraud judge --bench bench/2026-11 model.jsonl --set judge.calls=200")(judge)
    app.command(epilog="Example: antifraud baselines --bench bench/2026-11 --release release --output baselines")(
        baselines
    )
    app.command(epilog="Example: antifraud leaderboard results baselines --output board.html --output board.csv")(
        leaderboard
    )
    app.command(epilog="Example: antifraud export-inspect bench/2026-11 --output inspect")(export_inspect)


def judge(
    predictions: Annotated[Path, typer.Argument(help="Answers of one model, a line a call.")],
    bench: Bench,
    model: Annotated[Optional[str], typer.Option("--model", help="The judge (judge.model).")] = None,
    repeats: Annotated[
        Optional[int], typer.Option("--repeats", min=1, help="Judgements an answer (judge.repeats).")
    ] = None,
    config: ConfigFile = None,
    overrides: Overrides = None,
    budget: Budget = None,
    replay: Replay = False,
    output: Output = None,
    as_json: AsJson = False,
) -> None:
    """Let a chat model judge how a model argued: logic, practical value and expression, 15 points in all.

    Points are expected values of the probabilities that the judge states. Every judgement and the journal go into
    PREDICTIONS.judge/ beside the predictions, or where --output says; a second run asks for what is missing alone.
    """
    from antifraud.cli.summary import console, print_json
    from antifraud.stages.judgements import JudgeJob
    from antifraud.stages.judgements import judge as judged

    more = [f"judge.model={model!r}"] if model is not None else []
    more += [f"judge.repeats={repeats}"] if repeats is not None else []
    settings = config_from(config, overrides, budget=budget, more=tuple(more))
    target = output or predictions.with_name(f"{predictions.stem}.judge")
    results = asyncio.run(judged(JudgeJob(settings, bench, predictions, target, replay)))
    if results.is_teacher:
        console().print(
            f"Warning: {results.judge} wrote the reference reasoning that it judges by and may favour its own manner;"
            " set judge.model to another.",
            soft_wrap=True,
            markup=False,
        )
    if as_json:
        print_json(results.model_dump(mode="json"))
        return
    _show(results, target)


def baselines(
    bench: Bench,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for predictions and results.")],
    release: Annotated[
        Optional[Path], typer.Option("--release", help="What baselines learn from; without one only some are asked.")
    ] = None,
    names: Annotated[
        Optional[list[str]], typer.Option("--name", help="One of the baselines, repeatable; all without it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Score models that understand nothing: majority, keywords, lengths, tfidf, logmel; and an oracle of the acts.

    Writes NAME.jsonl and NAME.results.json for each, and prints the rows of the card: scores by subset.
    """
    from antifraud.cli.summary import console, print_json
    from antifraud.evaluation.baselines.baseline import BASELINES, known_name
    from antifraud.evaluation.baselines.table import baseline_table
    from antifraud.evaluation.bench_calls import read_calls
    from antifraud.evaluation.truths import read_bench

    chosen = [known_name(name) for name in names] if names else BASELINES
    rows = baseline_table(read_calls(bench), read_bench(bench), release, output, names=chosen)
    if as_json:
        print_json([row.model_dump(mode="json") for row in rows])
        return
    _show_rows(rows)
    console().print(f"Written to {output}", soft_wrap=True)


def leaderboard(
    folders: Annotated[list[Path], typer.Argument(help="Folders with results of score, and of judge.")],
    by: Annotated[str, typer.Option("--by", help="The column that orders the models.")] = "mean_weighted_f1",
    outputs: Annotated[
        Optional[list[Path]], typer.Option("--output", "-o", help="Write a file: .md, .html or .csv; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put models on one snapshot side by side; results of different snapshots are refused."""
    from antifraud.cli.summary import console, print_json
    from antifraud.evaluation.leaderboard.columns import SORTABLE
    from antifraud.evaluation.leaderboard.leaderboard import leaderboard as ranked
    from antifraud.evaluation.leaderboard.renderings import RENDERINGS
    from antifraud.store.files import write_atomic

    if by not in SORTABLE:
        raise UsageError(f"--by {by}: no such column; expected one of {', '.join(SORTABLE)}.")
    if wrong := next((path for path in outputs or () if path.suffix not in RENDERINGS), None):
        raise UsageError(f"--output {wrong}: expected a name that ends in {', '.join(RENDERINGS)}.")
    board = ranked(folders, by)
    for path in outputs or ():
        write_atomic(path, RENDERINGS[path.suffix](board).encode())
    if as_json:
        print_json(board.model_dump(mode="json"))
        return
    _show_board(board)
    for path in outputs or ():
        console().print(f"Written to {path}", soft_wrap=True)


def export_inspect(
    bench: Annotated[Path, typer.Argument(help="The folder of the snapshot.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the task and its samples.")],
) -> None:
    """Write a snapshot as a task of Inspect AI, whose answers are read by the same parser.

    Inspect itself is needed to run the task, not to write it: pip install 'antifraud[inspect]'.
    """
    from antifraud.cli.summary import console
    from antifraud.evaluation.inspect_export.export import TASK_FILE
    from antifraud.evaluation.inspect_export.export import export_inspect as exported

    samples = exported(bench, output)
    console().print(f"{samples} calls; run it with: inspect eval {output / TASK_FILE} --model MODEL", soft_wrap=True)


def _show_board(board: Leaderboard) -> None:
    from antifraud.cli.summary import console
    from antifraud.evaluation.leaderboard.renderings import TITLES, cells

    size = f"{board.snapshot}: {board.calls} calls, {board.storylines} storylines"
    _show_table(TITLES, [cells(row) for row in board.rows], size)
    for note in board.notes:
        console().print(f"Note: {note}", soft_wrap=True, markup=False)


def _show_rows(rows: Sequence[BaselineRow]) -> None:
    subsets = list(dict.fromkeys(name for row in rows for name in row.scores))
    lines = []
    for row in rows:
        scores = [row.scores.get(name) for name in subsets]
        lines.append([row.name, row.measure, *("-" if score is None else f"{score:.3f}" for score in scores)])
    _show_table(("baseline", "measure", *subsets), lines, "baselines by subset")


def _show_table(titles: Sequence[str], lines: Sequence[Sequence[str]], title: str) -> None:
    """Show a table with no cell cut off, however narrow the terminal is."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    from antifraud.cli.summary import console

    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD)
    for name in titles:
        table.add_column(escape(name), no_wrap=True)
    for line in lines:
        table.add_row(*map(escape, line))
    screen = console()
    wide = screen.options.update(width=_WIDEST_TABLE)
    screen.width = max(screen.width, screen.measure(table, options=wide).maximum)
    screen.print(table)


def _show(results: JudgeResults, target: Path) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    from antifraud.cli.score_tables import shown
    from antifraud.cli.summary import console

    screen = console()
    screen.print(
        f"{escape(results.model)} on {escape(results.snapshot)}, judged by {escape(results.judge)}:"
        f" {results.questions} questions of {results.calls} calls, {results.repeats} judgements each",
        soft_wrap=True,
    )
    table = Table(box=SIMPLE_HEAD)
    table.add_column("points", no_wrap=True)
    table.add_column("mean (95 %)", no_wrap=True)
    rows = {"all, of 15": results.points, **{f"{name}, of 5": each for name, each in results.dimensions.items()}}
    rows |= {f"{task}, of 15": each for task, each in results.tasks.items()}
    rows |= {"right answers": results.when_right, "wrong answers": results.when_wrong}
    for name, bias in (("order", results.order_bias), ("length", results.length_bias)):
        if bias:
            rows[f"{name} bias, {bias.pairs} pairs"] = bias.difference
    for name, figure in rows.items():
        table.add_row(name, shown(figure))
    screen.print(table)
    blank = ", ".join(f"{count} {why}" for why, count in results.blank.items()) or "none"
    screen.print(f"Nothing to judge, 0 points: {blank}", soft_wrap=True)
    screen.print(
        f"Of {results.judgements} judgements {results.unparseable} could not be read,"
        f" {results.unanswered} never came; both are left out",
        soft_wrap=True,
    )
    for name, value in (
        ("spread between repeats, points", results.repeat_spread),
        ("length against points, Spearman", results.length_correlation),
        ("total of the paper, percent", results.paper_total),
    ):
        screen.print(f"{name}: {'-' if value is None else f'{value:.3f}'}")
    screen.print(f"Written to {target}", soft_wrap=True)
