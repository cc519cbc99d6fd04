"""The chat model's reading against the loopback service."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import orjson
import pytest

from antifraud.audit.reader import Reading
from antifraud.audit.second_opinion import ask_reading, second_opinion
from antifraud.labels import Act
from antifraud.scenarios.packs import Packs
from antifraud.service_config import LlmConfig
from antifraud.services.chat import ChatModel
from antifraud.services.forms import UnusableAnswer
from antifraud.services.journal import Journal
from tests.audit.test_reader import turns_of
from tests.conftest import CommandLine
from tests.fakes.client import FakeService
from tests.fakes.fixtures import fake_service, fake_service_process

__all__ = ["fake_service", "fake_service_process"]

FRAUD = "您好。 / 被：你说。 / 您把验证码念给我，我帮您办。"
LAWFUL = "您好，您订的位子几点到？ / 被：七点。 / 好，给您留着。"
OpenChat = Callable[[], AbstractAsyncContextManager[ChatModel]]


@pytest.fixture
def open_chat(fake_service: FakeService, tmp_path: Path) -> OpenChat:
    @asynccontextmanager
    async def opened() -> AsyncIterator[ChatModel]:
        config = LlmConfig(base_url=fake_service.url, model="fake/chat", timeout_seconds=5, attempts=2)
        with Journal(tmp_path / "journal.sqlite") as journal:
            async with ChatModel.open(config, {"SILICONFLOW_API_KEY": "sk-test"}, journal) as chat:
                yield chat

    return opened


def prompts(packs: Packs) -> tuple[str, str]:
    return packs.prompts["reader"], packs.prompts["repair"]


async def test_a_model_reads_a_call_and_quotes_it(open_chat: OpenChat, packs: Packs) -> None:
    async with open_chat() as chat:
        fraud = await ask_reading(turns_of(FRAUD), chat, *prompts(packs))
        lawful = await ask_reading(turns_of(LAWFUL), chat, *prompts(packs))
    assert fraud == Reading(True, Act.ASK_SECRET, 2, "您把验证码念给我", "主叫直接提了要求。")
    assert lawful == Reading(False, None, None, "", "主叫没有要什么。")


async def test_the_same_call_is_paid_for_once(open_chat: OpenChat, fake_service: FakeService, packs: Packs) -> None:
    for _ in range(2):
        async with open_chat() as chat:
            await ask_reading(turns_of(FRAUD), chat, *prompts(packs))
    assert fake_service.stats()["answered"] == 1


async def test_a_broken_answer_is_asked_for_once_more(
    open_chat: OpenChat, fake_service: FakeService, packs: Packs
) -> None:
    fake_service.order(faults_first=["wrong_schema"])
    async with open_chat() as chat:
        reading = await ask_reading(turns_of(LAWFUL), chat, *prompts(packs))
    assert not reading.is_fraud
    assert fake_service.stats()["requests"] == 2


async def test_answers_that_stay_broken_are_no_reading(
    open_chat: OpenChat, fake_service: FakeService, packs: Packs
) -> None:
    fake_service.order(faults={"malformed_json": 1.0})
    async with open_chat() as chat:
        with pytest.raises(UnusableAnswer, match="JSON"):
            await ask_reading(turns_of(FRAUD), chat, *prompts(packs))
        assert isinstance(await second_opinion(turns_of(FRAUD), chat, *prompts(packs)), str)


def test_stats_lists_both_readings_of_calls_that_a_model_reads_otherwise(
    fake_service: FakeService, tmp_path: Path, antifraud: CommandLine
) -> None:
    assert antifraud("generate-fraud", "-n", "3", "--run", "r").returncode == 0
    dialogues = str(tmp_path / "data/runs/r/dialogues.jsonl")
    asked = ["audit.reader=llm", f"llm.base_url={fake_service.url}", "llm.model=fake/chat"]
    options = [part for setting in asked for part in ("--set", setting)]
    told = [
        antifraud("stats", dialogues, "--parts", "labels", "--json", *options, SILICONFLOW_API_KEY="sk-test")
        for _ in range(2)
    ]
    assert fake_service.stats()["answered"] == 3
    assert told[0].stdout == told[1].stdout
    labels = orjson.loads(told[0].stdout)[0]["report"]["labels"]
    assert 0 <= labels["agreement_share"] <= 1
    for one in labels["disagreements"]:
        assert one["reading"]["why"] in ("主叫直接提了要求。", "主叫没有要什么。")
        assert one["decisive"]["quote"]
    refused = antifraud("stats", dialogues, "--parts", "labels", *options)
    assert "SILICONFLOW_API_KEY is not set" in refused.stderr
