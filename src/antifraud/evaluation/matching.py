"""Joins predictions with the calls of a snapshot by id; nothing is dropped without being told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antifraud.errors import RecordError
from antifraud.evaluation.answer_words import FRAUD
from antifraud.evaluation.parsing import Reading, Status, read_given
from antifraud.evaluation.records import Prediction
from antifraud.evaluation.truths import TASKS, Bench, Codes
from antifraud.records import Task
from antifraud.store.lines import read_records

UNASKED: Final = "unasked"
"""The round was not asked for: in a chain, the type of a call that the model took for lawful."""
MISSING: Final = "missing"
"""The file holds no prediction for the call."""
UNREADABLE: Final = tuple(status.value for status in Status if status is not Status.VALID)
NON_ANSWERS: Final = (*UNREADABLE, UNASKED, MISSING)
"""What an answer can be besides a label; their codes follow those of the labels."""
_SAME_CUT_SECONDS: Final = 0.005
"""How far `heard_seconds` may lie from the item's cut: both are written with at most three digits."""


@dataclass(frozen=True)
class Beginnings:
    """Verdicts on beginnings of calls, one a prediction, by call and then by time."""

    call: NDArray[np.intp]
    heard_seconds: NDArray[np.float64]
    verdict: Codes
    """Strict outcome of the fraud task."""


@dataclass(frozen=True)
class Answers:
    """What a model answered, as codes: the place of a label in the closed set, or behind it of a non-answer."""

    model: str
    strict: Mapping[Task, Codes]
    """Shape (calls,) for each task that was asked for anywhere."""
    lenient: Mapping[Task, Codes]
    confidence: NDArray[np.float64]
    """Stated for the strict verdict on fraud, shape (calls,); NaN where none is."""
    beginnings: Beginnings | None
    missing: tuple[str, ...]
    """Ids of calls without a prediction."""


class _Sheet:
    """Codes that fill up while predictions are read."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        size = len(bench.calls)
        self.places = {call.id: at for at, call in enumerate(bench.calls)}
        self.codes = {task: _codes_of(bench.labels[task]) for task in TASKS}
        self.strict = {task: np.full(size, self.codes[task][MISSING], np.int16) for task in TASKS}
        self.lenient = {task: np.full(size, self.codes[task][MISSING], np.int16) for task in TASKS}
        self.confidence = np.full(size, np.nan)
        self.asked: set[Task] = set()
        self.beginnings: dict[tuple[int, float], int] = {}
        self.seen = np.zeros(size, np.bool_)
        self.models: set[str] = set()

    def put(self, prediction: Prediction, place: int) -> None:
        """Note the answers to one call or beginning."""
        call = self.bench.calls[place]
        readings = {given.task: read_given(given, call.label_set) for given in prediction.answers}
        if prediction.heard_seconds is not None:
            strict, _ = self._outcomes("fraud", readings.get("fraud"))
            self.beginnings[place, prediction.heard_seconds] = strict
            return
        self.seen[place] = True
        self.asked.update(readings)
        for task in TASKS:
            self.strict[task][place], self.lenient[task][place] = self._outcomes(task, readings.get(task))
        fraud = readings.get("fraud")
        if fraud and fraud.strict and fraud.confidence is not None:
            self.confidence[place] = fraud.confidence

    def _outcomes(self, task: Task, reading: Reading | None) -> tuple[int, int]:
        codes = self.codes[task]
        if reading is None:
            return codes[UNASKED], codes[UNASKED]
        strict = codes[reading.strict or reading.status.value]
        return strict, codes[reading.lenient] if reading.lenient else strict


def _codes_of(labels: Iterable[str]) -> dict[str, int]:
    return {name: code for code, name in enumerate((*labels, *NON_ANSWERS))}


def match(path: Path, bench: Bench) -> Answers:
    """Return the answers of a predictions file, call by call.

    Raises:
        RecordError: a call that is not in the snapshot, a call answered twice, a beginning that no cut ends, two models
            in one file, or no whole call answered.
    """
    sheet = _Sheet(bench)
    for number, prediction in enumerate(read_records(path, Prediction), start=1):
        where = f"{path}:{number}"
        if (place := sheet.places.get(prediction.id)) is None:
            raise RecordError(
                f"{where}: {prediction.id} is no call of {bench.snapshot}; give the bench it was made for."
            )
        sheet.put(_cut_of(prediction, place, sheet, where), place)
        sheet.models.add(prediction.model)
        if len(sheet.models) > 1:
            names = " and ".join(sorted(sheet.models))
            raise RecordError(f"{where}: answers of {names} in one file; expected one model. Score them apart.")
    if not sheet.asked:
        raise RecordError(f"{path}: answers no whole call; expected predictions for {len(bench.calls)} calls.")
    return Answers(
        model=next(iter(sheet.models)),
        strict={task: sheet.strict[task] for task in TASKS if task in sheet.asked},
        lenient={task: sheet.lenient[task] for task in TASKS if task in sheet.asked},
        confidence=sheet.confidence,
        beginnings=_in_order(sheet.beginnings),
        missing=tuple(call.id for call, is_there in zip(bench.calls, sheet.seen, strict=True) if not is_there),
    )


def _cut_of(prediction: Prediction, place: int, sheet: _Sheet, where: str) -> Prediction:
    """Return a prediction with the very cut it was made at; refuse what was answered before."""
    heard = prediction.heard_seconds
    if heard is None:
        if sheet.seen[place]:
            raise RecordError(f"{where}: {prediction.id} is answered twice; remove one of the lines.")
        return prediction
    cuts = sheet.bench.calls[place].cuts_seconds
    cut = min(cuts, key=lambda cut: abs(cut - heard), default=None)
    if cut is None or abs(cut - heard) > _SAME_CUT_SECONDS:
        fits = ", ".join(f"{cut:g}" for cut in cuts) or "no beginning of this call"
        raise RecordError(f"{where}: heard_seconds is {heard:g}; expected {fits}, or null for the whole call.")
    if (place, cut) in sheet.beginnings:
        raise RecordError(f"{where}: {prediction.id} is answered twice at {cut:g} s; remove one of the lines.")
    return prediction if cut == heard else prediction.model_copy(update={"heard_seconds": cut})


def _in_order(verdicts: Mapping[tuple[int, float], int]) -> Beginnings | None:
    if not verdicts:
        return None
    keys = sorted(verdicts)
    return Beginnings(
        call=np.array([place for place, _ in keys], np.intp),
        heard_seconds=np.array([heard for _, heard in keys]),
        verdict=np.array([verdicts[key] for key in keys], np.int16),
    )


def fraud_code(bench: Bench) -> int:
    """Return the code of the verdict `fraud`."""
    return bench.labels["fraud"].index(FRAUD)
