"""How many calls there are of each label, persona and outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from antifraud.labels import age_band
from antifraud.records import Dialogue, Record

NOT_TOLD: Final = "not told"

Table = dict[str, dict[str, int]]
"""Rows by label, columns by value, calls."""


class LabelCounts(Record):
    """Tables of calls; rows and columns in order of their names."""

    branches: dict[str, int]
    storylines: int
    sibling_storylines: int
    """Storylines that hold both a fraud and a lawful branch."""
    outcome_by_label: Table
    """Label: fraud type or official category of a fraud call, else scene."""
    scene_by_branch: Table
    awareness_by_branch: Table
    age_by_branch: Table
    gender_by_branch: Table


def label_counts(dialogues: Sequence[Dialogue]) -> LabelCounts:
    """Count the calls of a set."""
    kinds: dict[str, set[str]] = {}
    for dialogue in dialogues:
        kinds.setdefault(dialogue.storyline, set()).add(dialogue.branch)
    people = [(dialogue.branch, dialogue.callee) for dialogue in dialogues]
    return LabelCounts(
        branches=dict(sorted(Counter(str(dialogue.branch) for dialogue in dialogues).items())),
        storylines=len(kinds),
        sibling_storylines=sum({"fraud", "lawful"} <= branches for branches in kinds.values()),
        outcome_by_label=tabulated((label_of(dialogue), dialogue.ending.outcome) for dialogue in dialogues),
        scene_by_branch=tabulated((dialogue.branch, dialogue.scene or NOT_TOLD) for dialogue in dialogues),
        awareness_by_branch=tabulated((branch, one.awareness if one else NOT_TOLD) for branch, one in people),
        age_by_branch=tabulated((branch, age_band(one.age) if one else NOT_TOLD) for branch, one in people),
        gender_by_branch=tabulated((branch, one.gender if one else NOT_TOLD) for branch, one in people),
    )


def label_of(dialogue: Dialogue) -> str:
    """Return the label that a call is counted under."""
    label = (dialogue.fraud_type or dialogue.official_category) if dialogue.is_fraud else dialogue.scene
    return str(label or NOT_TOLD)


def tabulated(pairs: Iterable[tuple[str, str]]) -> Table:
    """Return the counts of (row, column) pairs."""
    table: Table = {}
    for (row, column), count in sorted(Counter((str(row), str(column)) for row, column in pairs).items()):
        table.setdefault(row, {})[column] = count
    return table
