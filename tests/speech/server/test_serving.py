"""`antifraud serve-tts` as a process: where it listens, whom it lets in, how it ends."""

from __future__ import annotations

import asyncio
import io
import signal
import socket
import zipfile
from pathlib import Path

import httpx
import pytest

from tests.conftest import CommandLine

from .serving import serving
from .theirs import chattts_request

TOKEN = "a-secret"
EVERYWHERE = "0.0.0.0"  # noqa: S104  # what must be refused
LONG = "您好，请问是陈女士吗？我这边是优禾生活会员部的，耽误您一分钟，跟您核实一笔订单。" * 4


def test_the_original_clients_request_is_answered_by_a_real_server(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as server:
        assert server.address.startswith("http://127.0.0.1:")
        response = httpx.post(f"{server.address}/generate_voice", json=chattts_request(), timeout=30)
        with zipfile.ZipFile(io.BytesIO(response.content)) as pack:
            assert pack.namelist() == ["0.mp3", "1.mp3"]
        server.signal(signal.SIGINT)
        assert server.end() == (0, "")


async def test_sigterm_finishes_what_runs_and_what_waits_and_takes_no_more(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as server:
        async with httpx.AsyncClient(base_url=server.address, timeout=60) as client:
            asked = [
                asyncio.create_task(client.post("/generate_voice", json=chattts_request(LONG, LONG))) for _ in range(8)
            ]
            await until(client, running=1)
            server.signal(signal.SIGTERM)
            responses = await asyncio.gather(*asked)
        assert [response.status_code for response in responses] == [200] * 8
        assert len({response.content for response in responses}) == 1
        assert server.end() == (0, "")
        async with httpx.AsyncClient() as late:
            with pytest.raises(httpx.ConnectError):
                await late.get(f"{server.address}/ready")


async def test_work_is_given_up_when_it_takes_longer_than_the_drain(tmp_path: Path) -> None:
    with serving("--drain-seconds", "1", "--texts", "200", cwd=tmp_path) as server:
        async with httpx.AsyncClient(base_url=server.address, timeout=60) as client:
            asked = asyncio.create_task(client.post("/generate_voice", json=chattts_request(*[LONG * 8] * 200)))
            await until(client, running=1)
            server.signal(signal.SIGTERM)
            with pytest.raises(httpx.HTTPError):
                (await asked).raise_for_status()
        assert server.end()[0] == 0


async def test_a_full_queue_answers_503_with_retry_after_and_a_client_that_leaves_makes_room(tmp_path: Path) -> None:
    with serving("--queue", "40", cwd=tmp_path) as server:
        async with httpx.AsyncClient(base_url=server.address, timeout=60) as client:
            asked = asyncio.create_task(client.post("/generate_voice", json=chattts_request(*[LONG] * 39)))
            await until(client, waiting=20)
            refused = await client.post("/generate_voice", json=chattts_request(*["好。"] * 40))
            assert refused.status_code == 503
            assert 1 <= int(refused.headers["retry-after"]) <= 60
            assert refused.json()["error"]["code"] == "queue_full"
            asked.cancel()
            status = await until(client, waiting=0, running=0)
            assert status["served"] < 39
            assert 'result="dropped"} 0.0' not in (await client.get("/metrics")).text


async def until(client: httpx.AsyncClient, **figures: int) -> dict[str, int]:
    """Wait until each figure of the status has come to its value: down to 0, or up to more."""
    async with asyncio.timeout(30):
        while True:
            status: dict[str, int] = (await client.get("/status")).json()
            if all(status[name] == 0 if value == 0 else status[name] >= value for name, value in figures.items()):
                return status
            await asyncio.sleep(0.01)


def test_a_token_is_asked_for_where_one_is_set(tmp_path: Path) -> None:
    with serving("--token-env", "TTS_TOKEN", cwd=tmp_path, TTS_TOKEN=TOKEN) as server:
        assert httpx.get(f"{server.address}/ready").status_code == 200
        assert httpx.get(f"{server.address}/status").status_code == 401
        headers = {"Authorization": f"Bearer {TOKEN}"}
        assert httpx.get(f"{server.address}/status", headers=headers).status_code == 200


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.7", "example.org"])
def test_a_host_that_others_can_reach_is_refused_without_a_token(antifraud: CommandLine, host: str) -> None:
    done = antifraud("serve-tts", "--host", host, "--port", "0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"--host is {host}" in done.stderr
    assert "--token-env" in done.stderr


def test_a_token_that_is_not_set_or_empty_is_refused(antifraud: CommandLine) -> None:
    for environment in ({}, {"TTS_TOKEN": ""}):
        done = antifraud("serve-tts", "--host", EVERYWHERE, "--token-env", "TTS_TOKEN", **environment)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "TTS_TOKEN, which is not set" in done.stderr


@pytest.mark.parametrize("token", ["two words", "秘密", "half\n"])
def test_a_token_that_no_header_can_carry_is_refused_and_not_shown(antifraud: CommandLine, token: str) -> None:
    done = antifraud("serve-tts", "--token-env", "TTS_TOKEN", TTS_TOKEN=token)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "holds a blank or no ASCII" in done.stderr
    assert token.strip() not in done.stderr


def test_a_port_that_is_taken_is_one_clear_line(antifraud: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = antifraud("serve-tts", "--engine", "espeak", "--port", str(port))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert f"port {port}" in done.stderr


def test_an_engine_that_does_not_speak_on_this_machine_is_refused(antifraud: CommandLine) -> None:
    done = antifraud("serve-tts", "--set", "synthesize.engine=chattts-server")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "chattts or espeak" in done.stderr
