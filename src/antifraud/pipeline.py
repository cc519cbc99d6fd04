"""START HERE: the stages in the order the data flows.

    scenarios/ ── generate_fraud, generate_normal ──> dialogues.jsonl
                                   synthesize     ──> calls.jsonl + audio/
                                   annotate       ──> annotations.jsonl
                                   pack           ──> release/
                                   build_bench    ──> bench/<snapshot>/

A stage takes a `Job` and returns what it did. `run` does all of them; each is a command of its own.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from antifraud.annotation.annotate import annotate as annotate_call
from antifraud.bench.build_bench import Snapshot
from antifraud.bench.build_bench import build_bench as freeze
from antifraud.config import Config
from antifraud.dialogue.checks import first_defect
from antifraud.dialogue.generate import generate
from antifraud.dialogue.llm_agents.estimate import SAMPLED_PLANS, Estimate, estimate
from antifraud.engine.stage import Tally, run_stage
from antifraud.errors import ConfigError, RecordError
from antifraud.intake.import_dialogues import Foreign, import_dialogue, read_foreign
from antifraud.records import AnnotatedCall, Call, CallPlan, Dialogue, Rejected
from antifraud.release.pack import Release
from antifraud.release.pack import pack as pack_release
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import plan_calls, plan_ids, planned, seed_of
from antifraud.services.batch import BatchModel, Pending
from antifraud.services.chat import ChatModel
from antifraud.services.exchange import Chat
from antifraud.services.journal import CHAT_FILE, Journal
from antifraud.speech_config import NOT_HEARD
from antifraud.store.files import write_atomic
from antifraud.store.lines import count_lines, read_records
from antifraud.store.manifest import TIMES, describe, dump_json, fingerprint, write_manifest
from antifraud.store.runs import RunFolder, begin, rejected_path

KINDS = ("fraud", "lawful")


@dataclass(frozen=True)
class Job:
    """What a stage works on: the config, the run folder, and files given instead of the run's own."""

    config: Config
    input: Path | None = None
    output: Path | None = None
    quiet: bool = False
    replay: bool = False
    """Take the answers of services from the journal alone."""

    @property
    def run(self) -> RunFolder:
        """The run folder of the config."""
        return RunFolder(self.config.run.folder / self.config.run.name)

    @property
    def packs(self) -> Packs:
        """The scenario packs of the config."""
        return load_packs(self.config.generate.packs or packs_folder())


# -- dialogues


async def generate_fraud(job: Job) -> Tally:
    """Let the agents talk through the fraud plans."""
    return await _generate(job, "fraud")


async def generate_normal(job: Job) -> Tally:
    """Let the agents talk through the lawful plans."""
    return await _generate(job, "lawful")


async def _generate(job: Job, kind: str) -> Tally:
    config, seed, packs = job.config.generate, job.config.run.seed, job.packs
    output = job.output or job.run.dialogues
    begin(output, {"seed": seed, "packs": packs.version, **_mix_settings(job.config)})

    async with open_chat(job, output.parent) as chat:

        async def work(plan: CallPlan) -> Dialogue | Rejected:
            return await generate(plan, config, packs, chat)

        if isinstance(chat, BatchModel):
            await _until_answered(chat, lambda: plan_calls(kind, config, seed, packs), work)
        return await _records(
            job,
            f"generate-{'fraud' if kind == 'fraud' else 'normal'}",
            plan_calls(kind, config, seed, packs),
            work,
            output,
            inputs=[],
            total=planned(config.fraud if kind == "fraud" else config.lawful),
            order=lambda: (record_id for each in KINDS for record_id in plan_ids(each, config, seed)),
            concurrency=job.config.llm.concurrency if chat else None,
            note=(lambda: bill(chat)) if chat else None,
        )


async def preview_calls(job: Job, count: int) -> list[Dialogue | Rejected]:
    """Talk through the first plans of each kind in turn, without writing any record."""
    config, seed, packs = job.config.generate, job.config.run.seed, job.packs
    plans = [islice(plan_calls(kind, config, seed, packs), count) for kind in KINDS]
    mixed = [plan for pair in zip_longest(*plans) for plan in pair if plan is not None][:count]
    async with open_chat(job, job.run.path) as chat:
        return list(await asyncio.gather(*(generate(plan, config, packs, chat) for plan in mixed)))


def forecast(config: Config) -> Estimate:
    """Return what the LLM agents of a config would ask for.

    Raises:
        ConfigError: the config asks for no LLM agents.
    """
    if config.generate.engine != "llm":
        raise ConfigError("generate.engine is 'scripted', which asks no service; --dry-run is for generate.engine=llm.")
    packs = Job(config).packs
    plans = chain.from_iterable(
        islice(plan_calls(kind, config.generate, config.run.seed, packs), SAMPLED_PLANS // 2) for kind in KINDS
    )
    count = planned(config.generate.fraud) + planned(config.generate.lawful)
    return estimate(plans, count, config.generate, config.llm, packs)


@asynccontextmanager
async def open_chat(job: Job, folder: Path) -> AsyncIterator[Chat | None]:
    """Open the chat service of a job with the journal in `folder`; None where the config asks for none.

    Raises:
        ConfigError: batches are asked for where agents take turns.
        ServiceError: the service cannot be used as it is set up.
    """
    config = job.config
    if config.generate.engine != "llm":
        yield None
        return
    if config.llm.batch and config.generate.mode != "script":
        raise ConfigError("llm.batch is true; batches need generate.mode=script, where one request writes a call.")
    with Journal(folder / CHAT_FILE, replay_only=job.replay) as journal:
        if config.llm.batch and not job.replay:
            poll = config.llm.batch_poll_seconds
            async with BatchModel.open(config.llm, os.environ, journal, poll_seconds=poll) as batches:
                yield batches
        else:
            async with ChatModel.open(config.llm, os.environ, journal) as chat:
                yield chat


async def _until_answered(batches: BatchModel, plans: Callable[[], Iterable[CallPlan]], work: Any) -> None:
    """Go through the plans, round by round, until the journal holds every answer that they ask for."""
    while True:
        for plan in plans():
            with suppress(Pending):
                await work(plan)
        if not batches.wanted:
            return
        await batches.settle()


def _mix_settings(config: Config) -> dict[str, Any]:
    """Return what decides the dialogues apart from how many there are."""
    settings = config.generate.model_dump(mode="json", exclude={"packs": True, "fraud": {"count"}, "lawful": {"count"}})
    if config.generate.engine != "llm":
        return {"generate": settings}
    decisive = {"preset", "model", "supervisor_model", "temperature", "max_tokens", "extra_body"}
    return {"generate": settings, "llm": config.llm.model_dump(mode="json", include=decisive)}


async def import_files(job: Job, files: list[Path]) -> Tally:
    """Take in dialogues of other projects; what the checks refuse is rejected with its reason."""
    output, seed = job.output or job.run.dialogues, job.config.run.seed
    begin(output, {"seed": seed, "imported": [path.name for path in files]})

    async def work(foreign: Foreign) -> Dialogue | Rejected:
        result = import_dialogue(foreign, seed_of(seed, foreign.id))
        if isinstance(result, Dialogue) and (defect := first_defect(result)):
            detail = f"{foreign.where}: {defect[1]}"
            return Rejected(id=foreign.id, stage="import-dialogues", reason=defect[0], detail=detail)
        return result

    records = (foreign for path in files for foreign in read_foreign(path))
    return await _records(job, "import-dialogues", records, work, output, inputs=files)


# -- calls


async def synthesize(job: Job) -> Tally:
    """Speak the dialogues."""
    from antifraud.speech.opening import open_studio
    from antifraud.speech.studio import Booking
    from antifraud.speech.synthesize import synthesize as speak

    config, seed, share = job.config.synthesize, job.config.run.seed, job.config.bench.share
    source, output = job.input or job.run.dialogues, job.output or job.run.calls
    async with open_studio(
        config, output.parent, job.packs.voices, seed=seed, bench_share=share, replay=job.replay
    ) as studio:
        begin(output, studio.settings())

        async def work(booking: Booking) -> Call | Rejected:
            return await speak(booking, studio, output.parent)

        return await _records(
            job,
            "synthesize",
            studio.book(read_records(source, Dialogue)),
            work,
            output,
            inputs=[source],
            concurrency=max(job.config.run.concurrency, 2 * studio.engine.block_calls),
            note=studio.bill if studio.bill() else None,
        )


async def build_voices(job: Job, count: int, target: Path) -> int:
    """Build a voice bank and return how many of the speakers drawn are in it."""
    from antifraud.speech.opening import build_bank
    from antifraud.speech.voices.build import write_bank

    voices = await build_bank(job.config.synthesize, job.packs.voices.audition, count, job.config.run.seed)
    write_bank(target, voices)
    return len(voices)


# -- annotations


async def annotate(job: Job) -> Tally:
    """Explain the calls."""
    source, output = job.input or job.run.calls, job.output or job.run.annotations
    pack = job.packs.reasoning
    begin(output, {"annotate": job.config.annotate.model_dump(mode="json"), "packs": job.packs.version})

    async def work(call: Call) -> AnnotatedCall | Rejected:
        return await annotate_call(call, pack)

    return await _records(job, "annotate", read_records(source, Call), work, output, inputs=[source])


# -- release and benchmark


async def pack(job: Job) -> Release:
    """Pack the annotated calls as training data, without those the benchmark takes."""
    source, target = job.input or job.run.annotations, job.output or job.run.release
    config, seed = job.config, job.config.run.seed
    settings = {"pack": config.pack.model_dump(mode="json"), "bench": {"share": config.bench.share}}
    return pack_release(
        lambda: read_records(source, AnnotatedCall),
        source.parent,
        target,
        config.pack,
        seed=seed,
        bench_share=config.bench.share,
        content=_sealed_content(source, settings, seed),
    )


async def build_bench(job: Job) -> Snapshot:
    """Freeze the benchmark's share of the annotated calls."""
    source = job.input or job.run.annotations
    target = job.output or job.run.bench / job.config.bench.snapshot
    settings = {"bench": job.config.bench.model_dump(mode="json")}
    return freeze(
        lambda: read_records(source, AnnotatedCall),
        source.parent,
        target,
        job.config.bench,
        seed=job.config.run.seed,
        questions=job.packs.reasoning.questions,
        content=_sealed_content(source, settings, job.config.run.seed),
    )


Stage = Callable[[Job], Any]
STAGES: tuple[tuple[str, Stage], ...] = (
    ("generate-fraud", generate_fraud),
    ("generate-normal", generate_normal),
    ("synthesize", synthesize),
    ("annotate", annotate),
    ("pack", pack),
    ("build-bench", build_bench),
)
"""Every stage by its command, in the order of the flow."""


async def run(job: Job) -> list[tuple[str, Any]]:
    """Run every stage; a stage that is done costs no more than reading its ids."""
    note_config(job)
    done = []
    for name, stage in STAGES:
        result = await stage(job)
        if isinstance(result, Tally):
            result.check(job.config.run.rejected_limit)
        done.append((name, result))
    return done


def note_config(job: Job) -> None:
    """Keep the resolved config in the run folder, for `status` and for people."""
    settings = job.config.model_dump(mode="json", exclude={"run": {"folder"}})
    write_atomic(job.run.path / "config.json", dump_json(settings))


# -- what the stages share


async def _records(
    job: Job,
    name: str,
    records: Iterable[Any],
    work: Callable[[Any], Any],
    output: Path,
    *,
    inputs: list[Path],
    total: int | None = None,
    order: Callable[[], Iterable[str]] | None = None,
    concurrency: int | None = None,
    note: Callable[[], str] | None = None,
) -> Tally:
    """Run a stage over record files and write its manifest last."""
    started = time.time()
    if total is None:
        total = sum(map(count_lines, inputs))
    tally = await run_stage(
        name,
        records,
        work,
        output,
        concurrency=concurrency or job.config.run.concurrency,
        total=total,
        order=order,
        quiet=job.quiet,
        note=note,
    )
    files = [path for path in (output, rejected_path(output)) if path.exists()]
    write_manifest(
        output.parent / "manifests" / f"{output.stem}.json",
        {
            "inputs": {path.name: fingerprint(path) for path in inputs},
            "outputs": {path.name: fingerprint(path) for path in files},
            "config": _portable(job.config),
            "seed": job.config.run.seed,
            "rejected": count_lines(rejected_path(output)),
            **describe(output),
            TIMES: {"started": started, "ended": time.time()},
        },
    )
    return tally


def bill(chat: Chat) -> str:
    """Return what a chat service has cost so far, in a few words."""
    spent, money = chat.spent, f"{chat.cost:.2f} {chat.config.currency}" if chat.config.prices else "no prices set"
    return f"{spent.prompt + spent.completion:,} tokens ({spent.cached:,} cached), {money}, {chat.replayed:,} replayed"


def _portable(config: BaseModel) -> dict[str, Any]:
    """Return the settings that say what was made, without where and how fast."""
    return config.model_dump(
        mode="json",
        exclude={"run": {"folder", "name", "concurrency"}, "synthesize": NOT_HEARD, "generate": {"packs"}},
    )


def _sealed_content(source: Path, settings: Mapping[str, Any], seed: int) -> dict[str, Any]:
    if not source.exists():
        raise RecordError(f"{source}: not found. Run annotate first, or give --input.")
    made = describe(source)
    del made["counts"]  # a release and a snapshot count what they hold themselves
    return {"inputs": {source.name: fingerprint(source)}, "config": settings, "seed": seed, **made}
