"""Asks a model everything there is to ask about one call, or about a beginning of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from antifraud.evaluation.answer_words import FRAUD
from antifraud.evaluation.models import Model
from antifraud.evaluation.parsing import read_given
from antifraud.evaluation.records import Given, Prediction
from antifraud.records import Task
from antifraud.snapshot import Item


@dataclass(frozen=True)
class Asked:
    """A call, or a beginning of it, that is asked about."""

    item: Item
    heard_seconds: float | None

    @property
    def id(self) -> str:
        """Tells beginnings of one call apart; see `key_of_line`."""
        return _key(self.item.id, self.heard_seconds)


def _key(item_id: str, heard_seconds: float | None) -> str:
    return item_id if heard_seconds is None else f"{item_id}@{heard_seconds:g}"


def key_of_line(line: dict[str, object]) -> str:
    """Return the key of a line of a predictions file, which may hold several of one id."""
    heard = line["heard_seconds"]
    return _key(str(line["id"]), heard if isinstance(heard, (int, float)) else None)


def all_asked(item: Item, *, with_beginnings: bool) -> Iterator[Asked]:
    """Yield a call, and where wanted its beginnings before it."""
    if with_beginnings:
        for cut in item.cuts_seconds:
            yield Asked(item, cut)
    yield Asked(item, None)


async def predict(model: Model, asked: Asked, tasks: tuple[Task, ...], *, is_chain: bool) -> Prediction:
    """Ask about a call, one task after the other.

    In a chain the model reads its own earlier answers, whatever they are worth, and is asked for the type of fraud only
    where it spoke of fraud itself, be it in words that count leniently alone. Of a beginning the verdict on fraud
    is wanted, and in a chain the scene before it, so that the verdicts on all of a call are given alike.
    """
    answers: list[Given] = []
    for task in tasks if asked.heard_seconds is None else _until_verdict(tasks, is_chain=is_chain):
        if is_chain and task == "fraud_type" and not _spoke_of_fraud(answers, asked.item):
            continue
        earlier = tuple(answers) if is_chain else ()
        answers.append(await model.answer(asked.item, task, earlier, asked.heard_seconds))
    return Prediction(id=asked.item.id, heard_seconds=asked.heard_seconds, answers=tuple(answers), model=model.name)


def _until_verdict(tasks: tuple[Task, ...], *, is_chain: bool) -> tuple[Task, ...]:
    return tuple(task for task in tasks if task == "fraud" or (is_chain and task == "scene"))


def _spoke_of_fraud(answers: list[Given], item: Item) -> bool:
    verdicts = [given for given in answers if given.task == "fraud"]
    return not verdicts or read_given(verdicts[0], item.label_set).lenient == FRAUD
