"""How fast requests may go: concurrency that follows refusals, and even rates of requests and tokens."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping

from antifraud.services.exchange import Usage

WINDOW_SECONDS = 2.0
"""Concurrency changes at most once in this time."""
WINDOW_ANSWERS = 5
"""Fewer answers say nothing about a share; the window then goes on."""
REFUSED_SHARE = 0.2
"""Share of 429 in a window above which concurrency falls."""
DECREASE = 0.8
INCREASE = 0.05
"""Share of the configured concurrency that a calm window gives back."""
BURST_SECONDS = 1.0
"""A bucket holds what flows in this time."""


class Bucket:
    """Refills evenly; what is larger than the bucket passes when it is full and leaves a debt.

    No span of 60 s lets more than `per_minute` pass: the rate is lowered by what the full bucket adds.
    """

    def __init__(self, per_minute: float) -> None:
        self.per_minute = per_minute
        self.capacity = max(1.0, per_minute * BURST_SECONDS / 60)
        self._per_second = (per_minute - self.capacity + 1) / 60
        self._level = self.capacity
        self._at = time.monotonic()

    def wait_seconds(self, amount: float) -> float:
        """Return how long until `amount` may pass."""
        now = time.monotonic()
        self._level = min(self.capacity, self._level + (now - self._at) * self._per_second)
        self._at = now
        missing = min(amount, self.capacity) - self._level
        return missing / self._per_second if missing > 1e-9 else 0.0

    def take(self, amount: float) -> None:
        """Let `amount` pass; below 0, give back what an estimate took too much."""
        self._level = min(self.capacity, self._level - amount)

    def lower(self, remaining: float) -> None:
        """Believe a service that says it has less left."""
        self._level = min(self._level, remaining)


class Limits:
    """A queue, first come first served, that lets requests go as the limits allow."""

    def __init__(
        self,
        concurrency: int,
        requests_per_minute: int | None = None,
        prompt_tokens_per_minute: int | None = None,
        completion_tokens_per_minute: int | None = None,
    ) -> None:
        self.in_flight = 0
        self.ceiling = float(concurrency)
        """Requests that may be in flight now."""
        self._top = concurrency
        configured = {
            "requests": requests_per_minute,
            "prompt": prompt_tokens_per_minute,
            "completion": completion_tokens_per_minute,
        }
        self._buckets = {name: Bucket(value) for name, value in configured.items() if value is not None}
        self._queue: deque[tuple[Usage, asyncio.Future[None]]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._window_start = time.monotonic()
        self._answers = self._refusals = 0

    async def enter(self, expected: Usage, *, ahead: bool = False) -> None:
        """Wait until a request may go; `ahead` puts a repeated request before those that never went."""
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._queue.appendleft if ahead else self._queue.append)((expected, ready))
        self._pump()
        try:
            await ready
        except asyncio.CancelledError:
            if ready.done() and not ready.cancelled():
                self.in_flight -= 1
            self._pump()
            raise

    def leave(self, expected: Usage, used: Usage | None, *, refused: bool = False) -> None:
        """End a request: replace the estimate by what was used, and learn from a refusal (429).

        Args:
            used: None where it is not known; the estimate then stands.
        """
        self.in_flight -= 1
        if used is not None:
            self._take(used, expected)
        self._answers += 1
        self._refusals += refused
        self._judge()
        self._pump()

    def heed(self, headers: Mapping[str, str]) -> None:
        """Go no faster than the service's x-ratelimit headers say; they never lift a configured limit."""
        for name in ("requests", "tokens"):
            limit = _number(headers.get(f"x-ratelimit-limit-{name}"))
            if limit is None or limit < 1:
                continue
            if name not in self._buckets or self._buckets[name].per_minute > limit:
                self._buckets[name] = Bucket(limit)
            remaining = _number(headers.get(f"x-ratelimit-remaining-{name}"))
            if remaining is not None:
                self._buckets[name].lower(remaining)

    def _judge(self) -> None:
        now = time.monotonic()
        if now - self._window_start < WINDOW_SECONDS or self._answers < WINDOW_ANSWERS:
            return
        if self._refusals > REFUSED_SHARE * self._answers:
            self.ceiling = max(1.0, self.ceiling * DECREASE)
        else:
            self.ceiling = min(self._top, self.ceiling + max(1.0, self._top * INCREASE))
        self._window_start, self._answers, self._refusals = now, 0, 0

    def _pump(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._queue and self.in_flight < int(self.ceiling):
            expected, ready = self._queue[0]
            if not ready.done():
                seconds = self._wait_seconds(expected)
                if seconds > 0:
                    self._timer = asyncio.get_running_loop().call_later(seconds, self._pump)
                    return
                self._take(expected)
                self.in_flight += 1
                ready.set_result(None)
            self._queue.popleft()

    def _wait_seconds(self, expected: Usage) -> float:
        amounts = _amounts(expected)
        return max((bucket.wait_seconds(amounts[name]) for name, bucket in self._buckets.items()), default=0.0)

    def _take(self, usage: Usage, instead_of: Usage | None = None) -> None:
        amounts = _amounts(usage)
        before = _amounts(instead_of) if instead_of else dict.fromkeys(amounts, 0)
        for name, bucket in self._buckets.items():
            bucket.take(amounts[name] - before[name])


def _amounts(usage: Usage) -> dict[str, int]:
    """Return what one request takes from each bucket."""
    total = usage.prompt + usage.completion
    return {"requests": 1, "prompt": usage.prompt, "completion": usage.completion, "tokens": total}


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and text.strip().isdecimal() else None
