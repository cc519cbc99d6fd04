"""What the packs are: one model for each thing a pack can say.

docs/packs.md tells how to write one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from antifraud.labels import FRAUD_ACTS, LAWFUL_OUTCOMES, Act, AgeBand, FraudLabel, LabelSet, Outcome, Scene
from antifraud.records import Id
from antifraud.scenarios.families import Family, StorylineScenario, VerbPhrases
from antifraud.scenarios.pack_model import PackModel
from antifraud.scenarios.phrases import CalleeNeeds, CallerRole, Gender, Phrase, Pool, Step, phrases_of
from antifraud.scenarios.slots import SlotSpec
from antifraud.scenarios.voice_pack import VoicePack


class Scenario(PackModel):
    """An everyday call: facts, agenda and wording. Storylines have a form of their own, see families.py."""

    id: Id
    title: str
    scene: Scene
    caller: CallerRole
    callee: CalleeNeeds = CalleeNeeds()
    outcomes: tuple[Outcome, ...] = ()
    slots: dict[str, SlotSpec] = {}
    rules: dict[str, Pool] = {}
    agenda: tuple[Step, ...] = Field(min_length=3)
    reassure: Pool = Field(min_length=4)
    verify: Pool = Field(min_length=4)
    insist: Pool = Field(min_length=4)
    check: Pool = Field(min_length=3)
    refuse: Pool = Field(min_length=3)
    goodbye: dict[Outcome, Pool]

    @model_validator(mode="after")
    def calls_can_end(self) -> Self:
        if wrong := set(self.outcomes) - set(LAWFUL_OUTCOMES):
            raise ValueError(f"outcomes {sorted(wrong)} do not fit; expected some of {list(LAWFUL_OUTCOMES)}")
        if missing := set(self.possible_outcomes) - set(self.goodbye):
            raise ValueError(f"goodbye lacks {sorted(missing)}")
        return self

    @model_validator(mode="after")
    def nothing_decides_for_fraud(self) -> Self:
        asked = {act for step in self.agenda for act in step.acts}
        asked |= {act for phrase in self.phrases() for act in phrase.acts}
        if wrong := asked & FRAUD_ACTS:
            raise ValueError(f"an everyday scenario has the fraud acts {sorted(wrong)}")
        return self

    @property
    def possible_outcomes(self) -> tuple[Outcome, ...]:
        """Outcomes a call of this scenario may have."""
        return self.outcomes or LAWFUL_OUTCOMES

    def phrases(self) -> Iterator[Phrase]:
        """Every phrase the scenario holds."""
        yield from phrases_of(self.agenda)
        for pool in (self.reassure, self.verify, self.insist, self.check, self.refuse, *self.goodbye.values()):
            yield from pool
        for pool in self.rules.values():
            yield from pool


class EverydayFile(PackModel):
    """One file of scenarios/everyday: the calls of a scene."""

    label: Scene
    scenarios: tuple[Scenario, ...] = Field(min_length=1)


class Hold(PackModel):
    """Things a swindler has a callee do so that they do not check."""

    act: Act
    say: VerbPhrases


class SpeechPack(PackModel):
    """Wording all calls share: scenarios/speech/*.yaml, merged."""

    rules: dict[str, Pool] = {}
    callee: dict[str, Pool] = {}
    caller: dict[str, Pool] = {}
    contrast: dict[str, Pool] = {}
    """What the branches of storylines say: one pool for fraud, lawful and sales."""
    holds: tuple[Hold, ...] = ()
    endings: Pool = ()
    otherwise: dict[str, tuple[str, ...]] = {}
    """Words that may stand for a word, wherever it stands, in a call that is not to repeat another."""
    asides: tuple[str, ...] = ()
    """What may be said at any pause, without saying anything."""


class Occupation(PackModel):
    """An occupation and the years of age it fits."""

    name: str
    ages: tuple[int, int]


class Manner(PackModel):
    """A way of talking and how it colours speech."""

    name: str
    filler: float = Field(ge=0, le=1)
    """Chance that a turn begins with a filler."""
    question: float = Field(ge=0, le=3)
    """Factor on the chance of asking back."""
    patience: float = Field(ge=0, le=1)


class PersonaPack(PackModel):
    """scenarios/personas/*.yaml, merged: who lives in this world."""

    surnames: tuple[str, ...] = ()
    given_names: dict[Gender, dict[AgeBand, tuple[str, ...]]] = {}
    occupations: tuple[Occupation, ...] = ()
    regions: tuple[str, ...] = ()
    manners: tuple[Manner, ...] = ()


class ReasoningPack(PackModel):
    """scenarios/reasoning/*.yaml, merged: how the rule reasoner argues."""

    questions: dict[str, str] = {}
    scene_cues: dict[Scene, tuple[str, ...]] = {}
    type_cues: dict[FraudLabel, tuple[str, ...]] = {}
    act_cues: dict[Act, tuple[str, ...]] = {}
    act_names: dict[Act, str] = {}
    phrases: dict[str, tuple[str, ...]] = {}

    def asked(self, labels: LabelSet) -> Mapping[str, str]:
        """Return the question of each task, the third with the labels of a set."""
        kinds = {"fraud_type": self.questions[labels]}
        return {task: text for task, text in self.questions.items() if task not in set(LabelSet)} | kinds


class Packs(PackModel):
    """Everything under scenarios/."""

    scenarios: dict[str, Scenario]
    """Everyday calls."""
    families: dict[str, Family]
    storylines: dict[str, StorylineScenario]
    """The scenarios of all families by their ids."""
    speech: SpeechPack
    personas: PersonaPack
    reasoning: ReasoningPack
    voices: VoicePack
    prompts: dict[str, str]
    """scenarios/prompts/*.md by name: templates (jinja2) of what the agents are told."""
    version: str
    """Hash of all files, to tell which wording made a dialogue."""

    @cached_property
    def manners(self) -> Mapping[str, Manner]:
        """Manners by name."""
        return {manner.name: manner for manner in self.personas.manners}
