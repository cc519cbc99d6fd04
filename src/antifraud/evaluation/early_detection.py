"""Early detection: when the verdict on a growing beginning of a call is right and stays so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antifraud.evaluation.classification import share
from antifraud.evaluation.matching import MISSING, NON_ANSWERS, Answers, fraud_code
from antifraud.evaluation.redrawing import Block, Floats, Redrawn
from antifraud.evaluation.results import EarlyDetection
from antifraud.evaluation.truths import Bench

_QUANTILES: Final = (0.1, 0.5, 0.9)


@dataclass(frozen=True)
class Course:
    """How the verdict on one call went."""

    place: int
    is_fraud: bool
    stable_seconds: float | None
    """From which beginning on, in seconds, every verdict is right, that on the whole call too; None where it is not."""
    heard_share: float | None
    """The same as a share of the call."""
    delay_seconds: float | None
    """From the end of the first decisive turn; negative for a verdict before anything decided."""
    early_alarms: int
    """Beginnings called fraud before anything decided: of a lawful call every one."""
    unanswered: int


@dataclass(frozen=True)
class Courses:
    """Of all calls that have a beginning; fraud calls without a known decisive turn are left out."""

    each: tuple[Course, ...]
    beginnings: int


def courses(bench: Bench, answers: Answers) -> Courses | None:
    """Return how the verdicts on each call went; None where no beginning was answered."""
    begun = answers.beginnings
    if begun is None or "fraud" not in answers.strict:
        return None
    said = {
        (int(place), float(heard)): int(verdict)
        for place, heard, verdict in zip(begun.call, begun.heard_seconds, begun.verdict, strict=True)
    }
    fraud = fraud_code(bench)
    kept = [
        place
        for place, call in enumerate(bench.calls)
        if call.cuts_seconds and (bench.truth["fraud"][place] != fraud or call.decisive_seconds is not None)
    ]
    each = tuple(_course(bench, place, said, int(answers.strict["fraud"][place])) for place in kept)
    return Courses(each, len(said))


def _course(bench: Bench, place: int, said: dict[tuple[int, float], int], whole: int) -> Course:
    call, fraud, truth = bench.calls[place], fraud_code(bench), int(bench.truth["fraud"][place])
    missing = len(bench.labels["fraud"]) + NON_ANSWERS.index(MISSING)
    verdicts = [(cut, said.get((place, cut), missing)) for cut in sorted(call.cuts_seconds)]
    decided = call.decisive_seconds if call.decisive_seconds is not None else call.duration_seconds
    alarms = sum(verdict == fraud for cut, verdict in verdicts if cut < decided)
    stable = None
    for cut, verdict in [(call.duration_seconds, whole), *reversed(verdicts)]:
        if verdict != truth:
            break
        stable = cut
    is_fraud = truth == fraud
    return Course(
        place=place,
        is_fraud=is_fraud,
        stable_seconds=stable,
        heard_share=None if stable is None or not call.duration_seconds else min(1.0, stable / call.duration_seconds),
        delay_seconds=None if stable is None or not is_fraud else stable - decided,
        early_alarms=alarms,
        unanswered=sum(verdict == missing for _, verdict in verdicts),
    )


def early_block(bench: Bench, found: Courses) -> Block:
    """Return the block of shares and means.

    Cells: fraud calls, of them detected, their shares of the call heard, their delays, those called fraud too early;
    lawful calls, of them those with an alarm on the way, their alarms, and those right for good.
    """
    rows: list[tuple[int, int, float]] = []
    for course in found.each:
        first = 0 if course.is_fraud else 5
        is_stable, alarmed = course.stable_seconds is not None, float(course.early_alarms > 0)
        amounts = (
            (1.0, float(is_stable), course.heard_share or 0.0, course.delay_seconds or 0.0, alarmed)
            if course.is_fraud
            else (1.0, alarmed, float(course.early_alarms), float(is_stable))
        )
        rows += [(first + at, course.place, amount) for at, amount in enumerate(amounts)]
    cell, place, amount = (np.array(column) for column in zip(*rows)) if rows else (np.array([], np.intp),) * 3
    places: NDArray[np.intp] = place.astype(np.intp)
    return Block(9, cell.astype(np.intp), bench.storyline[places], early_figures, amount.astype(np.float64))


def early_figures(counts: Floats) -> dict[str, Floats]:
    """Return the figures of early detection from sums in the cells of `early_block`."""
    fraud, detected, heard, delay, hasty, lawful, alarmed, alarms, calm = np.moveaxis(counts, -1, 0)
    return {
        "detected_share": share(detected, fraud),
        "mean_heard_share": share(heard, detected),
        "mean_delay_seconds": share(delay, detected),
        "called_before_decisive_share": share(hasty, fraud),
        "false_alarm_share": share(alarmed, lawful),
        "false_alarms_per_call": share(alarms, lawful),
        "cleared_share": share(calm, lawful),
    }


def early_detection(found: Courses, redrawn: Redrawn) -> EarlyDetection:
    """Return what is reported of early detection."""
    fraud = [course for course in found.each if course.is_fraud]
    figures = {
        "heard_share": [course.heard_share for course in fraud if course.heard_share is not None],
        "delay_seconds": [course.delay_seconds for course in fraud if course.delay_seconds is not None],
    }
    return EarlyDetection(
        beginnings=found.beginnings,
        unanswered=sum(course.unanswered for course in found.each),
        fraud_calls=len(fraud),
        other_calls=len(found.each) - len(fraud),
        figures=redrawn.figures(),
        quantiles={name: _quantiles(values) for name, values in figures.items()},
    )


def _quantiles(values: list[float]) -> dict[str, float | None]:
    return {f"p{100 * q:.0f}": float(np.quantile(values, q)) if values else None for q in _QUANTILES}
