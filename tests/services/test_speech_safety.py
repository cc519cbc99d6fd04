"""The speech service when things go wrong: keys, money, kills; and what an export shows."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
import traceback
from pathlib import Path

import orjson
import pytest
from aiohttp import web

from antifraud.errors import BudgetReached, ServiceError, Unanswered
from antifraud.service_config import TtsServiceConfig
from antifraud.services.journal import Journal
from antifraud.services.speech import SpeechModel

from .conftest import KEY
from .test_speech import PRICES, TEXT, VOICE, wav


async def test_no_key_is_one_line_that_names_the_variable(tmp_path):
    with Journal(tmp_path / "speech.sqlite") as journal:
        said = (
            r"^synthesize\.engine is openai-speech and SILICONFLOW_API_KEY is not set; put the key there, name another"
            r" variable in synthesize\.service\.api_key_env, or take synthesize\.engine=espeak\.$"
        )
        with pytest.raises(ServiceError, match=said):
            SpeechModel.open(TtsServiceConfig(), {}, journal)
        with pytest.raises(ServiceError, match=r"synthesize\.service\.preset is local and synthesize\.service\.model"):
            SpeechModel.open(TtsServiceConfig(preset="local"), {}, journal)


async def test_a_wrong_key_stops_at_once(open_speech):
    async with open_speech(key="bad-key") as speech:
        with pytest.raises(ServiceError, match="401: Invalid token; check the key") as refused:
            await speech.say(TEXT, VOICE)
        assert not isinstance(refused.value, Unanswered) and speech.requests == 1


async def test_nobody_there_stops_soon_and_names_the_setting(open_speech):
    async with open_speech(base_url="http://127.0.0.1:9/v1") as speech:
        with pytest.raises(ServiceError, match=r":9/v1: nobody answers .*check synthesize\.service\.base_url"):
            await speech.say(TEXT, VOICE)


async def test_a_base_url_that_is_none_names_the_setting(open_speech):
    with pytest.raises(ServiceError, match=r"^synthesize\.service\.base_url is .*expected http"):
        async with open_speech(base_url="http://[::1"):
            pass


async def test_the_key_is_in_no_error_and_no_file(open_speech, odd_service, tmp_path):
    async def echo(request: web.Request) -> web.Response:
        key = request.headers["Authorization"].encode()
        return web.Response(status=statuses.pop(), body=wav() + key if len(statuses) % 2 else key)

    errors = []
    statuses = [200, 200, 400, 401, 503, 503]
    url = await odd_service(echo)
    while statuses:
        async with open_speech(base_url=url, attempts=1) as speech:
            with pytest.raises(ServiceError) as refused:
                await speech.say(TEXT, VOICE)
            errors.append("".join(traceback.format_exception(refused.value)))
    assert len(errors) == 6 and not any(KEY in error for error in errors)
    assert all(KEY.encode() not in file.read_bytes() for file in tmp_path.iterdir())


# money and limits


async def test_a_budget_is_used_and_never_passed(open_speech, fake_service):
    fake_service.order(latency_ms=5)
    each = len("第10句话。".encode()) / 1000
    async with open_speech(budget=10.5 * each, prices=PRICES) as speech:
        asked = (speech.say(f"第{number}句话。", VOICE) for number in range(10, 40))
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert sum(isinstance(result, BudgetReached) for result in results) == 20
        assert speech.cost == pytest.approx(10 * each)
    assert fake_service.stats()["answered"] == 10
    async with open_speech(budget=10.5 * each, prices=PRICES) as speech:
        with pytest.raises(BudgetReached, match=r"raise synthesize\.service\.budget and run again"):
            await speech.say("又一句话。", VOICE)


async def test_a_budget_without_a_price_is_refused(open_speech):
    async with open_speech(budget=1) as speech:
        with pytest.raises(ServiceError, match=r"synthesize\.service\.prices has no price of fake/voice"):
            await speech.say(TEXT, VOICE)


async def test_no_more_requests_are_in_flight_than_the_config_lets(open_speech, fake_service):
    fake_service.order(latency_ms=30)
    async with open_speech(concurrency=3) as speech:
        await asyncio.gather(*(speech.say(f"第{number}句。", VOICE) for number in range(12)))
    assert fake_service.stats()["max_concurrent"] == 3


# kills and exports


CALLS, AT_ONCE = 60, 6
PROGRAM = """
import asyncio, sys
from pathlib import Path
from antifraud.service_config import TtsServiceConfig
from antifraud.services.journal import Journal
from antifraud.services.speech import SpeechModel

async def main():
    config = TtsServiceConfig(base_url=sys.argv[1], model="fake/voice", concurrency=int(sys.argv[3]))
    with Journal(Path(sys.argv[2])) as journal:
        async with SpeechModel.open(config, {"SILICONFLOW_API_KEY": "sk-1"}, journal) as speech:
            numbers = range(int(sys.argv[4]))
            await asyncio.gather(*(speech.say(f"第{number}句。", "fake/voice:anna") for number in numbers))

asyncio.run(main())
"""


def test_killed_at_half_and_restarted_it_pays_again_only_for_what_was_in_flight(fake_service, tmp_path):
    root = Path(__file__).resolve().parents[2]
    journal_path = tmp_path / "speech.sqlite"
    command = [sys.executable, "-c", PROGRAM, fake_service.url, str(journal_path), f"{AT_ONCE}", f"{CALLS}"]
    environment = {**os.environ, "PYTHONPATH": str(root / "src")}
    fake_service.order(latency_ms=60)
    first = subprocess.Popen(command, env=environment)
    deadline = time.monotonic() + 20
    while fake_service.stats()["answered"] < CALLS // 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    with Journal(journal_path, replay_only=True) as journal:
        assert CALLS // 2 - AT_ONCE <= journal.stats().answers < CALLS
    assert subprocess.run(command, env=environment, timeout=30).returncode == 0
    with Journal(journal_path) as journal:
        assert journal.stats().answers == CALLS
    stats = fake_service.stats()
    assert len(stats["bodies_answered"]) == CALLS
    assert stats["answered"] + stats["undelivered"] <= CALLS + AT_ONCE


async def test_an_export_shows_sounds_as_text(open_speech, tmp_path):
    async with open_speech() as speech:
        reply = await speech.say(TEXT, VOICE)
    with Journal(tmp_path / "speech.sqlite", replay_only=True) as journal:
        assert journal.export(tmp_path / "speech.jsonl") == 1
    line = orjson.loads((tmp_path / "speech.jsonl").read_bytes())
    assert (line["model"], line["request"]["voice"], line["request"]["input"]) == ("fake/voice", VOICE, TEXT)
    assert len(line["reply"]["base64"]) == -(-len(reply.audio) // 3) * 4
