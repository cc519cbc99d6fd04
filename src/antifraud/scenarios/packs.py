"""What the packs are: one model for each thing a pack can say.

docs/packs.md tells how to write one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from antifraud.labels import (
    FRAUD_ACTS,
    FRAUD_OUTCOMES,
    LAWFUL_OUTCOMES,
    Act,
    AgeBand,
    Awareness,
    Emotion,
    FraudType,
    OfficialCategory,
    Outcome,
    Scene,
)
from antifraud.records import Id
from antifraud.scenarios.pack_model import PackModel
from antifraud.scenarios.slots import SlotSpec
from antifraud.scenarios.voice_pack import VoicePack

Gender = Literal["男", "女"]
MoveName = str


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


Many = BeforeValidator(_one_or_many)


class When(PackModel):
    """When a phrase fits: every condition given must hold for the one who speaks."""

    awareness: Annotated[tuple[Awareness, ...], Many] = ()
    gender: Annotated[tuple[Gender, ...], Many] = ()
    age: Annotated[tuple[AgeBand, ...], Many] = ()
    region: Annotated[tuple[str, ...], Many] = ()
    manner: Annotated[tuple[str, ...], Many] = ()
    act: Annotated[tuple[Act, ...], Many] = ()
    """One of these acts was just heard."""
    ended_by: Annotated[tuple[str, ...], Many] = ()
    outcome: Annotated[tuple[Outcome, ...], Many] = ()


class Phrase(PackModel):
    """One template; `acts` are added to those of the move it is said in."""

    say: str = Field(min_length=1)
    when: When | None = None
    acts: Annotated[tuple[Act, ...], Many] = ()
    emotion: Emotion | None = None


def _phrase(value: Any) -> Any:
    return {"say": value} if isinstance(value, str) else value


Pool = tuple[Annotated[Phrase, BeforeValidator(_phrase)], ...]


class Exchange(PackModel):
    """A question the callee may ask at a step, and the caller's answer."""

    q: Annotated[Pool, Many]
    a: Annotated[Pool, Many]


class Step(PackModel):
    """One item of the caller's agenda."""

    step: Id
    acts: Annotated[tuple[Act, ...], Many]
    say: Pool = Field(min_length=3)
    reply: Pool = Field(min_length=3)
    """What the callee says when going along: to a request, agreeing to it."""
    qa: tuple[Exchange, ...] = ()
    request: bool = False
    """The callee must agree before the call goes on."""
    chance: float = Field(default=1.0, gt=0, le=1)
    emotion: Emotion | None = None


class CallerRole(PackModel):
    """Who may place the call."""

    role: str
    title: tuple[str, ...] = Field(min_length=1)
    """How the caller names themself; {x} is the surname: 小{x}, {x}经理."""
    gender: Gender | None = None
    ages: tuple[AgeBand, ...] = tuple(AgeBand)


class CalleeNeeds(PackModel):
    """Who can receive the call."""

    gender: Gender | None = None
    ages: tuple[AgeBand, ...] = tuple(AgeBand)
    occupations: tuple[str, ...] = ()


class Scenario(PackModel):
    """One story: facts, agenda and wording; fraud and lawful calls share this form."""

    id: Id
    title: str
    scene: Scene
    official_category: OfficialCategory | None = None
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

    # set by the pack the scenario stands in
    is_fraud: bool = False
    fraud_type: FraudType | None = None

    @model_validator(mode="after")
    def calls_can_end(self) -> Self:
        possible = self.possible_outcomes
        allowed = FRAUD_OUTCOMES if self.is_fraud else LAWFUL_OUTCOMES
        if wrong := set(self.outcomes) - set(allowed):
            raise ValueError(f"outcomes {sorted(wrong)} do not fit; expected some of {list(allowed)}")
        if missing := set(possible) - set(self.goodbye):
            raise ValueError(f"goodbye lacks {sorted(missing)}")
        return self

    @model_validator(mode="after")
    def acts_fit_the_label(self) -> Self:
        asked = {act for step in self.agenda for act in step.acts}
        asked |= {act for phrase in self.phrases() for act in phrase.acts}
        if self.is_fraud and not any(FRAUD_ACTS & set(step.acts) and step.chance == 1 for step in self.agenda):
            raise ValueError(f"no certain step of the agenda has one of the fraud acts {sorted(FRAUD_ACTS)}")
        if not self.is_fraud and (wrong := asked & FRAUD_ACTS):
            raise ValueError(f"a lawful scenario has the fraud acts {sorted(wrong)}")
        return self

    @property
    def possible_outcomes(self) -> tuple[Outcome, ...]:
        """Outcomes a call of this scenario may have."""
        return self.outcomes or (FRAUD_OUTCOMES if self.is_fraud else LAWFUL_OUTCOMES)

    @property
    def label(self) -> str:
        """The label that calls are balanced over: the fraud type, or the scene of a lawful call."""
        return str(self.fraud_type or self.scene)

    def phrases(self) -> Iterator[Phrase]:
        """Every phrase the scenario holds."""
        for step in self.agenda:
            yield from step.say
            yield from step.reply
            for exchange in step.qa:
                yield from exchange.q
                yield from exchange.a
        for pool in (self.reassure, self.verify, self.insist, self.check, self.refuse, *self.goodbye.values()):
            yield from pool
        for pool in self.rules.values():
            yield from pool


class ScenarioFile(PackModel):
    """One file of scenarios/fraud or scenarios/lawful."""

    label: FraudType | Scene
    scenarios: tuple[Scenario, ...] = Field(min_length=1)


class SpeechPack(PackModel):
    """Wording all calls share: scenarios/speech/*.yaml, merged."""

    rules: dict[str, Pool] = {}
    callee: dict[MoveName, Pool] = {}
    caller: dict[MoveName, Pool] = {}
    endings: Pool = ()


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
    type_cues: dict[FraudType, tuple[str, ...]] = {}
    act_cues: dict[Act, tuple[str, ...]] = {}
    act_names: dict[Act, str] = {}
    phrases: dict[str, tuple[str, ...]] = {}


class Packs(PackModel):
    """Everything under scenarios/."""

    scenarios: dict[str, Scenario]
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
