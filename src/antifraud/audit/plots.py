"""Pictures of reports, with English words alone: no font for Chinese can be taken for granted."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from antifraud.audit import figures
from antifraud.audit.gates import GATES
from antifraud.audit.lengths import CALL_BIN_CHARACTERS, TURN_BIN_CHARACTERS
from antifraud.audit.report import Report
from antifraud.audit.shortcuts import Input
from antifraud.audit_config import AuditConfig
from antifraud.labels import Awareness
from antifraud.store.files import write_atomic

Named = Sequence[tuple[str, Report]]

_INCHES: Final = (7.5, 4.5)
_DOTS_PER_INCH: Final = 120
_AWARENESS: Final = {str(Awareness.LOW): "low", str(Awareness.MIDDLE): "middle", str(Awareness.HIGH): "high"}
_LIMIT_COLOUR: Final = "black"


def draw(reports: Named, limits: AuditConfig, folder: Path) -> list[Path]:
    """Write the pictures of the parts that were measured; returns their paths.

    Raises:
        StoreError: the folder cannot be written.
    """
    named = [(_plain(name, place), report) for place, (name, report) in enumerate(reports, start=1)]
    pictures: dict[str, Callable[[Axes], None]] = {}
    measured = [(name, report.lengths) for name, report in named if report.lengths]
    if measured:
        pictures["turns_per_call"] = lambda axes: _shares(
            axes, {name: one.calls_by_turns for name, one in measured}, 1, "turns a call", "share of calls"
        )
        pictures["characters_per_call"] = lambda axes: _shares(
            axes,
            {name: one.calls_by_characters for name, one in measured},
            CALL_BIN_CHARACTERS,
            "characters a call",
            "share of calls",
        )
        pictures["characters_per_turn"] = lambda axes: _shares(
            axes,
            {name: one.turns_by_characters for name, one in measured},
            TURN_BIN_CHARACTERS,
            "characters a turn",
            "share of turns",
        )
    if _any_score(named, figures.AGAINST_LAWFUL):
        pictures["shortcuts_vs_lawful"] = lambda axes: _bars(axes, named, figures.AGAINST_LAWFUL, limits)
    if _any_score(named, figures.AGAINST_SIBLING):
        pictures["shortcuts_vs_sibling"] = lambda axes: _bars(axes, named, figures.AGAINST_SIBLING, limits)
    for place, (name, report) in enumerate(named, start=1):
        if report.association and report.association.outcome_by_awareness:
            pictures[f"outcome_by_awareness_{place}"] = _outcomes(name, report.association.outcome_by_awareness)
    return [_written(folder / f"{name}.png", paint) for name, paint in pictures.items()]


def _written(path: Path, paint: Callable[[Axes], None]) -> Path:
    canvas = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, layout="constrained")
    paint(canvas.add_subplot())
    picture = io.BytesIO()
    canvas.savefig(picture, format="png")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, picture.getvalue())
    return path


def _shares(axes: Axes, counts: Mapping[str, Mapping[int, int]], width: int, x: str, y: str) -> None:
    for name, bins in counts.items():
        total = sum(bins.values())
        edges = range(0, max(bins) + 2 * width, width)
        axes.step(edges, [bins.get(edge, 0) / total for edge in edges], where="post", label=name)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.legend()


def _bars(axes: Axes, named: Named, scores: Mapping[Input, figures.Figure], limits: AuditConfig) -> None:
    """Draw one group of bars a classifier, one bar a file, with intervals and limits."""
    width = 0.8 / len(named)
    for number, (name, report) in enumerate(named):
        places = [group + (number - (len(named) - 1) / 2) * width for group in range(len(scores))]
        values = [figure.read(report) or 0.0 for figure in scores.values()]
        ends = [figure.interval(report) or (value, value) for figure, value in zip(scores.values(), values)]
        spread = [
            [max(0.0, value - low) for value, (low, _) in zip(values, ends)],
            [max(0.0, high - value) for value, (_, high) in zip(values, ends)],
        ]
        axes.bar(places, values, width, yerr=spread, capsize=2, label=name)
    for group, figure in enumerate(scores.values()):
        for gate in (gate for gate in GATES if gate.figure is figure):
            axes.hlines(gate.limit(limits), group - 0.45, group + 0.45, _LIMIT_COLOUR, linestyles="dashed")
    axes.axhline(0.5, linewidth=0.5, color="grey")
    labels = [figure.name.split(", ")[1].replace(" ", "\n") for figure in scores.values()]
    axes.set_xticks(range(len(scores)), labels)
    axes.set_ylim(0, 1.2)
    axes.set_ylabel("macro-F1; dashed: limit")
    axes.set_title(next(iter(scores.values())).name.split(", ")[0].replace("F1", "fraud"))
    axes.legend(loc="upper center", ncols=len(named))


def _any_score(named: Named, scores: Mapping[Input, figures.Figure]) -> bool:
    return any(figure.read(report) is not None for _, report in named for figure in scores.values())


def _outcomes(name: str, table: Mapping[str, Mapping[str, int]]) -> Callable[[Axes], None]:
    def paint(axes: Axes) -> None:
        rows = [level for level in _AWARENESS if level in table]
        outcomes = sorted({outcome for row in table.values() for outcome in row})
        bottom = [0.0] * len(rows)
        for outcome in outcomes:
            heights = [table[level].get(outcome, 0) / sum(table[level].values()) for level in rows]
            axes.bar([_AWARENESS[level] for level in rows], heights, bottom=bottom, label=outcome.replace("_", " "))
            bottom = [low + height for low, height in zip(bottom, heights)]
        axes.set_xlabel("callee's awareness of fraud")
        axes.set_ylabel("share of fraud calls")
        axes.set_title(name)
        axes.set_ylim(0, 1.2)
        axes.legend(loc="upper center", ncols=len(outcomes))

    return paint


def _plain(name: str, place: int) -> str:
    return name if name.isascii() else f"file {place}"
