"""Look at a set of dialogues from every side; the same set and seed give the same report."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from antifraud.audit.association import association
from antifraud.audit.diversity import diversity
from antifraud.audit.duplicates import duplicates
from antifraud.audit.label_audit import Reader, label_audit
from antifraud.audit.label_counts import label_counts
from antifraud.audit.lengths import lengths
from antifraud.audit.personal import personal
from antifraud.audit.report import PARTS, Part, Report
from antifraud.audit.shortcuts import COMPARISONS, INPUTS, Comparison, Input, shortcuts
from antifraud.audit.text_defects import defects
from antifraud.defects import Oddity
from antifraud.errors import AntifraudError
from antifraud.records import Dialogue


def audit(
    dialogues: Sequence[Dialogue],
    *,
    seed: int,
    parts: Collection[Part] = PARTS,
    oddities: Sequence[Oddity] = (),
    reader: Reader | None = None,
    comparisons: Sequence[Comparison] = COMPARISONS,
    inputs: Sequence[Input] = INPUTS,
) -> Report:
    """Measure the parts that are asked for.

    Args:
        oddities: what a lenient reader of foreign files found outside the closed sets.
        reader: gives the second opinion of the label audit.
        comparisons: what the shortcut audit tells apart, `inputs` from which parts of a call.

    Raises:
        AntifraudError: there are no dialogues.
    """
    if not dialogues:
        raise AntifraudError("no dialogues to look at; expected at least one.")
    return Report(
        calls=len(dialogues),
        seed=seed,
        counts=label_counts(dialogues) if "counts" in parts else None,
        lengths=lengths(dialogues) if "lengths" in parts else None,
        duplicates=duplicates(dialogues) if "duplicates" in parts else None,
        diversity=diversity(dialogues, seed) if "diversity" in parts else None,
        defects=defects(dialogues, oddities) if "defects" in parts else None,
        personal=personal(dialogues) if "personal" in parts else None,
        association=association(dialogues) if "association" in parts else None,
        shortcuts=shortcuts(dialogues, seed, comparisons=comparisons, inputs=inputs) if "shortcuts" in parts else None,
        labels=label_audit(dialogues, reader) if "labels" in parts else None,
    )
