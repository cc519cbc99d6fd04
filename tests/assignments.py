"""What the agents are given: the calls of a config, storylines with their openings first."""

from __future__ import annotations

from antifraud.dialogue.scripted_agents.simulation import open_storyline
from antifraud.dialogue_config import GenerateConfig
from antifraud.records import Assignment
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import call_plans, plan_everyday, plan_storylines


def assignments(config: GenerateConfig, packs: Packs, seed: int = 1) -> list[Assignment]:
    """Return every call of a config: storyline by storyline, then everyday calls."""
    stories = [open_storyline(plan, packs) for plan in plan_storylines(config, seed, packs)]
    told = [
        Assignment(plan=plan, story=story)
        for story in stories
        for fraud in (True, False)
        for plan in call_plans(story, seed, fraud=fraud)
    ]
    return [*told, *(Assignment(plan=plan) for plan in plan_everyday(config, seed, packs))]
