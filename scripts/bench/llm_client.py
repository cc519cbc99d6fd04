"""What one chat call costs: our client beside others, against the fake service with 200 ms of latency.

    .venv/bin/python scripts/bench/llm_client.py [names ...]

Every client is a process of its own, and so is the service. The span goes from the first request to the last answer;
CPU is the client's process alone. Imports, the client's making and one warm-up call are left out of both.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.fakes.client import FakeService

LATENCY_SECONDS = 0.2
CONCURRENCY = 200
THREADS = 10
CALLS = 2000
THREAD_CALLS = 400
ROUNDS = 3
"""The best of so many counts: the machine is noisy."""
KEY = "sk-bench"
SPAN_LIMIT, CPU_LIMIT = 2.5, 2.0


@dataclass(frozen=True)
class Figures:
    """What a client took; `calls` at `at_once` in flight."""

    calls: int
    at_once: int
    span: float
    cpu: float
    peak_mib: float

    @property
    def ideal(self) -> float:
        return self.calls / self.at_once * LATENCY_SECONDS

    @property
    def cpu_per_thousand(self) -> float:
        return self.cpu * 1000 / self.calls


def body(number: int) -> dict[str, Any]:
    """Return a request that is like no other."""
    messages = [
        {"role": "system", "content": "你是电话里的一方，只说一句话。"},
        {"role": "user", "content": f"第{number}通：喂，您好，请问您是哪位？"},
    ]
    return {"model": "fake/chat", "messages": messages, "max_tokens": 100, "temperature": 0.9}


Call = Callable[[int], Awaitable[object]]


async def timed(call: Call) -> Figures:
    """Warm up by one call, then put all calls through `call`, so many at once."""
    await call(-1)
    slots = asyncio.Semaphore(CONCURRENCY)

    async def one(number: int) -> None:
        async with slots:
            await call(number)

    start, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(one(number) for number in range(CALLS)))
    return figures(CALLS, CONCURRENCY, start, cpu)


def figures(calls: int, at_once: int, start: float, cpu: float) -> Figures:
    """Return what passed since `start`."""
    span, used = time.perf_counter() - start, time.process_time() - cpu
    return Figures(calls, at_once, span, used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


async def ours(url: str) -> Figures:
    """Our chat service: limits, retries, meter, and every answer journaled before it is returned."""
    from antifraud.service_config import LlmConfig
    from antifraud.services.chat import ChatModel, ChatRequest
    from antifraud.services.journal import Journal

    config = LlmConfig(base_url=url, concurrency=CONCURRENCY)
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "journal.sqlite") as journal:
        async with ChatModel.open(config, {"SILICONFLOW_API_KEY": KEY}, journal) as chat:
            return await timed(
                lambda number: chat.ask(ChatRequest(tuple(body(number)["messages"]), "", None, 100, 0.9))
            )


async def calls_per_second(url: str) -> Figures:
    """Our service up to the last tenth of 4,000 calls, in which only those that were refused still wait."""
    from antifraud.service_config import LlmConfig
    from antifraud.services.chat import ChatModel, ChatRequest
    from antifraud.services.journal import Journal

    config, calls = LlmConfig(base_url=url, concurrency=CONCURRENCY), 4000
    with tempfile.TemporaryDirectory() as folder, Journal(Path(folder) / "journal.sqlite") as journal:
        async with ChatModel.open(config, {"SILICONFLOW_API_KEY": KEY}, journal) as chat:
            start, cpu = time.perf_counter(), time.process_time()
            requests = [ChatRequest(tuple(body(number)["messages"]), "", None, 100, 0.9) for number in range(calls)]
            asked = [asyncio.create_task(chat.ask(request)) for request in requests]
            for done in itertools.islice(asyncio.as_completed(asked), calls * 9 // 10):
                await done
            found = figures(calls * 9 // 10, CONCURRENCY, start, cpu)
            await asyncio.gather(*asked)
    return found


async def openai_default(url: str) -> Figures:
    """AsyncOpenAI as it comes."""
    from openai import AsyncOpenAI

    async with AsyncOpenAI(base_url=url, api_key=KEY) as client:
        return await timed(lambda number: client.chat.completions.create(**body(number)))


async def openai_aiohttp(url: str) -> Figures:
    """AsyncOpenAI on its aiohttp transport."""
    from openai import AsyncOpenAI, DefaultAioHttpClient

    async with AsyncOpenAI(base_url=url, api_key=KEY, http_client=DefaultAioHttpClient()) as client:
        return await timed(lambda number: client.chat.completions.create(**body(number)))


async def threads(url: str) -> Figures:
    """Ten threads with one synchronous client: the design of the original, its client per call left out."""
    from openai import OpenAI

    with OpenAI(base_url=url, api_key=KEY) as client, ThreadPoolExecutor(THREADS) as pool:
        client.chat.completions.create(**body(-1))
        start, cpu = time.perf_counter(), time.process_time()
        list(pool.map(lambda number: client.chat.completions.create(**body(number)), range(THREAD_CALLS)))
        return figures(THREAD_CALLS, THREADS, start, cpu)


async def plain_aiohttp(url: str) -> Figures:
    """A sketch on aiohttp: no retries, no limits, no journal."""
    import aiohttp

    headers = {"Authorization": f"Bearer {KEY}"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONCURRENCY), headers=headers) as session:

        async def call(number: int) -> object:
            async with session.post(f"{url}/chat/completions", json=body(number)) as reply:
                return await reply.json()

        return await timed(call)


CLIENTS: dict[str, Callable[[str], Awaitable[Figures]]] = {
    "ours": ours,
    "plain aiohttp": plain_aiohttp,
    "openai + aiohttp": openai_aiohttp,
    "openai": openai_default,
    "10 threads": threads,
}
STEADY = "ours, up to the last tenth"
REFUSED_SHARE = 0.05


def measured(name: str, url: str) -> Figures:
    """Run one client in a process of its own."""
    command = [sys.executable, __file__, "--client", name, url]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return Figures(**json.loads(done.stdout))


def main(names: list[str]) -> None:
    """Print the table."""
    with FakeService() as service:
        service.order(latency_ms=LATENCY_SECONDS * 1000)
        best = {}
        for name in names or CLIENTS:
            rounds = [measured(name, service.url) for _ in range(ROUNDS)]
            best[name] = min(rounds, key=lambda one: one.span), min(one.cpu_per_thousand for one in rounds)
        rates = []
        for faults in ({}, {"429": REFUSED_SHARE}):
            service.order(latency_ms=LATENCY_SECONDS * 1000, faults=faults)
            rounds = [measured(STEADY, service.url) for _ in range(ROUNDS)]
            rates.append(max(one.calls / one.span for one in rounds))
    print(f"{CALLS} calls, {CONCURRENCY} at once (threads: {THREAD_CALLS}, {THREADS}); best of {ROUNDS}")
    print(f"{'client':<18}{'span s':>8}{'x ideal':>9}{'CPU s/1k':>10}{'peak MiB':>10}{'calls/s':>9}{'x our CPU':>11}")
    base = best["ours"][1] if "ours" in best else float("nan")
    for name, (fastest, cpu) in best.items():
        print(
            f"{name:<18}{fastest.span:>8.2f}{fastest.span / fastest.ideal:>9.2f}{cpu:>10.2f}{fastest.peak_mib:>10.0f}"
            f"{fastest.calls / fastest.span:>9.0f}{cpu / base:>11.2f}"
        )
    if "ours" in best:
        ratio = best["ours"][0].span / best["ours"][0].ideal
        print(f"ours: span {ratio:.2f} x ideal (at most {SPAN_LIMIT}), CPU {base:.2f} s (at most {CPU_LIMIT})")
    print(f"5 % of 429: {rates[1]:.0f} calls/s instead of {rates[0]:.0f}, {rates[1] / rates[0]:.2f} (at least 0.85)")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--client"]:
        print(json.dumps(vars(asyncio.run({**CLIENTS, STEADY: calls_per_second}[sys.argv[2]](sys.argv[3])))))  # type: ignore[arg-type]
    else:
        main(sys.argv[1:])
