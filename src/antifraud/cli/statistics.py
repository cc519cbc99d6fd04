"""`antifraud stats`: the figures of dialogue files, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from antifraud.cli.options import AsJson, ConfigFile, Overrides, Seed, config_from
from antifraud.errors import EngineError, UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from antifraud.audit.report import Part, Report
    from antifraud.audit_config import AuditConfig

_SHOWN_GRAMS = 12
_WIDEST_TABLE = 1000
_SHOWN_DISAGREEMENTS = 5


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command(epilog="Example: antifraud stats ours.jsonl theirs.jsonl --plots figures")(stats)


def stats(
    files: Annotated[
        list[Path], typer.Argument(help="Dialogue files, ours or of the TeleAntiFraud project, or reviews.")
    ],
    parts: Annotated[
        Optional[str],
        typer.Option("--parts", help="Measure these alone, as in lengths,defects; -shortcuts leaves out."),
    ] = None,
    plots: Annotated[Optional[Path], typer.Option("--plots", help="Draw pictures into this folder.")] = None,
    config: ConfigFile = None,
    overrides: Overrides = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Measure dialogue files: lengths, variety, defects, personal data, shortcuts, labels.

    Of reviews that `view --review` kept: how far the reviewers agree.
    Figures beyond a limit of the config (`audit.…`) are marked; nothing is refused here.
    """
    from antifraud.audit.gates import faults
    from antifraud.cli.summary import console, print_json
    from antifraud.scenarios.loading import load_packs, packs_folder
    from antifraud.stages.standards import statistics

    if files and all(path.is_file() and _are_reviews(path) for path in files):
        _agreement(files, as_json)
        return
    settings = config_from(config, overrides, seed)
    limits = settings.audit
    if plots is not None:
        _needs_matplotlib()
    packs = load_packs(settings.generate.packs or packs_folder())
    reports = asyncio.run(statistics(settings, files, _chosen(parts), packs))
    if as_json:
        print_json(
            [
                {"file": str(path), "report": report.model_dump(mode="json"), "faults": faults(report, limits)}
                for path, report in reports
            ]
        )
    else:
        screen, table = console(), _figures(reports, limits)
        wide = screen.options.update(width=_WIDEST_TABLE)
        screen.width = max(screen.width, screen.measure(table, options=wide).maximum)  # no figure is cut off
        screen.print(table)
        for path, report in reports:
            _more(path, report)
    if plots is not None:
        from antifraud.audit.plots import draw

        drawn = draw([(path.stem, report) for path, report in reports], limits, plots)
        console().print(f"{len(drawn)} pictures in {plots}", soft_wrap=True)


def _are_reviews(path: Path) -> bool:
    from antifraud.site.reviews import holds_reviews

    return holds_reviews(path)


def _agreement(files: list[Path], as_json: bool) -> None:
    """Print Cohen's kappa of every two reviewers."""
    from dataclasses import asdict

    from rich.markup import escape
    from rich.table import Table

    from antifraud.cli.summary import console, print_json
    from antifraud.site.reviews import agreements

    found = agreements(files)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    table = Table("question", "reviewers", "calls", "Cohen's kappa")
    for one in found:
        value = "-" if one.kappa is None else f"{one.kappa:.2f}"
        table.add_row(one.question.replace("_", " "), escape(f"{one.one}, {one.other}"), str(one.calls), value)
    console().print(table)


def _chosen(parts: str | None) -> Collection[Part]:
    from antifraud.audit.report import PARTS

    if parts is None:
        return PARTS
    names = [name.strip() for name in parts.split(",") if name.strip()]
    if unknown := [name for name in names if name.removeprefix("-") not in PARTS]:
        raise UsageError(f"--parts: no part {unknown[0].removeprefix('-')!r}; expected some of {', '.join(PARTS)}.")
    dropped = {name.removeprefix("-") for name in names if name.startswith("-")}
    kept = {name for name in names if not name.startswith("-")} or set(PARTS)
    return [part for part in PARTS if part in kept - dropped]


def _needs_matplotlib() -> None:
    from importlib.util import find_spec

    if find_spec("matplotlib") is None:
        raise EngineError("--plots needs matplotlib, which is not installed: pip install 'antifraud[plots]'.")


def _figures(reports: list[tuple[Path, Report]], limits: AuditConfig) -> Table:
    """Return one row a figure and one column a file; a figure that breaks its limit is marked."""
    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    from antifraud.audit.figures import FIGURES, shown_in
    from antifraud.audit.gates import GATES, limits_of

    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("figure", *(escape(path.name) for path, _ in reports), "limit"):
        table.add_column(column, no_wrap=True)
    for figure in FIGURES:
        cells = []
        for _, report in reports:
            text = shown_in(report, figure)
            broken = any(gate.is_broken(report, limits) for gate in GATES if gate.figure is figure)
            cells.append(f"[red]{text} ![/red]" if broken else text)
        if any(cell != "-" for cell in cells):
            table.add_row(figure.name, *cells, limits_of(figure, limits))
    return table


def _more(path: Path, report: Report) -> None:
    """Print what no row can hold: tables, commonest defects, what gives labels away, readings that differ."""
    from rich.markup import escape
    from rich.table import Table

    from antifraud.cli.summary import console

    screen = console()
    if report.counts:
        outcomes = sorted({outcome for row in report.counts.outcome_by_label.values() for outcome in row})
        table = Table("label", *(outcome.replace("_", " ") for outcome in outcomes), title=escape(path.name))
        for label, row in report.counts.outcome_by_label.items():
            table.add_row(label, *(str(row.get(outcome, 0)) for outcome in outcomes))
        screen.print(table)
    for line in _lines(report):
        screen.print(escape(line), soft_wrap=True)


def _lines(report: Report) -> list[str]:
    lines = []
    if report.defects:
        shares: dict[str, Any] = {**report.defects.text_shares, **report.defects.form_shares}
        lines += [f"{kind}: {100 * share:.1f} % of calls" for kind, share in shares.items()]
        lines += [f"{value}: {count} calls" for value, count in report.defects.out_of_set_values.items()]
    for name in ("fraud_vs_lawful", "fraud_vs_sibling"):
        separation = getattr(report.shortcuts, name, None)
        if separation and separation.for_fraud:
            words = ("speaks for fraud", separation.for_fraud), ("speaks against", separation.for_other)
            for title, grams in words:
                shown = " ".join(f"{gram.gram!r} {gram.weight:+.1f}" for gram in grams[:_SHOWN_GRAMS])
                lines.append(f"{name.replace('_', ' ')}, {title}: {shown}")
    if report.labels:
        lines += [f"{fault}: {count} calls" for fault, count in report.labels.faults.items()]
        for one in report.labels.disagreements[:_SHOWN_DISAGREEMENTS]:
            lines.append(f"{one.id}: labelled {'fraud' if one.is_fraud else 'not fraud'}, but read: {one.reading.why}")
    return lines
