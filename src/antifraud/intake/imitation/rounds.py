"""Rounds of drafts: written side by side, accepted one after the other, shown to the rounds that follow.

A call depends on the seeds, on what was accepted of the rounds before, and, through the sieve, on the calls of its
own round that stand before it; on nothing that comes later. So the same answers give the same calls, however many
are asked at once, where a run was stopped, and how many calls it is to have.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from random import Random
from typing import Any, TypeVar

from antifraud.defects import Defect
from antifraud.dialogue_config import ImitateConfig
from antifraud.intake.imitation.exemplars import Pool
from antifraud.intake.imitation.orders import Order
from antifraud.intake.imitation.sieve import Sieve
from antifraud.labels import RejectReason
from antifraud.records import CallPlan, Dialogue, Rejected

T = TypeVar("T")
Draft = Callable[[CallPlan, tuple[Dialogue, ...], int, str | None], Awaitable[Dialogue | Rejected]]
"""Writes a call by a plan and exemplars, the seed first: which attempt it is, and why the one before was refused."""
Revise = Callable[[Dialogue], Dialogue]
"""Says worn turns of a draft otherwise."""
Known = Mapping[str, Dialogue | Rejected]


class Rounds:
    """All rounds of a run.

    Args:
        pool: the seeds.
        sieve: what keeps out, the seeds included.
        known: what an earlier run finished, by id.
        exemplars: dialogues shown for a call.
        concurrency: drafts written at once.
    """

    def __init__(
        self,
        orders: Sequence[Order],
        limits: ImitateConfig,
        pool: Pool,
        sieve: Sieve,
        draft: Draft,
        revise: Revise,
        *,
        known: Known,
        exemplars: int,
        concurrency: int,
    ) -> None:
        self._orders, self._limits, self._pool, self._sieve = orders, limits, pool, sieve
        self._write, self._revise, self._known, self._exemplars = draft, revise, known, exemplars
        self._free = asyncio.Semaphore(concurrency)
        self._rounds: dict[int, asyncio.Task[dict[str, Dialogue | Rejected]]] = {}

    async def call(self, order: Order) -> Dialogue | Rejected:
        """Return what became of an order, once its round and all before it are over.

        Raises:
            ServiceError: a draft could not be asked for.
        """
        return (await self._round(order.number // self._limits.round_size))[order.id]

    def _round(self, number: int) -> asyncio.Task[dict[str, Dialogue | Rejected]]:
        for each in range(number + 1):
            if each not in self._rounds:
                self._rounds[each] = asyncio.create_task(self._held(each))
        return self._rounds[number]

    async def _held(self, number: int) -> dict[str, Dialogue | Rejected]:
        if number:
            await self._rounds[number - 1]
        size = self._limits.round_size
        orders = self._orders[number * size : (number + 1) * size]
        drafts = await _side_by_side([self._drafted(order) for order in orders])
        ended = {order.id: await self._accepted(order, *draft) for order, draft in zip(orders, drafts, strict=True)}
        for result in ended.values():
            if isinstance(result, Dialogue):
                self._pool.join(result)
        return ended

    async def _accepted(self, order: Order, result: Dialogue | Rejected, attempt: int) -> Dialogue | Rejected:
        """Return a result that also differs from the calls before it in its round."""
        if isinstance(result, Dialogue) and order.id not in self._known and self._sieve.defect(result):
            result = self._revise(result)
            if defect := self._sieve.defect(result):
                result, _ = await self._drafted(order, attempt + 1, defect)
        if isinstance(result, Dialogue):
            self._sieve.keep(result)
        return result

    async def _drafted(
        self, order: Order, first: int = 1, refusal: Defect = (RejectReason.NO_ANSWER, "no draft was made")
    ) -> tuple[Dialogue | Rejected, int]:
        """Return the first draft that the sieve lets pass and its number, or the last refusal."""
        if order.id in self._known:
            return self._known[order.id], 0
        for attempt in range(first, self._limits.attempts + 1):
            async with self._free:
                rng = Random(f"{order.plan.seed}:exemplars:{attempt}")
                shown = self._pool.exemplars(order.seed, self._exemplars, rng)
                written = await self._write(order.plan, shown, attempt, refusal[1] if attempt > 1 else None)
            if isinstance(written, Rejected):
                refusal = written.reason, written.detail
                continue
            revised = self._revise(written)
            defect = self._sieve.defect(revised)
            if defect is None:
                return _imitated(revised, shown, attempt), attempt
            refusal = defect
        detail = f"imitates {order.seed.id}: {refusal[1]}; {self._limits.attempts} attempts"
        return Rejected(id=order.id, stage="imitate", reason=refusal[0], detail=detail), self._limits.attempts


async def _side_by_side(waiting: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Return all results in their order; the first failure ends the others."""
    tasks = [asyncio.create_task(each) for each in waiting]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()


def _imitated(dialogue: Dialogue, shown: Sequence[Dialogue], attempt: int) -> Dialogue:
    origin = {"parents": tuple(each.id for each in shown), "attempts": attempt}
    provenance = dialogue.provenance.model_copy(update=origin)
    return dialogue.model_copy(update={"source": "imitated", "provenance": provenance})
