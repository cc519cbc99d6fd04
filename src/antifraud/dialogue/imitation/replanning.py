"""The embedded imitator: what a seed did is planned anew for the scripted agents, with other people and facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Final

from antifraud.dialogue.imitation.nearest_scenarios import NearestScenarios
from antifraud.dialogue.scripted_agents.simulation import open_storyline, simulate
from antifraud.dialogue.wording import IsWorn
from antifraud.dialogue_config import GenerateConfig
from antifraud.labels import Act, Outcome
from antifraud.records import CallPlan, Dialogue, Node, Rejected, StorylinePlan, Tactic, Turn
from antifraud.scenarios.families import Ask, StorylineScenario
from antifraud.scenarios.packs import Packs, Scenario
from antifraud.scenarios.plans import addresses, draw_callee, draw_caller, seed_of
from antifraud.scenarios.slots import draw

Requests = Callable[[Sequence[Turn]], list[tuple[int, Act]]]
"""A reader of what a caller asks for: turn and act."""
MOST_ASKS: Final = 2
"""Of a call that is planned anew; as many as the trees of storylines ask for."""
EARLY_TURNS: Final = 4
"""Turns before which a request comes early: the first two exchanges."""
ATTEMPTS_PER_SCENARIO: Final = 2
"""Drafts by the nearest scenario before the next one is tried; a design choice."""


class Replanner:
    """Plans seeds anew.

    Args:
        requests: tells what the caller of a dialogue from elsewhere asks for.
        is_worn: which words to avoid, as far as there are others.
    """

    def __init__(self, config: GenerateConfig, packs: Packs, requests: Requests, is_worn: IsWorn) -> None:
        self._config, self._packs, self._requests, self._is_worn = config, packs, requests, is_worn
        self._scenarios = NearestScenarios(packs)

    def imitate(self, plan: CallPlan, seed: Dialogue, attempt: int) -> Dialogue | Rejected:
        """Return a call that keeps label, branch, requests and outcome of the seed as far as the scenario has them."""
        ranked = self._scenarios.ranked(seed)
        scenario = ranked[(attempt - 1) // ATTEMPTS_PER_SCENARIO % len(ranked)]
        rng = Random(f"{plan.seed}:replan:{attempt}")
        update = {"seed": seed_of(plan.seed, attempt), "scenario": scenario.id, "scene": seed.scene or scenario.scene}
        cast = plan.model_copy(update=update | self._people(plan, scenario))
        if isinstance(scenario, Scenario):
            outcome = _outcome(plan, seed, scenario.possible_outcomes)
            none = {"family": None, "asks": (), "tactic": None}
            told = cast.model_copy(update=none | {"intended_outcome": outcome})
            return simulate(told, self._config, self._packs, None, self._is_worn)
        return self._tell(cast, seed, scenario, rng)

    def _people(self, plan: CallPlan, scenario: Scenario | StorylineScenario) -> dict[str, object]:
        """Return people who fit the scenario, as aware as planned; every attempt has the same."""
        rng, people = Random(f"{plan.seed}:people"), self._packs.personas
        if plan.callee is None:
            raise ValueError(f"plan {plan.id} has no callee")
        band = rng.choice(scenario.callee.ages)
        return {
            "caller": draw_caller(scenario.caller, people, rng),
            "callee": draw_callee(scenario.callee, band, plan.callee.awareness, people, rng),
        }

    def _tell(self, plan: CallPlan, seed: Dialogue, scenario: StorylineScenario, rng: Random) -> Dialogue | Rejected:
        family = self._scenarios.family(scenario.id)
        is_of_its_type = seed.fraud_type is not None and seed.fraud_type is family.fraud_type
        asks, tactic = self._strategy(seed, scenario, rng)
        told = plan.model_copy(
            update={
                "family": family.family,
                "official_category": seed.official_category or (family.official_category if is_of_its_type else None),
                "asks": tuple(ask.ask for ask in asks),
                "tactic": tactic,
                "intended_outcome": _outcome(plan, seed, ()),
            }
        )
        story = open_storyline(self._story(told, scenario, rng), self._packs, self._is_worn)
        return simulate(told, self._config, self._packs, story, self._is_worn)

    def _strategy(
        self, seed: Dialogue, scenario: StorylineScenario, rng: Random
    ) -> tuple[tuple[Ask, ...], Tactic | None]:
        """Return what is asked and when: as the seed's record tells, else as its words do."""
        by_name = {ask.ask: ask for ask in scenario.every_ask}
        if seed.scenario == scenario.id and seed.asks and by_name.keys() >= set(seed.asks):
            return tuple(by_name[name] for name in seed.asks), seed.tactic
        pools = {"fraud": scenario.risks, "lawful": scenario.needs, "sales": scenario.offers}
        heard = self._requests(seed.turns) if seed.is_fraud else []
        asks = _asks(pools[seed.branch], (act for _, act in heard), rng)
        tactic: Tactic = "early" if heard and heard[0][0] < EARLY_TURNS else "late"
        return asks, tactic

    def _story(self, plan: CallPlan, scenario: StorylineScenario, rng: Random) -> StorylinePlan:
        """Return the storyline of one call: nobody else shares its opening."""
        if plan.caller is None or plan.callee is None:
            raise ValueError(f"plan {plan.id} lacks a persona")
        facts = draw(scenario.slots, rng) | addresses(plan.caller, plan.callee, scenario.caller, rng)
        return StorylinePlan(
            id=plan.storyline,
            seed=plan.seed,
            family=plan.family or scenario.id,
            scenario=scenario.id,
            scene=scenario.scene,
            fraud_type=plan.fraud_type,
            official_category=plan.official_category,
            caller=plan.caller,
            callee=plan.callee,
            facts=facts,
            nodes=(Node(path="0", state="shared", gist="开场"),),
            told=(),
        )


def _asks(among: Sequence[Ask], acts: Iterable[Act], rng: Random) -> tuple[Ask, ...]:
    """Return an ask for each act that was heard, the first ones; one that is drawn where none fits."""
    chosen: dict[str, Ask] = {}
    for act in dict.fromkeys(acts):
        fitting = [ask for ask in among if ask.act is act]
        if fitting and len(chosen) < MOST_ASKS:
            ask = rng.choice(fitting)
            chosen[ask.ask] = ask
    return tuple(chosen.values()) or (rng.choice(among),)


def _outcome(plan: CallPlan, seed: Dialogue, possible: Sequence[Outcome]) -> Outcome:
    """Return how the seed ended, or how the plan would have it where that is not known."""
    wanted = plan.intended_outcome if seed.ending.outcome is Outcome.UNKNOWN else seed.ending.outcome
    return wanted if wanted in possible or not possible else possible[0]
