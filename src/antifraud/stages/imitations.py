"""Imitations: who makes them, by the config, and what they are held against."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from antifraud.audit.reader import read_label, requests
from antifraud.config import Config
from antifraud.dialogue.imitation.other_words import OtherWords
from antifraud.dialogue.imitation.replanning import Replanner
from antifraud.dialogue.imitation.rewriting import Rewriter
from antifraud.engine.stage import Tally
from antifraud.errors import ConfigError
from antifraud.intake.imitation.exemplars import Pool
from antifraud.intake.imitation.orders import Order, order_calls
from antifraud.intake.imitation.rounds import Draft, Rounds
from antifraud.intake.imitation.sieve import Sieve
from antifraud.intake.lenient import read_any
from antifraud.records import CallPlan, Dialogue, Rejected
from antifraud.scenarios.packs import Packs
from antifraud.services.exchange import Chat
from antifraud.stages.chat_access import bill, open_chat
from antifraud.stages.job import Job, run_records
from antifraud.store.lines import read_records
from antifraud.store.manifest import fingerprint
from antifraud.store.runs import begin, rejected_path

WORN_TURNS_OF_A_MODEL: Final = 2
"""Turns of a chat model's draft that may be said otherwise after the fact; a design choice: with stock phrases in more,
it copied. Scripted agents have but the words of the packs, so that theirs may be said otherwise in any number."""


async def imitate(job: Job, seeds: list[Path]) -> Tally:
    """Make new dialogues that keep the strategy of seed dialogues, those of the run where no file is given."""
    packs, sources = job.packs, seeds or [job.run.dialogues]
    output = job.output or job.run.imitations
    dialogues = read_seeds(sources)
    given = {path.name: fingerprint(path)["sha256"] for path in sources}
    begin(output, {"seed": job.config.run.seed, "packs": packs.version, "seeds": given, **_settings(job.config)})
    async with _imitation(job.config, packs, dialogues, output, replay=job.replay) as imitation:
        return await run_records(
            job,
            "imitate",
            imitation.orders,
            imitation.rounds.call,
            output,
            inputs=sources,
            total=len(imitation.orders),
            concurrency=job.config.imitate.round_size,
            note=imitation.note if imitation.chat else None,
        )


@dataclass(frozen=True)
class _Imitation:
    """Orders and who fills them."""

    orders: Sequence[Order]
    rounds: Rounds
    chat: Chat | None

    def note(self) -> str:
        """Return what the chat service has cost so far; empty without one."""
        return bill(self.chat) if self.chat else ""


def read_seeds(files: Iterable[Path]) -> list[Dialogue]:
    """Return the dialogues of files of ours or of the TeleAntiFraud project, also those that the checks would refuse.

    Raises:
        RecordError: a file cannot be read or holds no dialogue.
    """
    return [dialogue for path in files for dialogue in read_any(path)[0]]


@asynccontextmanager
async def _imitation(
    config: Config, packs: Packs, seeds: Sequence[Dialogue], output: Path, *, replay: bool
) -> AsyncIterator[_Imitation]:
    """Open what imitates the seeds; what `output` holds is finished already.

    Raises:
        ConfigError: batches are asked for, or a kind that no seed is of.
        ServiceError: the chat service cannot be used as it is set up.
    """
    limits = config.imitate
    sieve = Sieve(limits, lambda turns: read_label(turns).is_fraud, seeds)
    async with AsyncExitStack() as stack:
        chat = None
        if limits.engine == "llm":
            if config.llm.batch:
                raise ConfigError("llm.batch is true; a round of imitations waits for the one before, so set it false.")
            chat = await stack.enter_async_context(open_chat(config, output.parent, replay=replay))
        orders = list(order_calls(seeds, config, packs))
        rounds = Rounds(
            orders,
            limits,
            Pool(seeds),
            sieve,
            _draft(config, packs, sieve, chat),
            OtherWords(packs.speech, sieve.copied, WORN_TURNS_OF_A_MODEL if chat else None).revised,
            known=_known(output),
            exemplars=limits.exemplars if chat else 1,
            concurrency=config.llm.concurrency if chat else 1,
        )
        yield _Imitation(orders, rounds, chat)


def _draft(config: Config, packs: Packs, sieve: Sieve, chat: Chat | None) -> Draft:
    if chat is not None:
        return Rewriter(config.imitate, packs, chat).imitate
    replanner = Replanner(config.generate, packs, requests, lambda text: sieve.copied(text) is not None)

    async def replan(plan: CallPlan, shown: tuple[Dialogue, ...], attempt: int, _: str | None) -> Dialogue | Rejected:
        return replanner.imitate(plan, shown[0], attempt)

    return replan


def _known(output: Path) -> dict[str, Dialogue | Rejected]:
    """Return what an earlier run finished."""
    done: dict[str, Dialogue | Rejected] = {}
    if output.exists():
        done |= {record.id: record for record in read_records(output, Dialogue)}
    if (refused := rejected_path(output)).exists():
        done |= {record.id: record for record in read_records(refused, Rejected)}
    return done


def _settings(config: Config) -> dict[str, Any]:
    """Return what decides imitations, apart from how many there are and who the seeds are."""
    settings = {
        "imitate": config.imitate.model_dump(mode="json", exclude={"count"}),
        "generate": config.generate.model_dump(mode="json", include={"max_turns", "attempts"}),
        "outcomes": {
            "fraud": config.generate.fraud.model_dump(mode="json", include={"outcomes"}),
            "lawful": config.generate.lawful.model_dump(mode="json", include={"outcomes"}),
        },
    }
    if config.imitate.engine == "llm":
        decisive = {"preset", "model", "temperature", "max_tokens", "extra_body"}
        settings["llm"] = config.llm.model_dump(mode="json", include=decisive)
    return settings
