"""Storylines and dialogues."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from antifraud.config import Config
from antifraud.dialogue.generate import generate, open_story
from antifraud.dialogue.llm_agents.estimate import SAMPLED_PLANS, Estimate, estimate
from antifraud.dialogue.scripted_agents.simulation import open_storyline
from antifraud.dialogue_config import GenerateConfig
from antifraud.engine.stage import Tally
from antifraud.errors import ConfigError
from antifraud.records import Assignment, Dialogue, Rejected, Storyline, StorylinePlan
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import (
    call_plans,
    everyday_ids,
    everyday_planned,
    plan_everyday,
    plan_storylines,
    storylines_planned,
)
from antifraud.services.batch import BatchModel
from antifraud.services.exchange import Chat
from antifraud.stages.chat_access import of_chat, open_agents_chat, until_answered
from antifraud.stages.job import Job, run_records
from antifraud.store.lines import read_records
from antifraud.store.runs import begin


async def generate_storylines(job: Job) -> Tally:
    """Grow the storylines: people, facts, the opening that their calls share, and a tree of branches."""
    config, seed, packs = job.config.generate, job.config.run.seed, job.packs
    output = job.output or job.run.storylines
    begin(output, {"seed": seed, "packs": packs.version, **_mix_settings(job.config)})

    async with open_agents_chat(job.config, output.parent, replay=job.replay) as chat:

        async def work(plan: StorylinePlan) -> Storyline | Rejected:
            return await open_story(plan, config, packs, chat)

        if isinstance(chat, BatchModel):
            await until_answered(chat, partial(plan_storylines, config, seed, packs), work)
        return await run_records(
            job,
            "generate-storylines",
            plan_storylines(config, seed, packs),
            work,
            output,
            inputs=[],
            total=storylines_planned(config),
            **of_chat(job.config, chat),
        )


async def generate_fraud(job: Job) -> Tally:
    """Let the agents talk through the fraud branches of the storylines."""
    storylines = await _told_storylines(job)
    return await _generate(job, "generate-fraud", storylines, fraud=True)


async def generate_normal(job: Job) -> Tally:
    """Let the agents talk through the lawful and sales branches of the storylines, and the everyday calls."""
    storylines = _storylines_of(job)
    if not storylines.exists():
        await _told_storylines(job)
    return await _generate(job, "generate-normal", storylines, fraud=False)


def _storylines_of(job: Job) -> Path:
    return (job.output or job.run.dialogues).with_name(job.run.storylines.name)


async def _told_storylines(job: Job) -> Path:
    """Tell the storylines beside the dialogues; where too many are rejected, nothing is made of the rest."""
    tally = await generate_storylines(replace(job, output=_storylines_of(job)))
    tally.check(job.config.run.rejected_limit)
    return tally.output


def _assignments(job: Job, storylines: Path, *, fraud: bool) -> Iterator[Assignment]:
    seed = job.config.run.seed
    for story in read_records(storylines, Storyline):
        for plan in call_plans(story, seed, fraud=fraud):
            yield Assignment(plan=plan, story=story)
    if not fraud:
        yield from (Assignment(plan=plan) for plan in plan_everyday(job.config.generate, seed, job.packs))


def _call_ids(job: Job, storylines: Path) -> tuple[list[str], list[str]]:
    """Return the ids of the fraud calls and of the others, as they stand in the file of dialogues."""
    seed, fraud, others = job.config.run.seed, list[str](), list[str]()
    for story in read_records(storylines, Storyline):
        fraud += (plan.id for plan in call_plans(story, seed, fraud=True))
        others += (plan.id for plan in call_plans(story, seed, fraud=False))
    return fraud, [*others, *everyday_ids(job.config.generate, seed)]


async def _generate(job: Job, name: str, storylines: Path, *, fraud: bool) -> Tally:
    config, seed, packs = job.config.generate, job.config.run.seed, job.packs
    output = job.output or job.run.dialogues
    begin(output, {"seed": seed, "packs": packs.version, **_mix_settings(job.config)})
    of_fraud, of_others = _call_ids(job, storylines)

    async with open_agents_chat(job.config, output.parent, replay=job.replay) as chat:

        async def work(given: Assignment) -> Dialogue | Rejected:
            return await generate(given, config, packs, chat)

        if isinstance(chat, BatchModel):
            await until_answered(chat, partial(_assignments, job, storylines, fraud=fraud), work)
        return await run_records(
            job,
            name,
            _assignments(job, storylines, fraud=fraud),
            work,
            output,
            inputs=[storylines],
            total=len(of_fraud if fraud else of_others),
            order=lambda: [*of_fraud, *of_others],
            **of_chat(job.config, chat),
        )


async def preview_calls(job: Job, count: int) -> list[Dialogue | Rejected]:
    """Talk through the first calls of each kind in turn, without writing any record."""
    config, packs = job.config.generate, job.packs
    async with open_agents_chat(job.config, job.run.path, replay=job.replay) as chat:
        plans = list(islice(plan_storylines(config, job.config.run.seed, packs), count))
        told = await asyncio.gather(*(open_story(plan, config, packs, chat) for plan in plans))
        stories = {story.id: story for story in told}
        given = islice(sample_calls(job.config, packs), count)
        return list(await asyncio.gather(*(_talk(each, stories, config, packs, chat) for each in given)))


async def _talk(
    given: Assignment, told: Mapping[str, Storyline | Rejected], config: GenerateConfig, packs: Packs, chat: Chat | None
) -> Dialogue | Rejected:
    """Talk a call through with its storyline as told; where that is rejected, so is the call."""
    story = told[given.story.id] if given.story else None
    if isinstance(story, Rejected):
        return story
    return await generate(given.model_copy(update={"story": story}), config, packs, chat)


def sample_calls(config: Config, packs: Packs) -> Iterator[Assignment]:
    """Yield the calls of a config storyline by storyline, opened by the scripted agents, and an everyday call each."""
    seed = config.run.seed
    everyday = (Assignment(plan=plan) for plan in plan_everyday(config.generate, seed, packs))
    for plan in plan_storylines(config.generate, seed, packs):
        story = open_storyline(plan, packs)
        for fraud in (True, False):
            yield from (Assignment(plan=each, story=story) for each in call_plans(story, seed, fraud=fraud))
        yield from islice(everyday, 1)
    yield from everyday


def forecast(config: Config, kinds: Collection[str] = ("fraud", "lawful")) -> Estimate:
    """Return what the LLM agents of a config would ask for, for calls of these kinds.

    Raises:
        ConfigError: the config asks for no LLM agents.
    """
    if config.generate.engine != "llm":
        raise ConfigError("generate.engine is 'scripted', which asks no service; --dry-run is for generate.engine=llm.")
    packs, seed = Job(config).packs, config.run.seed
    fraud = storylines_planned(config.generate)
    told = sum(len(plan.told) for plan in plan_storylines(config.generate, seed, packs))
    counts = {"fraud": fraud, "lawful": told - fraud + everyday_planned(config.generate)}
    wanted = (each for each in sample_calls(config, packs) if ("fraud" if each.plan.is_fraud else "lawful") in kinds)
    count = sum(counts[kind] for kind in kinds)
    stories = 0 if set(kinds) == {"lawful"} else fraud
    return estimate(islice(wanted, SAMPLED_PLANS), count, stories, config.generate, config.llm, packs)


def _mix_settings(config: Config) -> dict[str, Any]:
    """Return what decides the dialogues apart from how many there are."""
    settings = config.generate.model_dump(mode="json", exclude={"packs": True, "fraud": {"count"}, "lawful": {"count"}})
    if config.generate.engine != "llm":
        return {"generate": settings}
    decisive = {"preset", "model", "supervisor_model", "temperature", "max_tokens", "extra_body"}
    return {"generate": settings, "llm": config.llm.model_dump(mode="json", include=decisive)}
