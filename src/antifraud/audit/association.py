"""How outcome hangs on the callee's awareness of fraud."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from antifraud.audit.label_counts import Table, tabulated
from antifraud.audit.outcomes import outcome_of
from antifraud.labels import Outcome
from antifraud.records import Dialogue, Record


class Association(Record):
    """How far the outcome of fraud calls hangs on the callee's awareness of fraud."""

    calls: int
    """Fraud calls that tell both."""
    guessed: int
    """Calls whose outcome was guessed from the reason of their ending; only such of foreign files."""
    cramers_v: float | None
    """0 for none, 1 for a function; None where awareness or outcome does not vary."""
    lawful_cramers_v: float | None
    outcome_by_awareness: Table
    """Fraud calls alone."""


def association(dialogues: Sequence[Dialogue]) -> Association:
    """Tell how awareness of fraud and outcome go together; calls that lack one are left out."""
    told = [
        (dialogue.is_fraud, dialogue.callee.awareness, *outcome_of(dialogue))
        for dialogue in dialogues
        if dialogue.callee is not None and outcome_of(dialogue)[0] is not Outcome.UNKNOWN
    ]
    fraud = tabulated((awareness, outcome) for is_fraud, awareness, outcome, _ in told if is_fraud)
    lawful = tabulated((awareness, outcome) for is_fraud, awareness, outcome, _ in told if not is_fraud)
    return Association(
        calls=sum(sum(row.values()) for row in fraud.values()),
        guessed=sum(guessed for *_, guessed in told),
        cramers_v=cramers_v(fraud),
        lawful_cramers_v=cramers_v(lawful),
        outcome_by_awareness=fraud,
    )


def cramers_v(table: Table) -> float | None:
    """Return Cramér's V without bias correction; None where the table has fewer than two rows or columns."""
    columns = Counter[str]()
    for row in table.values():
        columns.update(row)
    smaller, total = min(len(table), len(columns)), columns.total()
    if smaller < 2:
        return None
    chi_squared = 0.0
    for row in table.values():
        for column, all_of_it in columns.items():
            expected = sum(row.values()) * all_of_it / total
            chi_squared += (row.get(column, 0) - expected) ** 2 / expected
    return math.sqrt(chi_squared / (total * (smaller - 1)))
