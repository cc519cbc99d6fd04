"""What a set of dialogues is like, and whether it may be packed or frozen.

The audit brings scikit-learn, which takes seconds to load; it is imported where something is measured, so that a stage
that has been passed before stays quick.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from antifraud.audit.reader import Reading, read_label
from antifraud.config import Config
from antifraud.intake.lenient import read_any
from antifraud.records import Dialogue
from antifraud.store.files import write_atomic
from antifraud.store.manifest import dump_json, fingerprint, read_json

if TYPE_CHECKING:
    from antifraud.audit.report import Part, Report


def statistics(config: Config, files: Iterable[Path], parts: Collection[Part]) -> Iterator[tuple[Path, Report]]:
    """Measure dialogue files one after the other, ours or foreign, with the rule reader as second opinion."""
    from antifraud.audit.audit import audit

    for path in files:
        dialogues, oddities = read_any(path)
        yield path, audit(dialogues, seed=config.run.seed, parts=parts, oddities=oddities, reader=_read_text)


def _read_text(dialogue: Dialogue) -> Reading:
    return read_label(dialogue.turns)


def refuse_below_standard(config: Config, source: Path) -> None:
    """Audit the calls of a file, once for all that is made of it.

    Raises:
        BelowStandard: a figure lies beyond its limit.
    """
    limits = config.audit
    passed = source.with_name(f".{source.name}.audit.json")
    now = {"calls": fingerprint(source), "limits": limits.model_dump(mode="json"), "seed": config.run.seed}
    if not limits.refuse or (passed.exists() and read_json(passed) == now):
        return
    from antifraud.audit.gates import gate

    dialogues, _ = read_any(source)
    gate(dialogues, limits, config.run.seed, reader=_read_text)
    write_atomic(passed, dump_json(now))
