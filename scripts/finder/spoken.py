"""Dialogues of the scripted agents as lines: what most of a call is like, where rules find the little there is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from antifraud.config import Config, RunConfig
from antifraud.dialogue.generate import generate
from antifraud.dialogue_config import FraudMix, GenerateConfig, LawfulMix
from antifraud.privacy.finding import by_rules
from antifraud.privacy.labelled_lines import LabelledLine
from antifraud.privacy.name_words import SHORT_TITLES
from antifraud.records import Dialogue
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.stages.dialogues import sample_calls

STORYLINES, EVERYDAY = 60, 60
_TURNS = 6
"""Of a piece; a design choice."""


def spoken_lines(seed: int) -> Iterator[LabelledLine]:
    """Yield pieces of dialogues; the packs were read when the rules were written, so that these miss nothing there."""
    mix = GenerateConfig(fraud=FraudMix(count=STORYLINES), lawful=LawfulMix(count=EVERYDAY))
    config, packs = Config(run=RunConfig(seed=seed), generate=mix), load_packs(packs_folder())
    for assignment in sample_calls(config, packs):
        dialogue = asyncio.run(generate(assignment, config.generate, packs))
        if isinstance(dialogue, Dialogue):
            turns = [turn.text for turn in dialogue.turns]
            names = {persona.name for persona in (dialogue.caller, dialogue.callee) if persona}
            pieces = (_labelled(turns[start : start + _TURNS]) for start in range(0, len(turns), _TURNS))
            yield from (piece for piece in pieces if not _is_doubtful(piece, names))


def _is_doubtful(line: LabelledLine, names: set[str]) -> bool:
    """Tell whether rules may have taken a word (钱先) for a name in it: one of two signs that none of the two has."""
    short = {text[a:b] for text, spans in zip(line.turns, line.spans) for a, b, _ in spans if b - a == 2}
    return any(name not in names and name[0] not in "小老" and name[1] not in SHORT_TITLES for name in short)


def _labelled(turns: list[str]) -> LabelledLine:
    found = [(at.turn, (at.start, at.end, mention.kind.value)) for mention in by_rules(turns) for at in mention.places]
    return LabelledLine(
        tuple(turns), tuple(tuple(sorted(spot for at, spot in found if at == turn)) for turn in range(len(turns)))
    )
