"""Packs and counts become call plans: balanced over labels, age, awareness and outcome, from one seed.

Plan number n does not depend on how many are asked for, so that a run can be made longer.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from random import Random
from typing import TypeVar

from antifraud.config import FraudMix, GenerateConfig, LawfulMix
from antifraud.errors import ConfigError, PackError
from antifraud.labels import AgeBand, Awareness, Outcome
from antifraud.records import CallPlan, Persona
from antifraud.scenarios.packs import CallerRole, Gender, Packs, PersonaPack, Scenario

K = TypeVar("K")

GENDERS: tuple[Gender, ...] = ("男", "女")


def seed_of(*parts: object) -> int:
    """Return a seed of 53 bits that any part changes."""
    return int.from_bytes(hashlib.sha256(":".join(map(str, parts)).encode()).digest()[:7], "big") >> 3


def planned(mix: FraudMix | LawfulMix) -> int:
    """Return how many plans a mix asks for."""
    return sum(mix.counts.values()) if mix.counts else mix.count


def plan_ids(kind: str, config: GenerateConfig, seed: int) -> Iterator[str]:
    """Yield the ids of `plan_calls` without planning."""
    for number in range(planned(config.fraud if kind == "fraud" else config.lawful)):
        yield plan_id(seed, kind, number)


def plan_id(seed: int, kind: str, number: int) -> str:
    """Return the id of the n-th plan of a kind; it must not tell the label, for audio files are named after it."""
    return f"call-{seed_of(seed, kind, number, 'id'):014x}"


def plan_calls(kind: str, config: GenerateConfig, seed: int, packs: Packs) -> Iterator[CallPlan]:
    """Yield the plans of one kind, `fraud` or `lawful`, lazily.

    Raises:
        PackError: no scenario has a label that is asked for.
    """
    mix = config.fraud if kind == "fraud" else config.lawful
    by_label: dict[str, list[Scenario]] = {}
    for scenario in packs.scenarios.values():
        if scenario.is_fraud == (kind == "fraud"):
            by_label.setdefault(scenario.label, []).append(scenario)
    weights = {str(label): float(weight) for label, weight in (mix.counts or mix.weights).items() if weight}
    if missing := sorted(weights.keys() - by_label.keys()):
        raise PackError(f"no {kind} scenario has the label {missing[0]}; add one to the packs or take it from the mix.")
    if not weights and planned(mix):
        raise ConfigError(f"generate.{kind}: every weight is 0; expected at least one above 0.")
    draw = _Stratified(seed, kind, {awareness: mix.outcomes[awareness] for awareness in Awareness})
    for number, label in zip(range(planned(mix)), spread(weights)):
        record_id = plan_id(seed, kind, number)
        scenario, band, awareness, outcome = draw.cell(label, by_label[label])
        rng = Random(seed_of(seed, record_id))
        yield CallPlan(
            id=record_id,
            seed=seed_of(seed, record_id),
            is_fraud=scenario.is_fraud,
            scene=scenario.scene,
            fraud_type=scenario.fraud_type,
            official_category=scenario.official_category,
            scenario=scenario.id,
            storyline=record_id,
            branch="fraud" if scenario.is_fraud else "lawful",
            caller=_caller(scenario.caller, packs.personas, rng),
            callee=_callee(scenario, band, awareness, packs.personas, rng),
            intended_outcome=outcome,
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

    def cell(self, label: str, scenarios: Sequence[Scenario]) -> tuple[Scenario, AgeBand, Awareness, Outcome]:
        scenario = min(scenarios, key=lambda each: (self._had[label, each.id], self._rng.random()))
        cells = list(product(scenario.callee.ages, Awareness))
        band, awareness = min(cells, key=lambda cell: (self._had[label, cell], self._had[cell], self._rng.random()))
        outcome = self._outcome(label, awareness, scenario)
        self._had.update([(label, scenario.id), (label, (band, awareness)), (band, awareness)])
        self._had.update([(awareness, outcome), (label, awareness, outcome)])
        return scenario, band, awareness, outcome

    def _outcome(self, label: str, awareness: Awareness, scenario: Scenario) -> Outcome:
        weights = {o: w for o, w in self._outcomes[awareness].items() if w and o in scenario.possible_outcomes}
        if not weights:
            return scenario.possible_outcomes[0]
        total = sum(weights.values())

        def surplus(outcome: Outcome) -> float:
            share = weights[outcome] / total
            overall = sum(self._had[awareness, other] for other in weights) + 1
            within = sum(self._had[label, awareness, other] for other in weights) + 1
            had = self._had[awareness, outcome] + self._had[label, awareness, outcome]
            return had - share * (overall + within)

        return min(weights, key=lambda outcome: (surplus(outcome), self._rng.random()))


def _caller(role: CallerRole, people: PersonaPack, rng: Random) -> Persona:
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


def _callee(scenario: Scenario, band: AgeBand, awareness: Awareness, people: PersonaPack, rng: Random) -> Persona:
    gender: Gender = scenario.callee.gender if scenario.callee.gender is not None else rng.choice(GENDERS)
    age = rng.choice(band.years)
    fitting = [job.name for job in people.occupations if job.ages[0] <= age <= job.ages[1]]
    wanted = [name for name in fitting if name in scenario.callee.occupations] or fitting
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
