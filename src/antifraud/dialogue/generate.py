"""Plans become storylines and dialogues, by the agents the config asks for."""

from __future__ import annotations

from antifraud.dialogue.llm_agents.script import write_script
from antifraud.dialogue.llm_agents.storyline import write_storyline
from antifraud.dialogue.llm_agents.turns import take_turns
from antifraud.dialogue.scripted_agents.simulation import open_storyline, simulate
from antifraud.dialogue_config import GenerateConfig
from antifraud.records import Assignment, Dialogue, Rejected, Storyline, StorylinePlan
from antifraud.scenarios.packs import Packs
from antifraud.services.exchange import Chat


async def open_story(
    plan: StorylinePlan, config: GenerateConfig, packs: Packs, chat: Chat | None = None
) -> Storyline | Rejected:
    """Talk the opening of a storyline through; the llm engine also says what happens in its branches.

    Args and errors as of `generate`.
    """
    if config.engine == "scripted":
        return open_storyline(plan, packs)
    return await write_storyline(plan, config, packs, _needed(chat))


async def generate(
    given: Assignment, config: GenerateConfig, packs: Packs, chat: Chat | None = None
) -> Dialogue | Rejected:
    """Talk a call through.

    Args:
        chat: the chat service; needed where `config.engine` is llm.

    Raises:
        ServiceError: the chat service cannot be used as it is set up, or the budget is reached.
    """
    if config.engine == "scripted":
        return simulate(given.plan, config, packs, given.story)
    agents = take_turns if config.mode == "turns" else write_script
    return await agents(given.plan, given.story, config, packs, _needed(chat))


def _needed(chat: Chat | None) -> Chat:
    if chat is None:
        raise ValueError("the llm engine needs a chat service")
    return chat
