"""Calls from elsewhere: dialogues of other projects, recordings and transcripts of real calls."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from antifraud.dialogue.checks import first_defect
from antifraud.engine.stage import Tally
from antifraud.intake.import_dialogues import Foreign, import_dialogue, read_foreign
from antifraud.intake.ingest import STAGE
from antifraud.intake.ingest import ingest as take_in
from antifraud.intake.sources import Source
from antifraud.privacy.anonymiser import Anonymiser
from antifraud.records import Dialogue, Rejected
from antifraud.scenarios.plans import seed_of
from antifraud.stages.ingestion import Delivery, Intake
from antifraud.stages.job import Job, run_records
from antifraud.store.runs import begin


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
    return await run_records(job, "import-dialogues", records, work, output, inputs=files)


async def ingest(job: Job, delivery: Delivery, anonymiser: Anonymiser) -> tuple[Tally, dict[str, str]]:
    """Take in recordings and transcripts of real calls, anonymised; also return where each id came from."""
    intake, output = Intake(job.config, delivery, anonymiser), job.output or job.run.dialogues
    begin(output, intake.settings())
    async with intake.open_desk(output.parent) as desk:

        async def work(source: Source) -> Dialogue | Rejected:
            return await take_in(source, desk)

        note = partial(intake.note, desk.recogniser)
        tally = await run_records(job, STAGE, intake.sources(), work, output, inputs=[], total=intake.total, note=note)
    return tally, intake.places
