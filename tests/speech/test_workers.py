"""The pool of workers: what it does with processes that die, refuse, lie or fall silent."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from antifraud.errors import EngineError
from antifraud.speech.engines import SpeechFailed
from antifraud.speech.engines.workers import Launch, WorkerPool
from tests.speech.processes import workers_of

WORKER = """
import json, os, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
def once(name):
    try:
        (folder / name).touch(exist_ok=False)
        return True
    except FileExistsError:
        return False
def say(head, payload=b""):
    sys.stdout.buffer.write(json.dumps(head | {"bytes": len(payload)}).encode() + b"\\n" + payload)
    sys.stdout.buffer.flush()
opening = json.loads(sys.stdin.readline())
if opening.get("broken"):
    say({"failed": "no model here"})
    sys.exit()
say({"version": opening["version"]} if once("hello") or not opening.get("fickle") else {"version": "other"})
for line in sys.stdin:
    request = json.loads(line)
    if request.get("die") == "always" or request.get("die") == "once" and once("died"):
        print("out of memory", file=sys.stderr, flush=True)
        os._exit(1)
    if request.get("refuse"):
        say({"refused": "too long"})
    else:
        time.sleep(request.get("sleep", 0))
        say({"pid": os.getpid()}, request["text"].encode())
"""


def pool_of(folder: Path, count: int = 1, **opening: object) -> WorkerPool:
    script = folder / "worker.py"
    script.write_text(WORKER)
    launch = Launch((sys.executable, str(script), str(folder)), opening={"version": "1", **opening})
    return WorkerPool("test", [launch] * count)


async def test_what_a_worker_died_over_is_asked_again(tmp_path: Path) -> None:
    pool = pool_of(tmp_path)
    await pool.start()
    requests = [{"text": f"{number}", "die": "once"} for number in range(5)]
    answers = await asyncio.gather(*(pool.ask(request, 10) for request in requests))
    assert [payload for _, payload in answers] == [b"0", b"1", b"2", b"3", b"4"]
    await pool.close()


async def test_three_deaths_in_a_row_fail_the_request_with_the_last_words_of_the_worker(tmp_path: Path) -> None:
    pool = pool_of(tmp_path)
    await pool.start()
    with pytest.raises(SpeechFailed, match="test: the process ended: out of memory, 3 times in a row"):
        await pool.ask({"text": "x", "die": "always"}, 10)
    assert (await pool.ask({"text": "x"}, 10))[1] == b"x"
    await pool.close()


async def test_a_refused_request_fails_and_the_worker_lives_on(tmp_path: Path) -> None:
    pool = pool_of(tmp_path)
    await pool.start()
    before, _ = await pool.ask({"text": "x"}, 10)
    with pytest.raises(SpeechFailed, match="test: too long"):
        await pool.ask({"text": "x", "refuse": True}, 10)
    assert (await pool.ask({"text": "x"}, 10))[0] == before
    await pool.close()


async def test_a_silent_worker_is_replaced_three_times(tmp_path: Path) -> None:
    pool = pool_of(tmp_path)
    await pool.start()
    with pytest.raises(SpeechFailed, match=r"no answer within 0\.2 s, 3 times"):
        await pool.ask({"text": "x", "sleep": 5}, 0.2)
    await pool.close()


async def test_requests_are_spread_over_the_workers(tmp_path: Path) -> None:
    pool = pool_of(tmp_path, count=2)
    await pool.start()
    answers = await asyncio.gather(*(pool.ask({"text": "x", "sleep": 0.2}, 10) for _ in range(2)))
    assert len({head["pid"] for head, _ in answers}) == 2
    await pool.close()


async def test_a_pool_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="the test engine cannot start: no model here"):
        await pool_of(tmp_path, broken=True).start()


async def test_a_new_worker_that_differs_from_the_first_stops_the_engine(tmp_path: Path) -> None:
    pool = pool_of(tmp_path, fickle=True)
    await pool.start()
    with pytest.raises(EngineError, match="changed while it ran"):
        await pool.ask({"text": "x", "die": "once"}, 10)
    await pool.close()


async def test_a_long_answer_line_arrives(tmp_path: Path) -> None:
    pool = pool_of(tmp_path, padding="声" * 100_000)
    await pool.start()
    assert (await pool.ask({"text": "好" * 1_000_000}, 10))[1] == ("好" * 1_000_000).encode()
    await pool.close()


async def test_a_pool_that_is_closed_while_it_starts_a_worker_leaves_none_behind(tmp_path: Path) -> None:
    pool = pool_of(tmp_path, count=4)
    await pool.start()
    asking = [asyncio.create_task(pool.ask({"text": "x", "sleep": 5}, 10)) for _ in range(8)]
    await asyncio.sleep(0)  # three workers are about to be started, four requests wait
    await pool.close()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(answer, EngineError) for answer in answers)
    assert workers_of(os.getpid(), tmp_path / "worker.py") == []
