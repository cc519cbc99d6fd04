"""What a set of dialogues is like, and whether it may be packed or frozen.

The audit brings scikit-learn, which takes seconds to load; it is imported where something is measured, so that a stage
that has been passed before stays quick.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from antifraud.audit.label_audit import Opinion, Reader
from antifraud.audit.reader import read_label
from antifraud.audit.second_opinion import second_opinion
from antifraud.config import Config
from antifraud.intake.lenient import read_any
from antifraud.records import Dialogue
from antifraud.scenarios.packs import Packs
from antifraud.services.batch import BatchModel
from antifraud.stages.chat_access import open_chat, until_answered
from antifraud.store.files import write_atomic
from antifraud.store.manifest import dump_json, fingerprint, read_json

if TYPE_CHECKING:
    from antifraud.audit.report import Part, Report


async def statistics(
    config: Config, files: Iterable[Path], parts: Collection[Part], packs: Packs
) -> list[tuple[Path, Report]]:
    """Measure dialogue files one after the other, ours or foreign, with the second opinion that the config asks for."""
    from antifraud.audit.audit import audit

    reports = []
    for path in files:
        dialogues, oddities = read_any(path)
        reader = await _second_reader(config, dialogues, path.parent, packs) if "labels" in parts else None
        reports.append((path, audit(dialogues, seed=config.run.seed, parts=parts, oddities=oddities, reader=reader)))
    return reports


async def _second_reader(config: Config, dialogues: Sequence[Dialogue], folder: Path, packs: Packs) -> Reader:
    """Return who reads the calls as text alone; a chat model has read them all, and what it said is in the journal."""
    if config.audit.reader == "rules":
        return lambda dialogue: read_label(dialogue.turns)
    prompts = packs.prompts["reader"], packs.prompts["repair"]
    async with open_chat(config, folder, replay=False) as chat:

        async def read(dialogue: Dialogue) -> Opinion:
            said = await second_opinion(dialogue.turns, chat, *prompts)
            if isinstance(said, str):
                return Opinion(is_fraud=None, why=said)
            return Opinion(is_fraud=said.is_fraud, turn=said.turn, quote=said.quote, why=said.why)

        if isinstance(chat, BatchModel):
            await until_answered(chat, lambda: dialogues, read)
        opinions = await asyncio.gather(*(read(dialogue) for dialogue in dialogues))
    known = {id(dialogue): opinion for dialogue, opinion in zip(dialogues, opinions, strict=True)}
    return lambda dialogue: known[id(dialogue)]


async def refuse_below_standard(config: Config, source: Path, packs: Packs) -> list[dict[str, Any]]:
    """Audit the calls of a file, once for all that is made of it, and return the figures beside their limits.

    Raises:
        BelowStandard: a figure lies beyond its limit.
    """
    limits = config.audit
    passed = source.with_name(f".{source.name}.audit.json")
    now = {"calls": fingerprint(source), "limits": limits.model_dump(mode="json"), "seed": config.run.seed}
    if not limits.refuse:
        return []
    before = read_json(passed) if passed.exists() else {}
    if "figures" in before and {**before, "figures": None} == {**now, "figures": None}:
        return list(before["figures"])
    from antifraud.audit.gates import gate

    dialogues, _ = read_any(source)
    reader = await _second_reader(config, dialogues, source.parent, packs)
    figures = [each.model_dump(mode="json") for each in gate(dialogues, limits, config.run.seed, reader=reader)]
    write_atomic(passed, dump_json({**now, "figures": figures}))
    return figures
