"""The chat service of a config: opened with its journal, waited for in batches, and what it has cost."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from antifraud.config import Config
from antifraud.errors import ConfigError
from antifraud.services.batch import BatchModel, Pending
from antifraud.services.chat import ChatModel
from antifraud.services.exchange import Chat
from antifraud.services.journal import CHAT_FILE, Journal

T = TypeVar("T")


@asynccontextmanager
async def open_agents_chat(config: Config, folder: Path, *, replay: bool) -> AsyncIterator[Chat | None]:
    """Open the chat service for the agents of a config; None where they are scripted. Further as of `open_chat`.

    Raises:
        ConfigError: batches are asked for where agents take turns.
    """
    if config.generate.engine != "llm":
        yield None
        return
    if config.llm.batch and config.generate.mode != "script":
        raise ConfigError("llm.batch is true; batches need generate.mode=script, where one request writes a call.")
    async with open_chat(config, folder, replay=replay) as chat:
        yield chat


@asynccontextmanager
async def open_chat(config: Config, folder: Path, *, replay: bool) -> AsyncIterator[Chat]:
    """Open the chat service of a config with the journal in `folder`.

    Args:
        replay: take answers from the journal alone.

    Raises:
        ServiceError: the service cannot be used as it is set up.
    """
    with Journal(folder / CHAT_FILE, replay_only=replay) as journal:
        if config.llm.batch and not replay:
            poll = config.llm.batch_poll_seconds
            async with BatchModel.open(config.llm, os.environ, journal, poll_seconds=poll) as batches:
                yield batches
        else:
            async with ChatModel.open(config.llm, os.environ, journal) as chat:
                yield chat


async def until_answered(
    batches: BatchModel, plans: Callable[[], Iterable[T]], work: Callable[[T], Awaitable[object]]
) -> None:
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


def of_chat(config: Config, chat: Chat | None) -> dict[str, Any]:
    """Return how a stage runs that asks a chat service, if it does: as many records at once as it takes requests."""
    if chat is None:
        return {}
    return {"concurrency": config.llm.concurrency, "note": lambda: bill(chat)}
