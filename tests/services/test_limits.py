"""Limits: rates, order, and concurrency that follows refusals."""

from __future__ import annotations

import asyncio
import time

import pytest

from antifraud.services.exchange import Usage
from antifraud.services.limits import WINDOW_SECONDS, Bucket, Limits

from .conftest import question

ONE = Usage(prompt=10, completion=10)


async def go(limits: Limits, expected: Usage = ONE, used: Usage | None = ONE) -> float:
    await limits.enter(expected)
    limits.leave(expected, used)
    return time.monotonic()


async def test_requests_per_minute_flow_evenly_after_a_burst_of_a_second():
    limits = Limits(100, requests_per_minute=1200)
    start = time.monotonic()
    times = [moment - start for moment in await asyncio.gather(*(go(limits) for _ in range(40)))]
    assert times[19] < 0.2
    assert times[39] == pytest.approx(20 / (1200 - 19) * 60, abs=0.2)


@pytest.mark.parametrize("per_minute", [1, 7, 60, 100, 5000])
def test_no_minute_lets_more_pass_than_the_limit(per_minute):
    bucket = Bucket(per_minute)
    in_first_minute = bucket.capacity + 60 * bucket._per_second
    assert in_first_minute <= per_minute + 1  # the last of these passes as the minute ends
    assert bucket._per_second > 0


async def test_the_order_is_first_come_first_served_and_a_repeat_goes_ahead():
    limits = Limits(1)
    order = []

    async def one(name: str, ahead: bool = False) -> None:
        await limits.enter(ONE, ahead=ahead)
        order.append(name)
        await asyncio.sleep(0)
        limits.leave(ONE, ONE)

    await limits.enter(ONE)
    tasks = [asyncio.create_task(one(name)) for name in "abc"]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(one("repeat", ahead=True)))
    await asyncio.sleep(0)
    limits.leave(ONE, ONE)
    await asyncio.gather(*tasks)
    assert order == ["repeat", "a", "b", "c"]


async def test_who_gives_up_waiting_leaves_no_gap():
    limits = Limits(1)
    await limits.enter(ONE)
    waiting = [asyncio.create_task(limits.enter(ONE)) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    limits.leave(ONE, ONE)  # the second is let in, and cancelled before it runs
    waiting[1].cancel()
    await asyncio.wait_for(waiting[2], 1)
    assert limits.in_flight == 1


async def test_tokens_taken_too_much_by_the_estimate_come_back():
    limits = Limits(100, completion_tokens_per_minute=6000)
    start = time.monotonic()
    for _ in range(12):
        await go(limits, Usage(completion=100), Usage(completion=10))
    assert time.monotonic() - start < 3, "11 s are what the estimates alone would take"


async def test_a_request_larger_than_the_bucket_passes_and_the_next_waits_for_it():
    limits = Limits(10, prompt_tokens_per_minute=1500)
    large = Usage(prompt=50)
    start = time.monotonic()
    await go(limits, large, large)
    assert time.monotonic() - start < 0.1
    await go(limits, large, large)
    assert time.monotonic() - start == pytest.approx(2.0, abs=0.4)


async def test_headers_lower_a_limit_and_never_lift_it():
    limits = Limits(10, requests_per_minute=600)
    limits.heed({"x-ratelimit-limit-requests": "60000", "x-ratelimit-remaining-requests": "59999"})
    assert limits._buckets["requests"].per_minute == 600
    limits.heed({"x-ratelimit-limit-requests": "300", "x-ratelimit-limit-tokens": "6000"})
    assert limits._buckets["requests"].per_minute == 300
    limits.heed({"x-ratelimit-limit-tokens": "6000", "x-ratelimit-remaining-tokens": "0"})
    start = time.monotonic()
    await limits.enter(Usage(prompt=20, completion=10))
    assert time.monotonic() - start == pytest.approx(0.3, abs=0.15)
    limits.heed({"x-ratelimit-limit-requests": "many", "x-ratelimit-limit-tokens": ""})


async def answer(limits: Limits, times: int, *, refused: bool) -> None:
    for _ in range(times):
        await limits.enter(ONE)
        limits.leave(ONE, ONE, refused=refused)


async def test_concurrency_falls_once_a_window_and_recovers():
    limits = Limits(100)
    await answer(limits, 150, refused=True)
    assert limits.ceiling == 100
    await asyncio.sleep(WINDOW_SECONDS)
    await answer(limits, 1, refused=True)
    assert limits.ceiling == 80
    await answer(limits, 150, refused=False)
    assert limits.ceiling == 80
    await asyncio.sleep(WINDOW_SECONDS)
    await answer(limits, 150, refused=False)
    assert limits.ceiling == 85


async def test_five_percent_of_429_do_not_lower_the_concurrency():
    """What that does for the throughput is measured in scripts/bench/llm_client.py."""
    limits = Limits(100)
    for _ in range(3):
        await answer(limits, 8, refused=True)
        await answer(limits, 152, refused=False)
        await asyncio.sleep(WINDOW_SECONDS)
        await answer(limits, 1, refused=False)
    assert limits.ceiling == 100


async def test_requests_per_minute_hold_at_the_service(open_chat, fake_service):
    async with open_chat(requests_per_minute=1200) as chat:
        start = time.monotonic()
        await asyncio.gather(*(chat.ask(question(number)) for number in range(30)))
        assert time.monotonic() - start > 0.45
    assert fake_service.stats()["requests"] == 30


async def test_concurrency_holds_at_the_service(open_chat, fake_service):
    fake_service.order(latency_ms=20)
    async with open_chat(concurrency=5) as chat:
        await asyncio.gather(*(chat.ask(question(number)) for number in range(40)))
    assert fake_service.stats()["max_concurrent"] == 5
