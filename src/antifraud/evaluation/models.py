"""What can be asked about calls: whoever answers a task on an item is a model, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from antifraud.evaluation.records import Given
from antifraud.records import Task
from antifraud.snapshot import Item


class Model(Protocol):
    """One that is asked the questions of items, one at a time, about many calls at once."""

    @property
    def name(self) -> str:
        """Stands in every prediction, and names the folder of the results."""
        ...

    async def answer(self, item: Item, task: Task, earlier: Sequence[Given], heard_seconds: float | None) -> Given:
        """Return the answer to one question.

        Args:
            earlier: own answers to the questions before, in their order; empty where tasks are asked one by one.
            heard_seconds: how much of the call may be known, one of the item's cuts; None for the whole call.

        Raises:
            ServiceError: the model cannot be used as it is set up. What goes wrong with one question is a `Given` with
                the finish `error` or `refused`.
        """
        ...
