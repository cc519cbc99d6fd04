"""A model is asked about the benchmark, and its answers are scored."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from antifraud.config import Config
from antifraud.engine.stage import Tally, run_stage
from antifraud.errors import IntegrityError, UsageError
from antifraud.evaluation.audio_sent import AudioSent, audio_sent
from antifraud.evaluation.records import Prediction
from antifraud.evaluation.results import Results
from antifraud.evaluation.rounds import Asked, key_of_line, predict
from antifraud.evaluation.score import score
from antifraud.evaluation.truths import TASKS
from antifraud.evaluation.wording import wording_version
from antifraud.records import Task
from antifraud.stages.job import Job
from antifraud.stages.tested_models import Opened, asked_of, items_of, open_model
from antifraud.store.files import locked, sha256_of, write_atomic
from antifraud.store.lines import dump_line, read_records
from antifraud.store.manifest import TIMES, dump_json, fingerprint, write_manifest
from antifraud.store.runs import begin
from antifraud.store.sealed import differences, read_manifest

RESULTS_FOLDER: Final = Path("results")
PREDICTIONS, RESULTS, MANIFEST = "predictions.jsonl", "results.json", "manifest.json"
_SHOWN: Final = 5
"""Differences of a damaged snapshot that are named."""
_NOT_ASKED: Final = {"concurrency", "timeout_seconds", "draws"}
"""Settings of `evaluate` that change no answer."""


@dataclass(frozen=True)
class Evaluated:
    """How an evaluation ended."""

    folder: Path
    tally: Tally
    results: Results
    sent: AudioSent | None
    """None for a model that reads."""


async def evaluate(job: Job, bench: Path, name: str, *, again: bool = False) -> Evaluated:
    """Ask a model about every call of a snapshot and score what it says.

    Args:
        job: its output is the folder of the results.
        name: of the model, as it stands in the predictions.
        again: ask once more about calls that an answer never came for.

    Raises:
        IntegrityError: the snapshot is not as it was sealed; nothing has been asked then.
        AntifraudError: as of `open_model`, of the service and of the store.
    """
    started = time.time()
    folder = job.output or RESULTS_FOLDER / folder_name(name)
    refuse_within(folder, bench)
    refuse_damaged(bench)
    predictions = folder / PREDICTIONS
    begin(predictions, _decisive(job.config, bench, name))
    if again:
        drop_errors(predictions)
    async with open_model(job.config, bench, name, folder, replay=job.replay) as opened:
        tally = await _ask(job, bench, opened, predictions)
    results = score(bench, predictions, draws=job.config.evaluate.draws, seed=job.config.run.seed)
    write_atomic(folder / RESULTS, dump_json(results.model_dump(mode="json")))
    sent = None
    if job.config.evaluate.kind != "transcript":
        sent = audio_sent(predictions, {item.id: item.duration_seconds for item in items_of(bench)})
    _note(folder, job.config, bench, name, started, sent)
    return Evaluated(folder, tally, results, sent)


def _note(folder: Path, config: Config, bench: Path, name: str, started: float, sent: AudioSent | None) -> None:
    write_manifest(
        folder / MANIFEST,
        {
            **_decisive(config, bench, name),
            "outputs": {path.name: fingerprint(path) for path in (folder / PREDICTIONS, folder / RESULTS)},
            "audio": sent.model_dump(mode="json") if sent else None,
            "seed": config.run.seed,
            TIMES: {"started": started, "ended": time.time()},
        },
    )


def folder_name(model: str) -> str:
    """Return what the folder of a model's results is called: org/model becomes org--model."""
    return re.sub(r"[^\w.+-]+", "--", model).lstrip(".-") or "model"


def refuse_within(folder: Path, bench: Path) -> None:
    """Raise UsageError where results would be written into a snapshot."""
    if folder.resolve().is_relative_to(bench.resolve()):
        raise UsageError(f"{folder}: lies within the snapshot, which nobody writes into; give another --output.")


def refuse_damaged(bench: Path) -> None:
    """Look at a snapshot, audio and all.

    Raises:
        IntegrityError: it is not as it was sealed, or items name other files than those of its manifest.
    """
    if found := list(islice(differences(bench), _SHOWN)):
        raise IntegrityError(f"{bench}: {'; '.join(found)}. Nothing was asked; restore the snapshot.")
    _, manifest = read_manifest(bench)
    for item in items_of(bench):
        listed = manifest["files"].get(item.audio)
        if listed is None or listed["sha256"] != item.sha256:
            raise IntegrityError(
                f"{bench / 'items.jsonl'}: {item.id}: {item.audio} is not in the manifest with the item's checksum."
                " Nothing was asked; build the snapshot again."
            )


def drop_errors(predictions: Path) -> None:
    """Take those predictions out of a file that hold an answer which never came."""
    if predictions.exists():
        with locked(predictions):
            kept = [each for each in read_records(predictions, Prediction) if not _failed(each)]
            write_atomic(predictions, b"".join(map(dump_line, kept)))


def _failed(prediction: Prediction) -> bool:
    return any(given.finish == "error" for given in prediction.answers)


async def _ask(job: Job, bench: Path, opened: Opened, predictions: Path) -> Tally:
    config, model = job.config.evaluate, opened.model
    tasks: tuple[Task, ...] = ("fraud",) if config.binary else TASKS

    async def work(asked: Asked) -> Prediction:
        return await predict(model, asked, tasks, is_chain=config.chain)

    return await run_stage(
        "evaluate",
        asked_of(bench, job.config),
        work,
        predictions,
        concurrency=config.concurrency,
        total=sum(1 for _ in asked_of(bench, job.config)),
        quiet=job.quiet,
        note=opened.note,
        key=key_of_line,
    )


def _decisive(config: Config, bench: Path, name: str) -> dict[str, Any]:
    """Return what decides the answers, for the manifest and for those who go on with a run."""
    _, manifest = read_manifest(bench)
    decisive = {
        "model": name,
        "snapshot": manifest.get("snapshot", bench.name),
        "seal": manifest["seal"],
        "wording": wording_version(),
        "evaluate": config.evaluate.model_dump(mode="json", exclude=_NOT_ASKED),
    }
    if config.evaluate.transcript is not None:
        decisive["transcript_sha256"] = sha256_of(config.evaluate.transcript)
    if config.evaluate.kind != "command":
        decisive["llm"] = config.llm.model_dump(mode="json", include={"preset", "model", "extra_body"})
    return decisive
