"""Scores as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table

from antifraud.evaluation.redrawing import Figure
from antifraud.evaluation.results import Comparison, Reading, Results, Slice, TaskScores

_SHOWN_SLICES: Final = 40
"""Of a dimension: a bank of voices has hundreds; all are in the JSON."""
_SLICE_FIGURES: Final = (
    *("accuracy", "balanced_accuracy", "fraud_recall", "fraud_false_alarm_rate", "invalid_rate"),
    *("scene_accuracy", "fraud_type_accuracy"),
)


def tables(results: Results) -> Iterator[RenderableType]:
    """Yield what is shown of results, most important first."""
    size = f"{results.calls} calls, {results.storylines} storylines"
    yield f"{escape(results.model)} on {escape(results.snapshot)}: {size}"
    if results.missing:
        more = ", …" if results.missing > len(results.missing_ids) else ""
        yield f"{results.missing} calls have no prediction and count as wrong: {', '.join(results.missing_ids)}{more}"
    yield _scores(results.strict, results.lenient)
    for task, scores in results.strict.tasks.items():
        yield _confusion(task, scores)
        yield _answers(task, scores)
    if results.confidence:
        stated = f"stated confidence ({results.confidence.stated_share:.0%} of the verdicts state one)"
        yield _figures(stated, results.confidence.figures)
    if results.early:
        yield _figures(
            f"early detection: {results.early.fraud_calls} fraud and {results.early.other_calls} other calls,"
            f" {results.early.beginnings} beginnings, {results.early.unanswered} unanswered",
            results.early.figures,
        )
    yield from _slices(results.slices)
    if results.comparison:
        yield from _comparison(results.comparison)


def shown(figure: Figure | None) -> str:
    """Return a figure with its interval."""
    if figure is None or figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _table(title: str, *columns: str) -> Table:
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD)
    for column in columns:
        table.add_column(escape(column), no_wrap=True)
    return table


def _figures(title: str, figures: Mapping[str, Figure]) -> Table:
    table = _table(title, "figure", "value (95 %)")
    for name, figure in figures.items():
        table.add_row(name, shown(figure))
    return table


def _scores(strict: Reading, lenient: Reading) -> Table:
    table = _table("scores, with 95 % intervals over storylines", "task", "score", "strict", "lenient")
    for task, scores in strict.tasks.items():
        for name, figure in scores.figures.items():
            table.add_row(task, name, shown(figure), shown(lenient.tasks[task].figures.get(name)))
        table.add_section()
    for name, figure in strict.chain.items():
        table.add_row("all", name, shown(figure), shown(lenient.chain.get(name)))
    return table


def _confusion(task: str, scores: TaskScores) -> Table:
    kinds = [kind for kind, calls in scores.outcomes.items() if calls]
    table = _table(f"{task}: true labels down, answers across", "", *scores.labels, *kinds, "precision", "recall", "F1")
    for label, row in scores.confusion.items():
        each = scores.classes[label]
        counts = [str(row[name]) for name in (*scores.labels, *kinds)]
        table.add_row(label, *counts, *(f"{value:.3f}" for value in (each.precision, each.recall, each.f1)))
    return table


def _answers(task: str, scores: TaskScores) -> str:
    spread = scores.spread
    most = (
        f", {spread.most_answered} most ({spread.answered[spread.most_answered]:.0%})" if spread.most_answered else ""
    )
    return f"{task}: answers are {spread.verdict}: {spread.readable_share:.0%} readable{most}"


def _slices(slices: tuple[Slice, ...]) -> Iterator[Table]:
    for dimension in dict.fromkeys(each.dimension for each in slices):
        parts = [each for each in slices if each.dimension == dimension]
        names = [name for name in _SLICE_FIGURES if any(name in each.figures for each in parts)]
        table = _table(f"by {dimension}", dimension, "calls", *names)
        for each in parts[:_SHOWN_SLICES]:
            table.add_row(escape(each.value), str(each.calls), *(_short(each.figures.get(name)) for name in names))
        yield table


def _short(figure: Figure | None) -> str:
    """Return a figure with half the width of its interval."""
    if figure is None or figure.value is None:
        return "-"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} ±{(figure.high - figure.low) / 2:.3f}"


def _comparison(comparison: Comparison) -> Iterator[Table]:
    table = _table(f"minus {comparison.other}", "task", "score", "difference (95 %)", "p")
    for task, figures in comparison.differences.items():
        for name, figure in figures.items():
            p_value = comparison.p_values[task][name]
            table.add_row(task, name, shown(figure), "-" if p_value is None else f"{p_value:.3f}")
    yield table
    pairs = _table(f"McNemar against {comparison.other}", "task", "only this right", "only the other", "p")
    for task, test in comparison.mcnemar.items():
        pairs.add_row(task, str(test.only_this), str(test.only_other), f"{test.p_value:.3g}")
    yield pairs
