"""How a model argued on a snapshot, judged by a chat model; every judgement is kept beside the predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from antifraud.config import Config
from antifraud.errors import AntifraudError
from antifraud.evaluation.bench_calls import read_calls
from antifraud.evaluation.judge.cases import Case, cases
from antifraud.evaluation.judge.judge import Judge, Judgement, JudgePrompts, questions
from antifraud.evaluation.judge.judge_model import choose_judge, teachers
from antifraud.evaluation.judge.judge_results import JudgeResults
from antifraud.evaluation.judge.judge_summary import Questions, summarise
from antifraud.evaluation.matching import match
from antifraud.evaluation.paper_total import paper_total
from antifraud.evaluation.records import Prediction
from antifraud.evaluation.score import score_on
from antifraud.evaluation.truths import TASKS, Bench, read_bench
from antifraud.scenarios.loading import packs_folder
from antifraud.services.batch import BatchModel
from antifraud.stages.chat_access import open_chat, until_answered
from antifraud.store.files import sha256_of, write_atomic
from antifraud.store.lines import dump_line, read_records
from antifraud.store.manifest import dump_json
from antifraud.store.sealed import read_manifest

JUDGEMENTS = "judgements.jsonl"
SUMMARY = "judge.json"


@dataclass(frozen=True)
class JudgeJob:
    """What is judged, and where the judgements go."""

    config: Config
    bench: Path
    predictions: Path
    output: Path
    """A folder: the journal of the chat service, every judgement, and the results."""
    replay: bool = False


async def judge(job: JudgeJob) -> JudgeResults:
    """Judge the answers of a predictions file.

    Raises:
        AntifraudError: snapshot or predictions cannot be read, or the snapshot holds no reasoning to compare with.
        ServiceError: the chat service cannot be used as it is set up, or the budget is reached.
    """
    config, bench = job.config.judge, read_bench(job.bench)
    answered = match(job.predictions, bench)
    calls = read_calls(job.bench)
    chosen = _drawn([call.id for call in bench.calls], config.calls, job.config.run.seed, "judge")
    whole = {each.id: each for each in read_records(job.predictions, Prediction) if each.heard_seconds is None}
    asked = list(cases(calls, whole, frozenset(chosen)))
    if not asked:
        raise AntifraudError(f"{job.bench}: no reference holds reasoning; judge on a snapshot of annotated calls.")
    taught = teachers(read_manifest(job.bench)[1])
    model = choose_judge(job.config, taught)
    judgements = await _judgements(job, model, [each for each in asked if isinstance(each, Case)])
    results = summarise(
        Questions(asked, judgements, {call.id: call.storyline for call in bench.calls}),
        config,
        seed=job.config.run.seed,
        known={
            "model": answered.model,
            "snapshot": bench.snapshot,
            "seal": bench.seal,
            "predictions_sha256": sha256_of(job.predictions),
            "judge": model,
            "teachers": tuple(sorted(taught)),
            "is_teacher": model in taught,
            "calls": len(chosen),
        },
    )
    results = results.model_copy(update={"paper_total": _total(results, bench, job.predictions, len(chosen))})
    write_atomic(job.output / JUDGEMENTS, b"".join(map(dump_line, judgements)))
    write_atomic(job.output / SUMMARY, dump_json(results.model_dump(mode="json")))
    return results


async def _judgements(job: JudgeJob, model: str, asked: Sequence[Case]) -> list[Judgement]:
    probed = _drawn([f"{case.id}:{case.task}" for case in asked], job.config.judge.probed, job.config.run.seed, "probe")
    names = frozenset(probed)
    job.output.mkdir(parents=True, exist_ok=True)
    llm = job.config.llm.model_copy(update={"model": model})
    config = job.config.model_copy(update={"llm": llm})
    async with open_chat(config, job.output, replay=job.replay) as chat:
        judge = Judge(chat, model, _prompts(), config.judge)
        again = [case for case in asked if f"{case.id}:{case.task}" in names]
        wanted = questions(asked, again, config.judge.repeats)
        if isinstance(chat, BatchModel):
            await until_answered(chat, lambda: wanted, judge.judged)
        return await judge.judge(wanted)


def _prompts() -> JudgePrompts:
    folder = packs_folder() / "prompts"
    rubric, case, padding, repair = (
        (folder / f"{name}.md").read_text(encoding="utf-8")
        for name in ("judge", "judge_case", "judge_padding", "repair")
    )
    return JudgePrompts(rubric, case, padding.strip(), repair)


def _drawn(names: Sequence[str], count: int | None, seed: int, purpose: str) -> list[str]:
    """Return some of the names, by a hash of seed and name, so that more of them keep those before."""
    ranked = sorted(names, key=lambda name: sha256(f"{seed}:{purpose}:{name}".encode()).digest())
    return ranked[: len(ranked) if count is None else count]


def _total(results: JudgeResults, bench: Bench, predictions: Path, calls: int) -> float | None:
    """Return the paper's total; None where a part of it is missing."""
    if calls < len(bench.calls) or results.points.value is None:
        return None
    tasks = score_on(bench, predictions, draws=1).strict.tasks
    f1 = [tasks[task].figures["weighted_f1"].value if task in tasks else None for task in TASKS]
    scene, fraud, kind = f1
    if scene is None or fraud is None or kind is None:
        return None
    return paper_total(100 * scene, 100 * fraud, 100 * kind, results.points.value)
