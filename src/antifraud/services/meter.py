"""What a run has spent, and the budget it may not pass."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from antifraud.errors import BudgetReached, ServiceError
from antifraud.service_config import Price
from antifraud.services.exchange import Usage
from antifraud.services.pricing import FREE, cost


class Meter:
    """Counts tokens and money; holds an upper bound for every request that is not answered yet."""

    def __init__(
        self,
        prices: Mapping[str, Price],
        budget: float | None,
        currency: str,
        before: Mapping[str, Usage] | None = None,
        *,
        section: str = "llm",
    ) -> None:
        """Start a count.

        Args:
            before: what earlier processes of the run paid for, by model: the budget is the run's.
            section: of the config that sets prices and budget, for messages.
        """
        self.spent = Usage()
        self._before = sum(cost(usage, prices.get(model, FREE)) for model, usage in (before or {}).items())
        self.cost = 0.0
        self.unknown_cost = 0.0
        """Bounds of requests that were sent and never answered: a provider may bill them."""
        self._held = 0.0
        self._prices, self._budget, self._currency = prices, budget, currency
        self._section = section
        self._waiting: list[asyncio.Future[None]] = []

    async def hold(self, model: str, bound: Usage) -> float:
        """Set aside what a request can cost at most; wait for requests in flight where they may leave room.

        Raises:
            BudgetReached: the budget has no room for it even after all that is in flight.
            ServiceError: there is a budget and no price to keep it by.
        """
        price = self._prices.get(model, FREE)
        if self._budget is None:
            held = cost(bound, price)
        else:
            if self._budget > 0 and model not in self._prices:
                raise ServiceError(
                    f"{self._section}.budget is set and {self._section}.prices has no price of {model}; add it."
                )
            held = cost(bound, price)
            await self._room(held, self._budget)
        self._held += held
        return held

    def hold_sent(self, model: str, bound: Usage) -> float:
        """Set aside what a request that an earlier process sent can cost at most, whether there is room or not."""
        held = cost(bound, self._prices.get(model, FREE))
        self._held += held
        return held

    async def _room(self, held: float, budget: float) -> None:
        while budget == 0 or self._before + self.cost + self.unknown_cost + self._held + held > budget:
            if budget == 0 or self._held <= 0:
                raise BudgetReached(
                    f"the budget is {budget:g} {self._currency}, {self._before + self.cost:.4f} of it spent"
                    f"{f' and {self.unknown_cost:.4f} perhaps' if self.unknown_cost else ''}, and the next request"
                    f" could cost {held:.4f}. Everything paid for is kept; raise {self._section}.budget and run again."
                )
            change = asyncio.get_running_loop().create_future()
            self._waiting.append(change)
            await change

    def pay(self, model: str, usage: Usage) -> None:
        """Count a paid answer."""
        self.spent += usage
        self.cost += cost(usage, self._prices.get(model, FREE))

    def release(self, held: float, *, unknown: bool = False) -> None:
        """Give back what `hold` set aside; with `unknown` it stays counted against the budget."""
        self._held -= held
        if abs(self._held) < 1e-12:
            self._held = 0.0
        if unknown:
            self.unknown_cost += held
        waiting, self._waiting = self._waiting, []
        for change in waiting:
            if not change.done():
                change.set_result(None)
