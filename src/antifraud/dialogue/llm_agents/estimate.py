"""What LLM agents will ask for, before a word is paid: requests, tokens, money, time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from antifraud.dialogue.llm_agents.briefing import Briefing
from antifraud.dialogue.llm_agents.storyline import storyline_prompt, told_places
from antifraud.dialogue_config import GenerateConfig
from antifraud.labels import CALLEE_ACTS
from antifraud.records import Assignment, StorylinePlan
from antifraud.scenarios.packs import Packs
from antifraud.service_config import LlmConfig
from antifraud.services.batch import BATCH_PRICE_FACTOR
from antifraud.services.presets import resolve

CHARACTERS_PER_TOKEN = 1.6
"""Chinese text, tokenizers of the Qwen family; the provider's own count may differ by a third."""
TYPICAL_TURNS = 12
TYPICAL_TURN_TOKENS = 50
"""One answer: thirty characters and the marks around them."""
TYPICAL_OPENING_TURNS = 6
TYPICAL_WAY_TOKENS = 30
TYPICAL_SECONDS = 3.0
"""One answer of a 72B model."""
SAMPLED_PLANS = 20


@dataclass(frozen=True)
class Estimate:
    """A forecast; figures of the provider decide."""

    dialogues: int
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    """Money in the config's currency; None where the config has no price for the model."""
    seconds: float


def estimate(
    calls: Iterable[Assignment], count: int, stories: int, config: GenerateConfig, llm: LlmConfig, packs: Packs
) -> Estimate:
    """Forecast what `count` dialogues and `stories` storylines will take, from the prompts of the first few plans."""
    service = resolve(llm, {}, with_key=False)
    schema, calls = service.json_schema, list(calls)
    talks = [_tokens(Briefing(each.plan, each.story, packs, schema=schema), config) for each in calls]
    told = {each.story.id: _storyline_tokens(each.story, packs, schema=schema) for each in calls if each.story}
    requests, prompt, completion = (
        round(count * _mean(talks, at) + stories * _mean(list(told.values()), at)) for at in range(3)
    )
    price = llm.prices.get(service.model)
    cost = (prompt * price.prompt + completion * price.completion) / 1e6 if price else None
    if cost is not None and llm.batch:
        cost *= BATCH_PRICE_FACTOR
    chain = TYPICAL_SECONDS * (TYPICAL_TURNS + 2 if config.mode == "turns" else 8)
    seconds = max(chain, chain * count / llm.concurrency)
    if llm.requests_per_minute:
        seconds = max(seconds, 60 * requests / llm.requests_per_minute)
    return Estimate(count, requests, prompt, completion, cost, seconds)


def _tokens(briefing: Briefing, config: GenerateConfig) -> tuple[int, int, int]:
    """Return requests, prompt tokens and completion tokens of one call."""
    if config.mode == "script":
        prompt = briefing.prompt("script", briefing.caller_acts)
        return 1, _count(prompt), TYPICAL_TURNS * TYPICAL_TURN_TOKENS
    sides = _count(briefing.prompt("caller", briefing.caller_acts)) + _count(briefing.prompt("callee", CALLEE_ACTS))
    talk = TYPICAL_TURN_TOKENS * TYPICAL_TURNS
    looks = TYPICAL_TURNS // config.supervise_every + 1
    supervised = looks * (_count(briefing.prompt("supervisor")) + talk)
    prompt_tokens = TYPICAL_TURNS * (sides + talk) // 2 + supervised
    return TYPICAL_TURNS + looks, prompt_tokens, talk + looks * TYPICAL_TURN_TOKENS


def _storyline_tokens(plan: StorylinePlan, packs: Packs, *, schema: bool) -> tuple[int, int, int]:
    """Return requests, prompt tokens and completion tokens of one storyline."""
    said = TYPICAL_OPENING_TURNS * TYPICAL_TURN_TOKENS + TYPICAL_WAY_TOKENS * len(told_places(plan))
    return 1, _count(storyline_prompt(plan, packs, schema=schema)), said


def _mean(figures: Sequence[tuple[int, int, int]], at: int) -> float:
    return sum(each[at] for each in figures) / len(figures) if figures else 0.0


def _count(text: str) -> int:
    return round(len(text) / CHARACTERS_PER_TOKEN)
