"""Plans become dialogues, by the agents the config asks for."""

from __future__ import annotations

from antifraud.config import GenerateConfig
from antifraud.dialogue.llm_agents.script import write_script
from antifraud.dialogue.llm_agents.turns import take_turns
from antifraud.dialogue.scripted_agents.simulation import simulate
from antifraud.records import Assignment, Dialogue, Rejected
from antifraud.scenarios.packs import Packs
from antifraud.services.exchange import Chat


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
    if chat is None:
        raise ValueError("the llm engine needs a chat service")
    agents = take_turns if config.mode == "turns" else write_script
    return await agents(given.plan, given.story, config, packs, chat)
