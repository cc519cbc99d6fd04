"""The chat service of a config: opened with its journal, waited for in batches, and what it has cost."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from antifraud.config import Config
from antifraud.errors import ConfigError
from antifraud.records import Assignment
from antifraud.services.batch import BatchModel, Pending
from antifraud.services.chat import ChatModel
from antifraud.services.exchange import Chat
from antifraud.services.journal import CHAT_FILE, Journal


@asynccontextmanager
async def open_chat(config: Config, folder: Path, *, replay: bool) -> AsyncIterator[Chat | None]:
    """Open the chat service of a config with the journal in `folder`; None where the config asks for none.

    Args:
        replay: take answers from the journal alone.

    Raises:
        ConfigError: batches are asked for where agents take turns.
        ServiceError: the service cannot be used as it is set up.
    """
    if config.generate.engine != "llm":
        yield None
        return
    if config.llm.batch and config.generate.mode != "script":
        raise ConfigError("llm.batch is true; batches need generate.mode=script, where one request writes a call.")
    with Journal(folder / CHAT_FILE, replay_only=replay) as journal:
        if config.llm.batch and not replay:
            poll = config.llm.batch_poll_seconds
            async with BatchModel.open(config.llm, os.environ, journal, poll_seconds=poll) as batches:
                yield batches
        else:
            async with ChatModel.open(config.llm, os.environ, journal) as chat:
                yield chat


async def until_answered(batches: BatchModel, plans: Callable[[], Iterable[Assignment]], work: Any) -> None:
    """Go through the plans, round by round, until the journal holds every answer that they ask for."""
    while True:
        for plan in plans():
            with suppress(Pending):
                await work(plan)
        if not batches.wanted:
            return
        await batches.settle()


def bill(chat: Chat) -> str:
    """Return what a chat service has cost so far, in a few words."""
    spent, money = chat.spent, f"{chat.cost:.2f} {chat.config.currency}" if chat.config.prices else "no prices set"
    return f"{spent.prompt + spent.completion:,} tokens ({spent.cached:,} cached), {money}, {chat.replayed:,} replayed"
