"""Scores the answers of a model on a snapshot: truth comes from the snapshot alone, answers from the file alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from antifraud.evaluation.comparison import compare, difference_blocks
from antifraud.evaluation.confidence_scores import confidence_blocks, exact_ranking, stated_share
from antifraud.evaluation.early_detection import Courses, courses, early_block, early_detection
from antifraud.evaluation.matching import Answers, match
from antifraud.evaluation.redrawing import DRAWS, Block, Figure, Redrawn, redraw
from antifraud.evaluation.results import NAMED_MISSING, Confidence, Reading, Results, Slice
from antifraud.evaluation.slices import Key, Places, heard_blocks, members, slice_blocks, slice_of
from antifraud.evaluation.task_scores import Outcomes, task_blocks, task_scores
from antifraud.evaluation.truths import Bench, read_bench
from antifraud.store.files import sha256_of

Place = tuple[str, ...]
"""Part of the results, then the name in it: ("strict", "scene"), ("slices", "codec", "alaw")."""


def score(
    folder: Path, predictions: Path, *, against: Path | None = None, draws: int = DRAWS, seed: int = 0
) -> Results:
    """Return all scores of a predictions file on a snapshot.

    Args:
        against: predictions of another model, to compare with.

    Raises:
        AntifraudError: as `read_bench` and `match` do.
    """
    return score_on(read_bench(folder), predictions, against=against, draws=draws, seed=seed)


def score_on(
    bench: Bench, predictions: Path, *, against: Path | None = None, draws: int = DRAWS, seed: int = 0
) -> Results:
    """Return the same for a snapshot that was read already."""
    answers = match(predictions, bench)
    other = match(against, bench) if against else None
    found, parts = courses(bench, answers), members(bench)
    blocks = _blocks(bench, answers, other, found, parts)
    redrawn = redraw(blocks, bench.storylines, draws=draws, seed=seed)
    return Results(
        model=answers.model,
        snapshot=bench.snapshot,
        seal=bench.seal,
        label_sets=tuple(sorted({call.label_set for call in bench.calls})),
        predictions_sha256=sha256_of(predictions),
        calls=len(bench.calls),
        storylines=bench.storylines,
        missing=len(answers.missing),
        missing_ids=answers.missing[:NAMED_MISSING],
        draws=draws,
        seed=seed,
        strict=_reading(bench, answers.strict, _part(redrawn, "strict")),
        lenient=_reading(bench, answers.lenient, _part(redrawn, "lenient")),
        confidence=_confidence(bench, answers, _part(redrawn, "confidence")),
        slices=_slices(blocks, redrawn),
        early=early_detection(found, redrawn["early", "early"]) if found else None,
        comparison=compare(bench, answers, other, sha256_of(against), _part(redrawn, "comparison"))
        if other and against
        else None,
    )


def _blocks(
    bench: Bench, answers: Answers, other: Answers | None, found: Courses | None, slices: Mapping[Key, Places]
) -> dict[Place, Block]:
    blocks: dict[Place, Block] = {}
    for part, of_part in (
        ("strict", task_blocks(bench, answers.strict)),
        ("lenient", task_blocks(bench, answers.lenient)),
        ("confidence", confidence_blocks(bench, answers)),
        ("early", {"early": early_block(bench, found)} if found else {}),
        ("comparison", difference_blocks(bench, answers, other) if other else {}),
    ):
        blocks |= {(part, name): block for name, block in of_part.items()}
    for key, block in (slice_blocks(bench, answers, slices) | heard_blocks(bench, answers)).items():
        blocks["slices", *key] = block
    return blocks


def _part(redrawn: Mapping[Place, Redrawn], part: str) -> dict[str, Redrawn]:
    return {place[1]: each for place, each in redrawn.items() if place[0] == part}


def _reading(bench: Bench, outcomes: Outcomes, redrawn: Mapping[str, Redrawn]) -> Reading:
    chain: dict[str, Figure] = {}
    for name in ("joint", "mean"):
        if name in redrawn:
            chain |= redrawn[name].figures()
    return Reading(
        tasks={task: task_scores(bench, outcomes, task, redrawn[task]) for task in outcomes},
        chain=chain,
    )


def _confidence(bench: Bench, answers: Answers, redrawn: Mapping[str, Redrawn]) -> Confidence | None:
    if not redrawn:
        return None
    ranking = replace(redrawn["ranking"], measured=exact_ranking(bench, answers))
    figures = {**ranking.figures(), **redrawn["calibration"].figures()}
    return Confidence(stated_share=stated_share(bench, answers), figures=figures)


def _slices(blocks: Mapping[Place, Block], redrawn: Mapping[Place, Redrawn]) -> tuple[Slice, ...]:
    return tuple(
        slice_of((place[1], place[2]), blocks[place], each) for place, each in redrawn.items() if place[0] == "slices"
    )
