"""Annotations."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from antifraud.annotation.annotate import annotate as annotate_by_rules
from antifraud.annotation.annotate import annotate_by_model
from antifraud.annotation.llm_reasoner import LlmReasoner
from antifraud.engine.stage import Tally
from antifraud.records import AnnotatedCall, Call, Disagreement, Rejected
from antifraud.services.batch import BatchModel
from antifraud.stages.chat_access import of_chat, open_chat, until_answered
from antifraud.stages.job import Job, run_records
from antifraud.store.lines import RecordFile, dump_line, read_records
from antifraud.store.runs import begin


async def annotate(job: Job) -> Tally:
    """Explain the calls; what a model said that was not right lies beside them, in disagreements.jsonl."""
    source, output = job.input or job.run.calls, job.output or job.run.annotations
    config = job.config.annotate
    decisive: dict[str, Any] = {"annotate": config.model_dump(mode="json"), "packs": job.packs.version}
    if config.engine == "llm":
        decisive["llm"] = job.config.llm.model_dump(mode="json", include={"preset", "model", "extra_body"})
    begin(output, decisive)
    stage = partial(run_records, job, "annotate", output=output, inputs=[source])
    if config.engine == "llm":
        return await _by_model(job, source, output, stage)

    async def work(call: Call) -> AnnotatedCall | Rejected:
        return annotate_by_rules(call, source.parent, job.packs.reasoning, config)

    return await stage(read_records(source, Call), work)


async def _by_model(job: Job, source: Path, output: Path, stage: Any) -> Tally:
    config, packs = job.config.annotate, job.packs
    async with open_chat(job.config, output.parent, replay=job.replay) as chat:
        reasoner = LlmReasoner(packs.reasoning, packs.prompts, chat, config)
        name = config.model or job.config.llm.model or job.config.llm.preset

        with RecordFile[Disagreement](output.with_name("disagreements.jsonl")) as asides:

            async def work(call: Call) -> AnnotatedCall | Rejected:
                result, aside = await annotate_by_model(call, source.parent, reasoner, config, name)
                if aside is not None and call.id not in asides:
                    asides.put(aside.id, dump_line(aside))
                return result

            if isinstance(chat, BatchModel):
                await until_answered(chat, partial(read_records, source, Call), work)
            tally: Tally = await stage(read_records(source, Call), work, **of_chat(job.config, chat))
            asides.settle(call.id for call in read_records(source, Call))
    return tally
