"""Everything at once: mixed faults, kill -9, and a key that is nowhere to be found."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest
from aiohttp import web

from antifraud.errors import ServiceError, Unanswered
from antifraud.services.journal import Journal

from .conftest import KEY, question

FAULTS = ("429", "429_retry_after", "500", "503", "drop", "cut", "error_200", "key_echo", "hang")
CALLS, AT_ONCE = 300, 20


async def test_with_a_fifth_of_mixed_faults_every_question_ends_in_an_answer_or_unanswered(open_chat, fake_service):
    fake_service.order(faults=dict.fromkeys(FAULTS, 0.2 / len(FAULTS)), retry_after="0.2", seed=3)
    async with open_chat(timeout_seconds=0.4, connect_seconds=0.4, concurrency=40, attempts=4) as chat:
        asked = (chat.ask(question(number)) for number in range(400))
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert chat.in_flight == 0
    answers = [result for result in results if not isinstance(result, Exception)]
    assert all(isinstance(result, Unanswered) for result in results if isinstance(result, Exception))
    assert len(answers) >= 395
    assert not any("rror" in answer.text or "reject" in answer.text for answer in answers)
    assert fake_service.doubly_paid() == {}


async def test_the_key_is_in_no_log_no_error_and_no_file(open_chat, fake_service, odd_service, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    errors: list[BaseException] = []

    async def ask(**settings) -> None:
        async with open_chat(attempts=1, connect_seconds=0.3, timeout_seconds=0.3, **settings) as chat:
            try:
                await chat.ask(question())
            except ServiceError as error:
                errors.append(error)

    async def echo(request: web.Request) -> web.Response:
        text = "x" * 280 + request.headers["Authorization"]
        message = {"content": text, "reasoning_content": text}
        return web.json_response({"error": text, "choices": [{"message": message}]}, status=statuses.pop())

    for fault in FAULTS:
        fake_service.order(faults_first=[fault])
        await ask()
    await ask(base_url="http://127.0.0.1:9/v1")
    statuses = [200, 401, 400, 429, 503]
    url = await odd_service(echo)
    for _ in range(4):
        await ask(base_url=url)
    with Journal(tmp_path / "journal.sqlite") as journal:
        before = journal.stats().answers
    await ask(base_url=url)  # the key comes back inside an answer
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert journal.stats().answers == before + 1
        journal.export(tmp_path / "journal.jsonl")
    assert len(errors) == len(FAULTS) + 1 + 4
    assert KEY not in caplog.text
    for error in errors:
        assert KEY not in "".join(traceback.format_exception(error)) + repr(error)
        assert all(KEY not in str(vars(link)) + repr(link) + str(link) for link in chain(error))
    for file in tmp_path.iterdir():
        assert KEY.encode() not in file.read_bytes()


def chain(error: BaseException | None):
    """Yield an error and all that it came from or that was being handled."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


PROGRAM = """
import asyncio, sys
from pathlib import Path
from antifraud.service_config import LlmConfig
from antifraud.services.chat import ChatModel
from antifraud.services.journal import Journal
from tests.services.conftest import ENVIRONMENT, question

async def main():
    config = LlmConfig(base_url=sys.argv[1], model="fake/chat", concurrency=int(sys.argv[3]))
    with Journal(Path(sys.argv[2])) as journal:
        async with ChatModel.open(config, ENVIRONMENT, journal) as chat:
            await asyncio.gather(*(chat.ask(question(number)) for number in range(int(sys.argv[4]))))

asyncio.run(main())
"""


@pytest.fixture
def program(fake_service, tmp_path):
    """Start the questions in a process of their own."""
    root = Path(__file__).resolve().parents[2]
    command = [
        sys.executable,
        "-c",
        PROGRAM,
        fake_service.url,
        str(tmp_path / "journal.sqlite"),
        f"{AT_ONCE}",
        f"{CALLS}",
    ]
    return lambda: subprocess.Popen(
        command, cwd=root, env={**os.environ, "PYTHONPATH": f"{root / 'src'}{os.pathsep}{root}"}
    )


def test_killed_at_half_and_restarted_it_pays_again_only_for_what_was_in_flight(fake_service, program, tmp_path):
    fake_service.order(latency_ms=60)
    first = program()
    deadline = time.monotonic() + 20
    while fake_service.stats()["answered"] < CALLS // 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    with Journal(tmp_path / "journal.sqlite", replay_only=True) as journal:
        kept = journal.stats().answers
    assert CALLS // 2 - AT_ONCE <= kept < CALLS
    assert program().wait(30) == 0
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert journal.stats().answers == CALLS
    stats = fake_service.stats()
    assert len(stats["bodies_answered"]) == CALLS
    assert stats["answered"] + stats["undelivered"] <= CALLS + AT_ONCE
    assert sum(times - 1 for times in stats["bodies_answered"].values()) <= AT_ONCE
