"""Opens the model that is to be tested, of any kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from antifraud.config import Config
from antifraud.errors import ConfigError
from antifraud.evaluation.audio_ways import WAYS, audio_limits
from antifraud.evaluation.chat_answers import ChatAnswers, Presenting
from antifraud.evaluation.commands import CommandAnswers
from antifraud.evaluation.models import Model
from antifraud.evaluation.recordings import Recordings
from antifraud.evaluation.rounds import Asked, all_asked
from antifraud.evaluation.transcripts import gold_transcripts, recognised_transcripts
from antifraud.evaluation.unheard import refuse_unheard
from antifraud.snapshot import Item
from antifraud.stages.chat_access import bill, open_chat
from antifraud.store.lines import read_records


@dataclass(frozen=True)
class Opened:
    """A model that can be asked."""

    model: Model
    note: Callable[[], str] | None = None
    """What it has cost so far."""


def items_of(bench: Path) -> Iterator[Item]:
    """Yield the items of a snapshot."""
    return read_records(bench / "items.jsonl", Item)


def asked_of(bench: Path, config: Config) -> Iterator[Asked]:
    """Yield everything that a model is asked about."""
    for item in items_of(bench):
        yield from all_asked(item, with_beginnings=config.evaluate.prefixes)


@asynccontextmanager
async def open_model(config: Config, bench: Path, name: str, folder: Path, *, replay: bool) -> AsyncIterator[Opened]:
    """Open the model of a config; what can be known to go wrong is refused before anything is asked.

    Args:
        folder: of the results, where the journal of a chat service lies.

    Raises:
        UsageError: the model would not hear all of a recording, or settings do not go together.
        AntifraudError: it cannot be opened.
    """
    settings = config.evaluate
    if settings.kind == "command":
        if not settings.command:
            raise ConfigError("evaluate.kind is command and evaluate.command is not set; give --command.")
        async with CommandAnswers(
            name, settings.command, bench, timeout_seconds=settings.timeout_seconds, is_binary=settings.binary
        ) as program:
            yield Opened(program)
        return
    call = _presenting(config, bench)
    async with open_chat(_asking_one_model(config), folder, replay=replay) as chat:
        model = ChatAnswers(
            name,
            chat,
            call,
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            is_binary=settings.binary,
        )
        yield Opened(model, lambda: bill(chat))


def _presenting(config: Config, bench: Path) -> Presenting:
    settings = config.evaluate
    if settings.kind == "transcript":
        texts = recognised_transcripts(settings.transcript) if settings.transcript else gold_transcripts(bench)
        texts.check(items_of(bench), with_beginnings=settings.prefixes)
        return texts
    limits = audio_limits(
        config.llm.preset,
        config.llm.model or "",
        audio_format=settings.audio_format,
        most_bytes=settings.most_bytes,
        most_seconds=settings.most_seconds,
    )
    refuse_unheard(bench, asked_of(bench, config), limits)
    return Recordings(bench, limits)


def _asking_one_model(config: Config) -> Config:
    """Return the config with what requests with audio need.

    Raises:
        ConfigError: another model would answer, or answers would come too late for a chain.
    """
    if config.llm.batch:
        raise ConfigError("llm.batch is true; a chain asks one question after the other. Set it to false.")
    if config.llm.fallback_models:
        raise ConfigError("llm.fallback_models names models that would answer for the one under test; empty it.")
    way = WAYS.get(config.llm.preset) if config.evaluate.kind == "audio" else None
    extra_body = {**((way and way.extra_body) or {}), **config.llm.extra_body}
    return config.model_copy(update={"llm": config.llm.model_copy(update={"extra_body": extra_body})})
