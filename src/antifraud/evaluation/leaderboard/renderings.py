"""A leaderboard as text: Markdown, a web page of one file, or comma-separated values."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Callable, Mapping
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from antifraud.evaluation.leaderboard.columns import COLUMNS, Column, Value
from antifraud.evaluation.leaderboard.leaderboard import Leaderboard, Row

_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one is run by spreadsheets; names of models come from files of others."""
_MARKUP: Final = re.compile(r"([\\`*_\[\]|~#!])")


def cells(row: Row) -> list[str]:
    """Return a row as it is shown, the model first."""
    return [row.model, *(shown(column, row.values[column.key]) for column in COLUMNS)]


def shown(column: Column, value: Value) -> str:
    """Return a figure with the digits of its column."""
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.{column.digits}f}"


TITLES: Final = ("model", *(column.title for column in COLUMNS))


def markdown(board: Leaderboard) -> str:
    """Return a table of Markdown, with names that mean no markup."""
    lines = [f"# {_plain(board.snapshot)}", "", _size(board), ""]
    lines += [_line(list(TITLES)), _line(["---", *("---:" for _ in COLUMNS)])]
    lines += [_line([_plain(cell) for cell in cells(row)]) for row in board.rows]
    lines += ["", *(f"- {_plain(note)}" for note in board.notes)]
    return "\n".join(lines).rstrip() + "\n"


def web_page(board: Leaderboard) -> str:
    """Return a page that needs nothing beside it."""
    environment = Environment(
        loader=PackageLoader("antifraud.evaluation.leaderboard", "."), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("leaderboard.html.j2")
    return template.render(board=board, size=_size(board), titles=TITLES, rows=[cells(row) for row in board.rows])


def comma_separated(board: Leaderboard) -> str:
    """Return full figures by the keys of the columns; an empty cell where one was not measured."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["model", *(column.key for column in COLUMNS), "snapshot", "seal", "results"])
    for row in board.rows:
        values = ["" if value is None else value for value in (row.values[column.key] for column in COLUMNS)]
        table.writerow([_cell(value) for value in (row.model, *values, board.snapshot, board.seal, row.results)])
    return text.getvalue()


def _size(board: Leaderboard) -> str:
    return f"{board.calls} calls, {board.storylines} storylines, seal {board.seal}"


def _line(values: list[str]) -> str:
    return f"| {' | '.join(values)} |"


def _plain(text: str) -> str:
    """Return a text on one line that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", html.escape(" ".join(text.split()), quote=False))


def _cell(value: float | str) -> float | str:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_SIGNS) else value


RENDERINGS: Final[Mapping[str, Callable[[Leaderboard], str]]] = {
    ".md": markdown,
    ".html": web_page,
    ".csv": comma_separated,
}
"""By the suffix of the file."""
