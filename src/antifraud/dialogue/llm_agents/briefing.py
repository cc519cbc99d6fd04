"""What the LLM agents are told: one plan, its facts and its agenda, as prompts from the packs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from antifraud.dialogue.scripted_agents.course import Beat, Course, branch, everyday
from antifraud.dialogue.wording import Wording, both
from antifraud.labels import CALLEE_ACTS, FRAUD_ACTS, FRAUD_OUTCOMES, LAWFUL_OUTCOMES, SAFE_ACTS, Act, Speaker
from antifraud.records import CallPlan, Storyline
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.phrases import CallerRole
from antifraud.scenarios.plans import addresses
from antifraud.scenarios.prompts import fill_in
from antifraud.scenarios.slots import draw


class Briefing:
    """The prompts of one call; the same plan and packs give the same words, so that the journal knows them.

    Args:
        schema: the service holds answers to a JSON schema, so that the prompts need not list what fits.
    """

    def __init__(self, plan: CallPlan, story: Storyline | None, packs: Packs, *, schema: bool) -> None:
        rng = Random(f"{plan.seed}:briefing")
        told = _told(plan, story, packs, rng)
        wording = Wording(told.facts, told.course.rules, both(plan), packs, rng)
        self._prompts = packs.prompts
        self._facts = {
            "plan": plan,
            "schema": schema,
            "facts": told.facts,
            "role": told.caller.role,
            "title": told.title,
            "steps": said_steps(told.course, wording),
            "separates": told.separates,
            "opening": story.opening if story else (),
            "way": tuple(node.gist for node in story.along(plan.leaf or "0")[1:]) if story else (),
            "outcomes": FRAUD_OUTCOMES if plan.is_fraud else LAWFUL_OUTCOMES,
            "callee_acts": CALLEE_ACTS,
        }
        self.caller_acts = caller_acts(is_fraud=plan.is_fraud)

    def prompt(self, name: str, acts: tuple[Act, ...] = (), **more: str) -> str:
        """Return a prompt of the packs, filled in for this call."""
        style = fill_in(self._prompts["style"], self._facts)
        return fill_in(self._prompts[name], self._facts | {"style": style, "acts": acts} | more)


@dataclass(frozen=True)
class _Told:
    title: str
    caller: CallerRole
    facts: Mapping[str, str]
    course: Course
    separates: tuple[str, ...]


def _told(plan: CallPlan, story: Storyline | None, packs: Packs, rng: Random) -> _Told:
    if story is not None:
        scenario = packs.storylines[plan.scenario]
        course = branch(plan, scenario, packs, rng)
        return _Told(scenario.title, scenario.caller, story.facts, course, scenario.separates)
    caller, callee = both(plan)
    everyday_scenario = packs.scenarios[plan.scenario]
    role = everyday_scenario.caller
    facts = draw(everyday_scenario.slots, rng) | addresses(caller, callee, role, rng)
    return _Told(everyday_scenario.title, role, facts, everyday(everyday_scenario, rng), ())


def said_steps(course: Course, wording: Wording) -> list[dict[str, object]]:
    """Return what each step of a course is for, said as the scripted agents would."""
    return [_step(beat, wording) for beat in course.agenda]


def _step(beat: Beat, wording: Wording) -> dict[str, object]:
    wording.bindings = beat.bindings
    said = [wording.say(Speaker.CALLER, pool) for pool in beat.say]
    acts = dict.fromkeys([*beat.acts, *(act for each in said for act in each.acts)])
    return {"acts": tuple(acts), "say": "".join(each.text for each in said)}


def caller_acts(*, is_fraud: bool) -> tuple[Act, ...]:
    """Return the acts a caller of this kind may have."""
    return tuple(
        act
        for act in Act
        if act not in CALLEE_ACTS and (is_fraud or act not in FRAUD_ACTS) and (not is_fraud or act not in SAFE_ACTS)
    )
