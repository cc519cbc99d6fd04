"""START HERE: the stages in the order the data flows.

    scenarios/ ── generate_storylines             ──> storylines.jsonl
                  generate_fraud, generate_normal ──> dialogues.jsonl
                  synthesize                      ──> calls.jsonl + audio/
                  annotate                        ──> annotations.jsonl
                  pack                            ──> release/
                  build_bench                     ──> bench/<snapshot>/

A stage takes a `Job` and returns what it did. `run` does all of them; each is a command of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from antifraud.annotation.annotate import annotate as annotate_call
from antifraud.bench.build_bench import Snapshot
from antifraud.bench.build_bench import build_bench as freeze
from antifraud.chat_access import bill, open_chat, until_answered
from antifraud.config import Config
from antifraud.dialogue.checks import first_defect
from antifraud.dialogue.generate import generate
from antifraud.dialogue.llm_agents.estimate import SAMPLED_PLANS, Estimate, estimate
from antifraud.dialogue.scripted_agents.simulation import open_storyline
from antifraud.engine.stage import Tally, run_stage
from antifraud.errors import ConfigError, RecordError
from antifraud.intake.import_dialogues import Foreign, import_dialogue, read_foreign
from antifraud.records import AnnotatedCall, Assignment, Call, Dialogue, Rejected, Storyline, StorylinePlan
from antifraud.release.pack import Release
from antifraud.release.pack import pack as pack_release
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import (
    call_plans,
    everyday_ids,
    everyday_planned,
    plan_everyday,
    plan_storylines,
    seed_of,
    storylines_planned,
)
from antifraud.services.batch import BatchModel
from antifraud.speech_config import NOT_HEARD
from antifraud.standards import refuse_below_standard
from antifraud.store.files import write_atomic
from antifraud.store.lines import count_lines, read_records
from antifraud.store.manifest import TIMES, describe, dump_json, fingerprint, write_manifest
from antifraud.store.runs import RunFolder, begin, rejected_path

if TYPE_CHECKING:
    pass


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


async def generate_storylines(job: Job) -> Tally:
    """Grow the storylines: people, facts, the opening that their calls share, and a tree of branches."""
    config, seed, packs = job.config.generate, job.config.run.seed, job.packs
    output = job.output or job.run.storylines
    begin(output, {"seed": seed, "packs": packs.version, **_mix_settings(job.config)})

    async def work(plan: StorylinePlan) -> Storyline | Rejected:
        return open_storyline(plan, packs)

    return await _records(
        job,
        "generate-storylines",
        plan_storylines(config, seed, packs),
        work,
        output,
        inputs=[],
        total=storylines_planned(config),
    )


async def generate_fraud(job: Job) -> Tally:
    """Let the agents talk through the fraud branches of the storylines."""
    storylines = _storylines_of(job)
    await generate_storylines(replace(job, output=storylines))
    return await _generate(job, "generate-fraud", storylines, fraud=True)


async def generate_normal(job: Job) -> Tally:
    """Let the agents talk through the lawful and sales branches of the storylines, and the everyday calls."""
    storylines = _storylines_of(job)
    if not storylines.exists():
        await generate_storylines(replace(job, output=storylines))
    return await _generate(job, "generate-normal", storylines, fraud=False)


def _storylines_of(job: Job) -> Path:
    return (job.output or job.run.dialogues).with_name(job.run.storylines.name)


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

    async with open_chat(job.config, output.parent, replay=job.replay) as chat:

        async def work(given: Assignment) -> Dialogue | Rejected:
            return await generate(given, config, packs, chat)

        if isinstance(chat, BatchModel):
            await until_answered(chat, partial(_assignments, job, storylines, fraud=fraud), work)
        return await _records(
            job,
            name,
            _assignments(job, storylines, fraud=fraud),
            work,
            output,
            inputs=[storylines],
            total=len(of_fraud if fraud else of_others),
            order=lambda: [*of_fraud, *of_others],
            concurrency=job.config.llm.concurrency if chat else None,
            note=(lambda: bill(chat)) if chat else None,
        )


async def preview_calls(job: Job, count: int) -> list[Dialogue | Rejected]:
    """Talk through the first calls of each kind in turn, without writing any record."""
    config, packs = job.config.generate, job.packs
    async with open_chat(job.config, job.run.path, replay=job.replay) as chat:
        given = islice(sample_calls(job.config, packs), count)
        return list(await asyncio.gather(*(generate(each, config, packs, chat) for each in given)))


def sample_calls(config: Config, packs: Packs) -> Iterator[Assignment]:
    """Yield the calls of a config storyline by storyline, with an everyday call after each."""
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
    return estimate(islice(wanted, SAMPLED_PLANS), count, config.generate, config.llm, packs)


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
    content = _sealed_content(source, settings, seed)
    refuse_below_standard(job.config, source)
    return pack_release(
        lambda: read_records(source, AnnotatedCall),
        source.parent,
        target,
        config.pack,
        seed=seed,
        bench_share=config.bench.share,
        content=content,
    )


async def build_bench(job: Job) -> Snapshot:
    """Freeze the benchmark's share of the annotated calls."""
    source = job.input or job.run.annotations
    target = job.output or job.run.bench / job.config.bench.snapshot
    settings = {"bench": job.config.bench.model_dump(mode="json")}
    content = _sealed_content(source, settings, job.config.run.seed)
    refuse_below_standard(job.config, source)
    return freeze(
        lambda: read_records(source, AnnotatedCall),
        source.parent,
        target,
        job.config.bench,
        seed=job.config.run.seed,
        questions=job.packs.reasoning.questions,
        content=content,
    )


Stage = Callable[[Job], Any]
STAGES: tuple[tuple[str, Stage], ...] = (
    ("generate-storylines", generate_storylines),
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
