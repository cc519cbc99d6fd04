"""The packs as they are on disk: schema, loading, and a check that every template can be said.

docs/packs.md tells how to write one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

import antifraud
from antifraud.documents import dotted, misfits, read_yaml
from antifraud.errors import PackError
from antifraud.records import (
    FRAUD_ACTS,
    FRAUD_OUTCOMES,
    LAWFUL_OUTCOMES,
    Act,
    AgeBand,
    Awareness,
    Emotion,
    FraudType,
    Id,
    OfficialCategory,
    Outcome,
    Scene,
)
from antifraud.scenarios.grammar import Rule, TemplateError, names, parse
from antifraud.scenarios.slots import SlotSpec, slot_names

BUILT_IN_SLOTS = frozenset({"callee", "callee_full", "caller", "caller_full", "caller_surname", "callee_surname"})
"""Slots every scenario has: how the sides address each other."""

Gender = Literal["男", "女"]
MoveName = str
Pack = TypeVar("Pack", bound="PackModel")


class PackModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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
    version: str
    """Hash of all files, to tell which wording made a dialogue."""

    @cached_property
    def manners(self) -> Mapping[str, Manner]:
        """Manners by name."""
        return {manner.name: manner for manner in self.personas.manners}


def packs_folder() -> Path:
    """Return the packs of this installation: beside the code when packaged, else in the repository."""
    packaged = Path(antifraud.__file__).parent / "packs"
    return packaged if packaged.is_dir() else Path(antifraud.__file__).parents[2] / "scenarios"


@lru_cache(maxsize=4)
def load_packs(folder: Path) -> Packs:
    """Read and check every pack.

    Raises:
        PackError: a file is not YAML, breaks the schema, or a template cannot be said.
    """
    scenarios: dict[str, Scenario] = {}
    for kind in ("fraud", "lawful"):
        for path in _files(folder / kind):
            for scenario in _read_scenarios(path, is_fraud=kind == "fraud"):
                if scenario.id in scenarios:
                    raise PackError(f"{path}: scenario id {scenario.id!r} is used twice; give one another name.")
                scenarios[scenario.id] = scenario
    packs = Packs(
        scenarios=scenarios,
        speech=_merge(SpeechPack, _files(folder / "speech")),
        personas=_merge(PersonaPack, _files(folder / "personas")),
        reasoning=_merge(ReasoningPack, _files(folder / "reasoning")),
        version=_hash(folder),
    )
    if broken := broken_templates(packs):
        raise PackError("\n".join(broken))
    return packs


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.yaml"))
    if not found:
        raise PackError(f"{folder}: no scenario files (*.yaml) here; give the folder that holds the packs.")
    return found


def _hash(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _read_scenarios(path: Path, *, is_fraud: bool) -> tuple[Scenario, ...]:
    data = read_yaml(path, PackError)
    if not isinstance(data, dict) or not isinstance(data.get("scenarios"), list):
        raise PackError(f"{path}: expected a mapping with `label` and a list `scenarios`.")
    label = data.get("label")
    for scenario in data["scenarios"]:
        if isinstance(scenario, dict):
            scenario["is_fraud"] = is_fraud
            if is_fraud:
                scenario["fraud_type"] = label
            else:
                scenario.setdefault("scene", label)
    return _validated(ScenarioFile, data, path).scenarios


def _merge(model: type[Pack], paths: list[Path]) -> Pack:
    merged: dict[str, Any] = {}
    for path in paths:
        data = read_yaml(path, PackError) or {}
        _validated(model, data, path)
        for key, value in data.items():
            if isinstance(value, dict) and isinstance(merged.get(key), dict):
                if twice := merged[key].keys() & value.keys():
                    raise PackError(f"{path}: {key} {sorted(twice)} stand in another file of this folder too.")
                merged[key] |= value
            elif key in merged:
                merged[key] = [*merged[key], *value]
            else:
                merged[key] = value
    return model.model_validate(merged)


def _validated(model: type[Pack], data: Any, path: Path) -> Pack:
    try:
        return model.model_validate(data)
    except ValidationError as exc:
        lines = [f"{path}: {dotted(place)}: {fits}; found {found}." for place, fits, found in misfits(exc)]
        raise PackError("\n".join(lines)) from exc


def broken_templates(packs: Packs) -> list[str]:
    """Return one line for each template that names a slot or rule that does not exist, or is malformed."""
    shared = set(packs.speech.rules)
    lines = []
    for scenario in packs.scenarios.values():
        slots = BUILT_IN_SLOTS | slot_names(scenario.slots)
        rules = shared | set(scenario.rules)
        lines += [f"{scenario.id}: {line}" for phrase in scenario.phrases() for line in _broken(phrase, slots, rules)]
    pools = {**packs.speech.rules, **packs.speech.callee, **packs.speech.caller, "endings": packs.speech.endings}
    for name, pool in pools.items():
        lines += [f"speech {name}: {line}" for phrase in pool for line in _broken(phrase, BUILT_IN_SLOTS, shared)]
    return lines


def _broken(phrase: Phrase, slots: set[str] | frozenset[str], rules: set[str]) -> Iterator[str]:
    try:
        for reference in names(parse(phrase.say)):
            if isinstance(reference, Rule):
                if reference.name not in rules:
                    yield f"no rule <{reference.name}> for {phrase.say!r}; expected one of {sorted(rules)}"
            elif reference.name not in slots:
                yield f"no slot {{{reference.name}}} for {phrase.say!r}; expected one of {sorted(slots)}"
    except TemplateError as exc:
        yield str(exc)
