"""START HERE: a chat model judges how a model argued; points are expected values of the probabilities it states."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from antifraud.errors import ServiceError, Unanswered
from antifraud.evaluation.judge.cases import Case
from antifraud.evaluation.judge.rubric import SCHEMA_NAME, Dimension, Rating, check, points
from antifraud.evaluation_config import JudgeConfig
from antifraud.records import Record, Task
from antifraud.scenarios.prompts import fill_in
from antifraud.services.exchange import Chat
from antifraud.services.forms import UnusableAnswer, ask_for

Probe = Literal["none", "order", "length"]
"""order: the same with the reference shown behind what is judged; length: the same with words that say nothing."""
PROBES: Final[tuple[Probe, ...]] = ("order", "length")
_ORDERS: Final[Mapping[Probe, tuple[str, str]]] = {
    "none": ("reference", "judged"),
    "order": ("judged", "reference"),
    "length": ("reference", "judged"),
}


@dataclass(frozen=True)
class JudgePrompts:
    """What a judge is told, templates all but the padding."""

    rubric: str
    case: str
    padding: str
    repair: str


class Judgement(Record):
    """What a judge made of one answer, once."""

    id: str
    task: Task
    repeat: int
    probe: Probe
    is_right: bool
    characters: int
    """Of the reasoning, padding included."""
    points: dict[Dimension, float] | None
    """Each from 0 to 5; None where the judge gave none."""
    comment: str
    problem: Literal["unparseable", "unanswered"] | None = None
    """The judge's answers were not the form, also after a repair; or the service did not answer."""

    @property
    def total(self) -> float | None:
        """Of 15 points."""
        return None if self.points is None else sum(self.points.values())


@dataclass(frozen=True)
class Question:
    """A case that is put to the judge once."""

    case: Case
    repeat: int
    probe: Probe


def questions(cases: Sequence[Case], probed: Iterable[Case], repeats: int) -> list[Question]:
    """Return what is asked: each case in each repeat, and each probed one once more for each kind of bias."""
    asked = [Question(case, repeat, "none") for case in cases for repeat in range(repeats)]
    return asked + [Question(case, 0, probe) for case in probed for probe in PROBES]


class Judge:
    """A chat model that judges, as it was set up."""

    def __init__(self, chat: Chat, model: str, prompts: JudgePrompts, config: JudgeConfig) -> None:
        self._chat, self._model, self._prompts, self._config = chat, model, prompts, config

    async def judge(self, asked: Sequence[Question]) -> list[Judgement]:
        """Return a judgement for each question, side by side as far as the service takes it.

        Answers are in the journal before they are used: judging anew asks for what is missing alone.

        Raises:
            ServiceError: the service cannot be used as it is set up, or the budget is reached.
        """
        at_once, failed = asyncio.Semaphore(self._chat.config.concurrency), list[ServiceError]()

        async def one(question: Question) -> Judgement | None:
            async with at_once:
                if failed:  # what is under way is paid for and goes on, nothing else begins
                    return None
                try:
                    return await self.judged(question)
                except ServiceError as exc:
                    failed.append(exc)
                    return None

        found = await asyncio.gather(*map(one, asked))
        if failed:
            raise failed[0]
        return [judgement for judgement in found if judgement is not None]

    async def judged(self, question: Question) -> Judgement:
        """Return one judgement; errors as of `judge`."""
        case = question.case
        if question.probe == "length":
            case = replace(case, reasoning=f"{case.reasoning}\n{self._prompts.padding}")
        judgement = Judgement(
            id=case.id,
            task=case.task,
            repeat=question.repeat,
            probe=question.probe,
            is_right=case.is_right,
            characters=len(case.reasoning),
            points=None,
            comment="",
        )
        try:
            rating = await self._rating(case, question)
        except UnusableAnswer as exc:
            return judgement.model_copy(update={"problem": "unparseable", "comment": str(exc)})
        except Unanswered as exc:
            return judgement.model_copy(update={"problem": "unanswered", "comment": str(exc)})
        return judgement.model_copy(update={"points": points(rating), "comment": rating.comment})

    async def _rating(self, case: Case, question: Question) -> Rating:
        shown = {
            name: getattr(case, name)
            for name in ("question", "reasoning", "answer", "is_right", "reference_answer", "reference_reasoning")
        }
        told = fill_in(self._prompts.case, {**shown, "order": _ORDERS[question.probe]})
        rating, _ = await ask_for(
            self._chat,
            SCHEMA_NAME,
            Rating,
            ({"role": "system", "content": self._prompts.rubric.strip()}, {"role": "user", "content": told}),
            max_tokens=self._config.max_tokens,
            temperature=self._config.temperature,
            repair=self._prompts.repair,
            model=self._model,
            sample=question.repeat,
            accept=check,
        )
        return rating
