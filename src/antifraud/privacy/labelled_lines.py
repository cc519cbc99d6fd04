"""Lines of calls with the personal data in them: what the finder is taught and measured with."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from antifraud.privacy.finding import find_in_turns

Spot = tuple[int, int, str]
"""Start, end and kind."""
_BETWEEN = re.compile(r"[\s，,、.·…—-]{1,3}")
"""Signs between the groups of one value."""


@dataclass(frozen=True)
class LabelledLine:
    """The turns of a line, and what is in each, from left to right."""

    turns: tuple[str, ...]
    spans: tuple[tuple[Spot, ...], ...]


@dataclass(frozen=True)
class Found:
    """How many values of each kind are labelled, found, and both: start, end and kind alike."""

    right: Counter[str]
    covered: Counter[str]
    """Labelled values of which no sign is left outside of what was found, whatever kind it was taken for."""
    labelled: Counter[str]
    found: Counter[str]


def read_lines(path: Path) -> list[LabelledLine]:
    """Return the lines {text, spans} or {turns, spans: one list a turn} of a file."""
    lines = []
    for text in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(text)
        turns, spans = (row["turns"], row["spans"]) if "turns" in row else ([row["text"]], [row["spans"]])
        spots = ([(one["start"], one["end"], one["type"]) for one in each] for each in spans)
        lines.append(LabelledLine(tuple(turns), tuple(whole(turn, each) for turn, each in zip(turns, spots))))
    return lines


def whole(text: str, spots: Iterable[Spot]) -> tuple[Spot, ...]:
    """Return the values of a turn in order; groups of a number, a comma or a pause apart, are one value."""
    joined: list[Spot] = []
    for start, end, kind in sorted(spots):
        last = joined[-1] if joined else None
        if last and last[2] == kind != "person" and _BETWEEN.fullmatch(text, last[1], start):
            joined[-1] = (last[0], end, kind)
        else:
            joined.append((start, end, kind))
    return tuple(joined)


def compare(line: LabelledLine) -> tuple[set[tuple[int, Spot]], set[tuple[int, Spot]]]:
    """Return the turn and place of what is labelled in a line, and of what is found."""
    labelled = {(turn, spot) for turn, spots in enumerate(line.spans) for spot in spots}
    found = find_in_turns(line.turns)
    spots = ([(span.start, span.end, span.kind.value) for span in each] for each in found)
    return labelled, {
        (turn, spot) for turn, (text, each) in enumerate(zip(line.turns, spots)) for spot in whole(text, each)
    }


def _covered(text: str, turn: int, spot: Spot, signs: set[tuple[int, int]]) -> list[str]:
    start, end, kind = spot
    return [kind] if all((turn, at) in signs for at in range(start, end) if text[at].isalnum()) else []


def measure(lines: Iterable[LabelledLine]) -> Found:
    """Return how well the finder does on lines."""
    total = Found(Counter(), Counter(), Counter(), Counter())
    for line in lines:
        labelled, found = compare(line)
        for counts, some in ((total.right, labelled & found), (total.labelled, labelled), (total.found, found)):
            counts.update(kind for _, (_, _, kind) in some)
        signs = {(turn, sign) for turn, (start, end, _) in found for sign in range(start, end)}
        total.covered.update(kind for turn, spot in labelled for kind in _covered(line.turns[turn], turn, spot, signs))
    return total
