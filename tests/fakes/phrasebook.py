"""The words of the fake service: sentences drawn from `phrases.yaml` for one call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

import yaml

Parts = tuple[tuple[str, ...], ...]
PRESSING = "press"
"""What callers of every story say when they are resisted."""


@dataclass(frozen=True, slots=True)
class Story:
    """What one caller wants."""

    ask_act: str
    sentences: dict[str, Parts]


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """Everything that can be said."""

    slots: dict[str, tuple[str, ...]]
    stories: dict[bool, tuple[Story, ...]]
    """By whether the caller is a fraud."""
    callee: dict[str, Parts]


@dataclass(frozen=True, slots=True)
class Scene:
    """One call: its story, and the facts it stays with."""

    key: str
    story: Story
    facts: dict[str, str]

    def caller(self, stage: str, position: int) -> str:
        """Return what the caller says at a stage."""
        return self._say(self.story.sentences[stage], f"{stage}:{position}")

    def callee(self, act: str, position: int) -> str:
        """Return what the callee says to do an act."""
        return self._say(phrasebook().callee[act], f"{act}:{position}")

    def _say(self, parts: Parts, place: str) -> str:
        rng = Random(f"{self.key}:{place}")
        return "".join(rng.choice(part) for part in parts).format_map(self.facts)


@lru_cache(maxsize=4096)
def scene(seed: int, plan: str, *, is_fraud: bool) -> Scene:
    """Return the call of a plan: other plans give other stories, facts and words."""
    book, key = phrasebook(), f"{seed}:{plan}"
    rng = Random(key)
    facts = {name: rng.choice(words) for name, words in book.slots.items()}
    return Scene(key, rng.choice(book.stories[is_fraud]), facts)


@lru_cache(maxsize=1)
def phrasebook() -> Phrasebook:
    """Read the phrases, once."""
    data = yaml.safe_load(Path(__file__).with_name("phrases.yaml").read_text(encoding="utf-8"))
    return Phrasebook(
        slots={name: tuple(words.split()) for name, words in data["slots"].items()},
        stories={True: _stories(data["fraud"]), False: _stories(data["lawful"])},
        callee=_sentences(data["callee"]),
    )


def _stories(kind: dict[str, Any]) -> tuple[Story, ...]:
    shared = _sentences(kind[PRESSING])
    told = [story for name, story in kind.items() if name != PRESSING]
    return tuple(
        Story(story["ask_act"], _sentences({k: v for k, v in story.items() if k != "ask_act"}) | shared)
        for story in told
    )


def _sentences(stages: dict[str, list[str]]) -> dict[str, Parts]:
    return {stage: tuple(tuple(part.split("|")) for part in parts) for stage, parts in stages.items()}
