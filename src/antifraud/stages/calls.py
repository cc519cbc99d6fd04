"""Speech."""

from __future__ import annotations

from pathlib import Path

from antifraud.engine.stage import Tally
from antifraud.records import Call, Dialogue, Rejected
from antifraud.stages.job import Job, run_records
from antifraud.store.lines import read_records
from antifraud.store.runs import begin


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

        return await run_records(
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
