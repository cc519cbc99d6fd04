"""Packs and counts become plans: storylines with their calls, and everyday calls, balanced and from one seed.

Plan number n does not depend on how many are asked for, so that a run can be made longer.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from random import Random
from typing import TypeVar

from antifraud.dialogue_config import GenerateConfig
from antifraud.errors import ConfigError, PackError
from antifraud.labels import AgeBand, Awareness, Outcome, Scene
from antifraud.records import Branch, CallPlan, Node, Persona, StorylinePlan
from antifraud.scenarios.families import StorylineScenario
from antifraud.scenarios.grammar import Expander
from antifraud.scenarios.packs import Packs, PersonaPack, Scenario
from antifraud.scenarios.phrases import CalleeNeeds, CallerRole, Gender
from antifraud.scenarios.priors import family_weights
from antifraud.scenarios.roles import ASKER
from antifraud.scenarios.slots import draw
from antifraud.scenarios.trees import LAWFUL_ENDING, grow, leaves

K = TypeVar("K")
ScenarioT = TypeVar("ScenarioT", Scenario, StorylineScenario)

GENDERS: tuple[Gender, ...] = ("男", "女")
_ELDER_TITLES = {"男": ("叔", "师傅", "先生"), "女": ("阿姨", "大姐", "女士")}
_YOUNG_TITLES = {"男": ("先生",), "女": ("女士",)}


def seed_of(*parts: object) -> int:
    """Return a seed of 53 bits that any part changes."""
    return int.from_bytes(hashlib.sha256(":".join(map(str, parts)).encode()).digest()[:7], "big") >> 3


def storylines_planned(config: GenerateConfig) -> int:
    """Return how many storylines a config asks for: one for each fraud call."""
    return sum(config.fraud.counts.values()) if config.fraud.counts else config.fraud.count


def everyday_planned(config: GenerateConfig) -> int:
    """Return how many everyday calls a config asks for."""
    return sum(config.lawful.counts.values()) if config.lawful.counts else config.lawful.count


def call_id(seed: int, *parts: object) -> str:
    """Return the id of a call; it must not tell the label, for audio files are named after it."""
    return f"call-{seed_of(seed, *parts, 'id'):014x}"


def everyday_ids(config: GenerateConfig, seed: int) -> Iterator[str]:
    """Yield the ids of `plan_everyday` without planning."""
    for number in range(everyday_planned(config)):
        yield call_id(seed, "everyday", number)


def plan_storylines(config: GenerateConfig, seed: int, packs: Packs) -> Iterator[StorylinePlan]:
    """Yield the storylines, lazily, each with its tree and with the leaves that become calls.

    Raises:
        ConfigError: weights or counts name nothing that the packs have, or every weight is 0.
    """
    weights = family_weights(config.fraud, packs)
    draw_cell = _Stratified(seed, "storylines", config.fraud.outcomes)
    credit = {"lawful": 0.0, "sales": 0.0}
    for number, name in zip(range(storylines_planned(config)), spread(weights)):
        family = packs.families[name]
        scenario = draw_cell.scenario(name, family.scenarios)
        band, awareness = draw_cell.callee(name, scenario.callee.ages)
        story = f"story-{seed_of(seed, 'storyline', number):014x}"
        rng = Random(seed_of(seed, story))
        caller = draw_caller(scenario.caller, packs.personas, rng)
        callee = draw_callee(scenario.callee, band, awareness, packs.personas, rng)
        size = config.storylines
        tree = grow(scenario, config.fraud.outcomes[awareness], depth=size.depth, width=size.width, rng=rng)
        credit["lawful"] += size.sibling_share
        credit["sales"] += size.sales_share
        branches: list[Branch] = ["fraud"]
        for branch in ("lawful", "sales"):
            if credit[branch] >= 1 - 1e-9 and leaves(tree, branch):
                credit[branch] -= 1
                branches.append(branch)
        facts = draw(scenario.slots, rng) | addresses(caller, callee, scenario.caller, rng)
        teller = Expander(facts | {ASKER: "主叫"}, Random(seed_of(seed, story, "gists")))
        yield StorylinePlan(
            id=story,
            seed=seed_of(seed, story),
            family=name,
            scenario=scenario.id,
            scene=scenario.scene,
            fraud_type=family.fraud_type,
            official_category=family.official_category,
            caller=caller,
            callee=callee,
            facts=facts,
            nodes=tuple(node.model_copy(update={"gist": teller.expand(node.gist)}) for node in tree),
            told=tuple(draw_cell.leaf(name, awareness, leaves(tree, branch)).path for branch in branches),
        )


def call_plans(story: StorylinePlan, seed: int, *, fraud: bool) -> Iterator[CallPlan]:
    """Yield the plans of the fraud calls of a storyline, or of the others."""
    by_path = {node.path: node for node in story.nodes}
    for leaf in (by_path[path] for path in story.told):
        if leaf.state != "shared" and leaf.outcome is not None and (leaf.state == "fraud") == fraud:
            yield _call_plan(story, leaf, leaf.state, leaf.outcome, seed)


def _call_plan(story: StorylinePlan, leaf: Node, branch: Branch, outcome: Outcome, seed: int) -> CallPlan:
    return CallPlan(
        id=call_id(seed, story.id, leaf.path),
        seed=seed_of(seed, story.id, leaf.path),
        is_fraud=branch == "fraud",
        scene=story.scene,
        fraud_type=story.fraud_type if branch == "fraud" else None,
        official_category=story.official_category if branch == "fraud" else None,
        family=story.family,
        scenario=story.scenario,
        storyline=story.id,
        branch=branch,
        leaf=leaf.path,
        asks=leaf.asks,
        tactic=leaf.tactic,
        caller=story.caller,
        callee=story.callee,
        intended_outcome=outcome,
    )


def plan_everyday(config: GenerateConfig, seed: int, packs: Packs) -> Iterator[CallPlan]:
    """Yield the plans of the everyday calls, lazily.

    Raises:
        PackError: no scenario has a scene that is asked for.
    """
    mix = config.lawful
    by_scene: dict[Scene, list[Scenario]] = {}
    for scenario in packs.scenarios.values():
        by_scene.setdefault(scenario.scene, []).append(scenario)
    weights = {scene: float(weight) for scene, weight in (mix.counts or mix.weights).items() if weight}
    if missing := sorted(weights.keys() - by_scene.keys()):
        raise PackError(f"no everyday scenario has the scene {missing[0]}; add one or take it from the mix.")
    if not weights and everyday_planned(config):
        raise ConfigError("generate.lawful: every weight is 0; expected at least one above 0.")
    draw_cell = _Stratified(seed, "everyday", mix.outcomes)
    for record_id, scene in zip(everyday_ids(config, seed), spread(weights)):
        scenario = draw_cell.scenario(scene, by_scene[scene])
        band, awareness = draw_cell.callee(scene, scenario.callee.ages)
        rng = Random(seed_of(seed, record_id))
        yield CallPlan(
            id=record_id,
            seed=seed_of(seed, record_id),
            is_fraud=False,
            scene=scene,
            fraud_type=None,
            official_category=None,
            scenario=scenario.id,
            storyline=record_id,
            branch="lawful",
            caller=draw_caller(scenario.caller, packs.personas, rng),
            callee=draw_callee(scenario.callee, band, awareness, packs.personas, rng),
            intended_outcome=draw_cell.outcome(scene, awareness, scenario.possible_outcomes),
        )


def spread(weights: Mapping[K, float]) -> Iterator[K]:
    """Yield keys for ever so that every prefix holds them in proportion to their weights.

    With whole weights, their sum is a period that holds each key exactly as often as its weight says.
    Smooth weighted round-robin.
    """
    total = sum(weights.values())
    credit = dict.fromkeys(weights, 0.0)
    while True:
        for key, weight in weights.items():
            credit[key] += weight
        best = max(credit, key=lambda key: credit[key])
        credit[best] -= total
        yield best


class _Stratified:
    """Chooses what has been had least, per label first and over all labels next."""

    def __init__(self, seed: int, kind: str, outcomes: Mapping[Awareness, Mapping[Outcome, float]]) -> None:
        self._rng = Random(seed_of(seed, kind, "strata"))
        self._outcomes = outcomes
        self._had: Counter[object] = Counter()

    def scenario(self, label: str, scenarios: Sequence[ScenarioT]) -> ScenarioT:
        scenario = min(scenarios, key=lambda each: (self._had[label, each.id], self._rng.random()))
        self._had[label, scenario.id] += 1
        return scenario

    def callee(self, label: str, ages: Sequence[AgeBand]) -> tuple[AgeBand, Awareness]:
        cells = list(product(ages, Awareness))
        cell = min(cells, key=lambda cell: (self._had[label, cell], self._had[cell], self._rng.random()))
        self._had.update([(label, cell), cell])
        return cell

    def outcome(self, label: str, awareness: Awareness, possible: Sequence[Outcome]) -> Outcome:
        """Return the possible outcome that is farthest behind its share at this awareness."""
        weights = {o: w for o, w in self._outcomes[awareness].items() if w and o in possible}
        if not weights:
            return possible[0]
        total = sum(weights.values())

        def surplus(outcome: Outcome) -> float:
            share = weights[outcome] / total
            overall = sum(self._had[awareness, other] for other in weights) + 1
            within = sum(self._had[label, awareness, other] for other in weights) + 1
            had = self._had[awareness, outcome] + self._had[label, awareness, outcome]
            return had - share * (overall + within)

        outcome = min(weights, key=lambda outcome: (surplus(outcome), self._rng.random()))
        self._had.update([(awareness, outcome), (label, awareness, outcome)])
        return outcome

    def leaf(self, label: str, awareness: Awareness, among: Sequence[Node]) -> Node:
        """Return a leaf with the outcome that is farthest behind; each branch keeps its own account."""
        fraud_name = {ended: outcome for outcome, ended in LAWFUL_ENDING.items()}
        by_outcome: dict[Outcome, list[Node]] = {}
        for node in among:
            if node.outcome is not None:
                by_outcome.setdefault(fraud_name.get(node.outcome, node.outcome), []).append(node)
        outcome = self.outcome(f"{label}:{among[0].state}", awareness, list(by_outcome))
        return self._rng.choice(by_outcome[outcome])


def draw_caller(role: CallerRole, people: PersonaPack, rng: Random) -> Persona:
    """Return somebody who may place a call of this role."""
    band = rng.choice(role.ages)
    gender: Gender = role.gender if role.gender is not None else rng.choice(GENDERS)
    return Persona(
        name=_name(people, gender, band, rng),
        gender=gender,
        age=rng.choice(band.years),
        occupation=role.role,
        region=rng.choice(people.regions),
        awareness=Awareness.HIGH,
        manner=rng.choice(people.manners).name,
    )


def draw_callee(needs: CalleeNeeds, band: AgeBand, awareness: Awareness, people: PersonaPack, rng: Random) -> Persona:
    """Return somebody of an age band who can receive the call."""
    gender: Gender = needs.gender if needs.gender is not None else rng.choice(GENDERS)
    age = rng.choice(band.years)
    fitting = [job.name for job in people.occupations if job.ages[0] <= age <= job.ages[1]]
    wanted = [name for name in fitting if name in needs.occupations] or fitting
    return Persona(
        name=_name(people, gender, band, rng),
        gender=gender,
        age=age,
        occupation=rng.choice(wanted),
        region=rng.choice(people.regions),
        awareness=awareness,
        manner=rng.choice(people.manners).name,
    )


def _name(people: PersonaPack, gender: Gender, band: AgeBand, rng: Random) -> str:
    return rng.choice(people.surnames) + rng.choice(people.given_names[gender][band])


def addresses(caller: Persona, callee: Persona, role: CallerRole, rng: Random) -> dict[str, str]:
    """Return how the sides address each other; names of two characters and more begin with the surname."""
    surname = callee.name[0]
    titles = _ELDER_TITLES if callee.age >= 50 and callee.age > caller.age else _YOUNG_TITLES
    return {
        "callee": surname + rng.choice(titles[callee.gender]),
        "callee_full": callee.name,
        "callee_surname": surname,
        "caller": rng.choice(role.title).replace("{x}", caller.name[0]).replace("{caller_full}", caller.name),
        "caller_full": caller.name,
        "caller_surname": caller.name[0],
    }
