"""What a judge is asked about: the reasoning and the answer of a model, beside those of the reference."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from antifraud.evaluation.answer_words import FIELDS, FRAUD, NORMAL
from antifraud.evaluation.bench_calls import BenchCalls
from antifraud.evaluation.parsing import read_given
from antifraud.evaluation.records import Given, Prediction
from antifraud.evaluation.thinking import thoughts
from antifraud.evaluation.truths import TASKS
from antifraud.records import Round, Task
from antifraud.snapshot import Item, Reference

LONGEST_CHARACTERS: Final = 8000
"""Of a reasoning that a judge is shown; what a model that runs wild goes on to say is cut off. A design choice."""
_NO_MARKS: Final = str.maketrans("【】", "〔〕")
_SAYS_NOTHING: Final = "（没有给出可读的答案）"
_IN_CHINESE: Final = {FRAUD: "是诈骗", NORMAL: "不是诈骗"}
Silence = Literal["missing", "unasked", "silent"]
"""No prediction for the call; the round was not asked for; the answer never came, or holds no word."""


@dataclass(frozen=True)
class Case:
    """One answer of a model to one question."""

    id: str
    task: Task
    storyline: str
    question: str
    reasoning: str
    answer: str
    is_right: bool
    """By the strict reading of the answer."""
    reference_answer: str
    reference_reasoning: str


@dataclass(frozen=True)
class Blank:
    """A question whose answer holds nothing to judge; it gets no point."""

    id: str
    task: Task
    storyline: str
    why: Silence


def cases(
    calls: BenchCalls, predictions: Mapping[str, Prediction], chosen: Collection[str], tasks: Collection[Task] = TASKS
) -> Iterator[Case | Blank]:
    """Yield a case for each question of a chosen call that the reference argues, in the order of calls and tasks."""
    for item, reference in calls.pairs():
        if item.id not in chosen:
            continue
        argued = {round_.task: round_ for round_ in reference.rounds}
        for task in TASKS:
            if task in argued and task in tasks:
                yield _case(item, reference, argued[task], predictions.get(item.id))


def _case(item: Item, reference: Reference, right: Round, prediction: Prediction | None) -> Case | Blank:
    given = prediction.answer_to(right.task) if prediction else None
    reasoning = reasoning_of(given) if given else ""
    if given is None or not reasoning:
        why: Silence = "missing" if prediction is None else "unasked" if given is None else "silent"
        return Blank(item.id, right.task, reference.storyline, why)
    said, truth = read_given(given, item.label_set).strict, _label(right)
    return Case(
        id=item.id,
        task=right.task,
        storyline=reference.storyline,
        question=item.questions[right.task],
        reasoning=reasoning,
        answer=_IN_CHINESE.get(said, said) if said else _SAYS_NOTHING,
        is_right=said == truth,
        reference_answer=_IN_CHINESE.get(truth, truth),
        reference_reasoning=right.think,
    )


def reasoning_of(given: Given) -> str:
    """Return what a model thought: apart from its text or in it, or where it does not say so, its whole text.

    The brackets that part the pieces of the judge's material become others, so that nobody writes pieces of his own.
    """
    text = (given.reasoning or "").strip() or thoughts(given.raw or "") or (given.raw or "").strip()
    text = text.translate(_NO_MARKS)
    return text if len(text) <= LONGEST_CHARACTERS else f"{text[:LONGEST_CHARACTERS]}……"


def _label(round_: Round) -> str:
    value = getattr(round_.answer, FIELDS[round_.task])
    return (FRAUD if value else NORMAL) if isinstance(value, bool) else str(value)
