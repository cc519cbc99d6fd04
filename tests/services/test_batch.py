"""Batches against the fake service: rounds, files, failures, kills, money; run as a program, it is the one killed."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from antifraud.errors import BudgetReached, ServiceError, StoreError, Unanswered
from antifraud.service_config import LlmConfig
from antifraud.services.batch import BatchModel, Pending
from antifraud.services.chat import ChatModel, ChatReply, ChatRequest
from antifraud.services.exchange import Usage
from antifraud.services.journal import Journal
from tests.fakes.client import REPOSITORY, FakeService
from tests.fakes.openai_server import DESK, Handler, application, reply
from tests.fakes.service import Service
from tests.services.conftest import ENVIRONMENT, KEY, question

PRICES = {"fake/chat": {"prompt": 100_000.0, "completion": 100_000.0}}
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}}
QUICK_SECONDS = 0.06
Afterwards = Callable[[web.Request, web.StreamResponse, Service], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def opened(folder: Path, url: str, *, max_lines: int = 5000, **settings: Any) -> AsyncIterator[BatchModel]:
    """Open a batch service whose journal lies in `folder`."""
    usual = {"base_url": url, "model": "fake/chat", "timeout_seconds": 5, "attempts": 3}
    config = LlmConfig.model_validate({**usual, **settings})
    with Journal(folder / "journal.sqlite") as journal:
        async with BatchModel.open(config, ENVIRONMENT, journal, poll_seconds=0.05, max_lines=max_lines) as model:
            yield model


async def round_of(model: BatchModel, requests: list[ChatRequest]) -> list[ChatReply | Pending | Unanswered]:
    """Ask everything once, as a stage does."""
    results: list[ChatReply | Pending | Unanswered] = []
    for request in requests:
        try:
            results.append(await model.ask(request))
        except (Pending, Unanswered) as exc:
            results.append(exc)
    return results


async def rounds_of(model: BatchModel, requests: list[ChatRequest]) -> list[ChatReply | Pending | Unanswered]:
    """Ask until nothing is wanted any more."""
    while True:
        results = await round_of(model, requests)
        if not model.wanted:
            return results
        await model.settle()


def answered(results: list[ChatReply | Pending | Unanswered]) -> list[str]:
    return [result.text for result in results if isinstance(result, ChatReply)]


def questions(count: int, **changes: Any) -> list[ChatRequest]:
    return [question(number, **changes) for number in range(count)]


def batches_in(folder: Path) -> Any:
    return json.loads((folder / "batches.json").read_bytes())


class Provider:
    """The fake service in this process, with a list of batches and something that happens after each answer."""

    def __init__(self) -> None:
        self.afterwards: Afterwards | None = None
        self.seen: list[str] = []
        self.app = application()

        @web.middleware
        async def watch(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.seen.append(f"{request.method} {request.path}")
            response = await handler(request)
            if request.path == "/v1/files" and isinstance(part := (await request.post())["file"], web.FileField):
                part.file.close()  # which is left to the end of the process elsewhere
            return await self.afterwards(request, response, self.service) if self.afterwards else response

        self.app.middlewares.append(watch)
        self.app.router.add_get("/v1/batches", self._list)

    @property
    def service(self) -> Service:
        return self.app[DESK].service

    def lines(self) -> list[dict[str, Any]]:
        """Return the requests of all batches."""
        files = [kept["batch"]["input_file_id"] for kept in self.service.batches.values()]
        return [json.loads(line) for file in files for line in self.service.contents[file].splitlines()]

    async def _list(self, request: web.Request) -> web.Response:
        return reply({"object": "list", "data": [kept["batch"] for kept in self.service.batches.values()]})


@pytest.fixture
def quick_service(fake_service: FakeService) -> FakeService:
    fake_service.order(batch_seconds=QUICK_SECONDS)
    return fake_service


@pytest.fixture
async def provider() -> AsyncIterator[tuple[Provider, str]]:
    provider = Provider()
    provider.service.settings.batch_seconds = QUICK_SECONDS
    server = TestServer(provider.app)
    await server.start_server()
    yield provider, str(server.make_url("/v1"))
    await server.close()


def is_creation(request: web.Request) -> bool:
    return request.method == "POST" and request.path == "/v1/batches"


# rounds and files


async def test_answers_come_by_batch_and_are_replayed_by_any_later_run(
    quick_service: FakeService, tmp_path: Path
) -> None:
    async with opened(tmp_path, quick_service.url) as model:
        assert all(isinstance(result, Pending) for result in await round_of(model, questions(3)))
        assert (model.wanted, await model.settle(), model.wanted) == (3, 3, 0)
        texts = answered(await round_of(model, questions(3)))
        assert (len(texts), model.wanted, await model.settle()) == (3, 0, 0)
        assert (model.replayed, model.spent.prompt > 0) == (0, True)
    async with opened(tmp_path, quick_service.url) as model:
        assert answered(await rounds_of(model, questions(3))) == texts
        assert (model.replayed, model.spent) == (3, Usage())
    assert batches_in(tmp_path) == {"batches": [], "failed": {}}
    assert (quick_service.stats()["batch_requests"], quick_service.stats()["requests"]) == (3, 0)


async def test_a_batch_asks_and_answers_as_single_requests_do(provider: tuple[Provider, str], tmp_path: Path) -> None:
    fake, url = provider
    request = question(1, schema_name="caller_turn", schema=SCHEMA)
    bodies = []

    async def listen(request: web.Request, response: web.StreamResponse, service: Service) -> web.StreamResponse:
        if request.path == "/v1/chat/completions":
            bodies.append(json.loads(await request.read()))
        return response

    fake.afterwards = listen
    async with opened(tmp_path, url, extra_body={"enable_thinking": False}) as model:
        (by_batch,) = answered(await rounds_of(model, [request]))
    (line,) = fake.lines()
    config = LlmConfig(base_url=url, model="fake/chat", extra_body={"enable_thinking": False})
    with Journal(tmp_path / "journal.sqlite") as journal:
        async with ChatModel.open(config, ENVIRONMENT, journal) as chat:
            assert ((await chat.ask(request)).text, chat.replayed) == (by_batch, 1)
    with Journal(tmp_path / "other.sqlite") as journal:
        async with ChatModel.open(config, ENVIRONMENT, journal) as chat:
            assert (await chat.ask(request)).text == by_batch
    assert bodies == [line["body"]]
    assert line["custom_id"] == request.key("fake/chat", {"enable_thinking": False})
    assert (line["method"], line["url"]) == ("POST", "/v1/chat/completions")


async def test_files_are_split_by_lines_and_models(provider: tuple[Provider, str], tmp_path: Path) -> None:
    fake, url = provider
    async with opened(tmp_path, url, max_lines=3) as model:
        requests = [*questions(7), *questions(2, model="fake/chat-large")]
        assert len(answered(await rounds_of(model, requests))) == 9
    sizes = sorted(kept["batch"]["request_counts"]["total"] for kept in fake.service.batches.values())
    assert sizes == [1, 2, 3, 3]


async def test_one_question_asked_twice_is_one_line(quick_service: FakeService, tmp_path: Path) -> None:
    async with opened(tmp_path, quick_service.url) as model:
        first, second = answered(await rounds_of(model, [question(), question()]))
    assert first == second
    assert quick_service.stats()["batch_requests"] == 1


# failures


async def test_lines_that_fail_are_submitted_again(quick_service: FakeService, tmp_path: Path) -> None:
    quick_service.order(faults_first=["500", "hang", "429", "error_200"])
    async with opened(tmp_path, quick_service.url) as model:
        await round_of(model, questions(6))
        assert await model.settle() == 2
        assert len(answered(await rounds_of(model, questions(6)))) == 6
    assert quick_service.stats()["batch_requests"] == 10
    assert quick_service.doubly_paid() == {}


async def test_a_line_that_always_fails_is_unanswered_after_all_attempts_of_all_runs(
    quick_service: FakeService, tmp_path: Path
) -> None:
    quick_service.order(faults={"hang": 1.0})
    async with opened(tmp_path, quick_service.url) as model:
        await round_of(model, [question()])
        assert await model.settle() == 0
    async with opened(tmp_path, quick_service.url) as model:
        (result,) = await rounds_of(model, [question()])
    assert isinstance(result, Unanswered)
    assert "could not be executed in time" in str(result)
    assert "submission 3 of 3" in str(result)
    assert quick_service.stats()["batch_requests"] == 3


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled"])
async def test_a_batch_that_ends_badly_is_submitted_again(
    provider: tuple[Provider, str], tmp_path: Path, status: str
) -> None:
    fake, url = provider

    async def spoil(request: web.Request, response: web.StreamResponse, service: Service) -> web.StreamResponse:
        if is_creation(request) and len(service.batches) == 1:
            (kept,) = service.batches.values()
            kept["batch"].update(status=status, errors={"data": [{"code": "token_limit", "message": "too much"}]})
        return response

    fake.afterwards = spoil
    async with opened(tmp_path, url) as model:
        await round_of(model, questions(2))
        assert await model.settle() == 0
        assert all("too much" in failure["why"] for failure in batches_in(tmp_path)["failed"].values())
        assert len(answered(await rounds_of(model, questions(2)))) == 2
    assert len(fake.service.batches) == 2
    assert batches_in(tmp_path) == {"batches": [], "failed": {}}


async def test_an_answer_format_that_is_refused_is_asked_for_more_loosely(
    quick_service: FakeService, tmp_path: Path
) -> None:
    quick_service.order(json_schema=False)
    async with opened(tmp_path, quick_service.url) as model:
        assert len(answered(await rounds_of(model, questions(3, schema_name="x", schema=SCHEMA)))) == 3


async def test_an_unknown_model_stops_with_the_words_of_the_provider(
    quick_service: FakeService, tmp_path: Path
) -> None:
    async with opened(tmp_path, quick_service.url, model="missing/one") as model:
        await round_of(model, questions(2))
        with pytest.raises(ServiceError, match=r"missing/one: 400: Model does not exist.*check llm.model"):
            await model.settle()


async def test_a_wrong_key_and_an_absent_service_stop_at_once(quick_service: FakeService, tmp_path: Path) -> None:
    config = LlmConfig(base_url=quick_service.url, model="fake/chat")
    with Journal(tmp_path / "wrong.sqlite") as journal:
        async with BatchModel.open(config, {"SILICONFLOW_API_KEY": "bad-key"}, journal) as model:
            await round_of(model, [question()])
            with pytest.raises(ServiceError, match="401: Invalid token; check the key") as caught:
                await model.settle()
    assert "bad-key" not in str(caught.value)
    async with opened(tmp_path, "http://127.0.0.1:9/v1") as model:
        await round_of(model, [question()])
        with pytest.raises(ServiceError, match="nobody answers"):
            await model.settle()


async def test_a_service_without_batches_is_told_in_one_line(
    odd_service: Callable[[Callable[[web.Request], Awaitable[web.StreamResponse]]], Awaitable[str]], tmp_path: Path
) -> None:
    async def chatter(request: web.Request) -> web.StreamResponse:
        await request.read()
        return web.Response(text="<html>Welcome</html>")

    async with opened(tmp_path, await odd_service(chatter)) as model:
        await round_of(model, [question()])
        with pytest.raises(ServiceError, match=r"Welcome.*not OpenAI's batch interface"):
            await model.settle()


async def test_files_wrapped_or_elsewhere_are_found_as_on_siliconflow(
    provider: tuple[Provider, str], tmp_path: Path
) -> None:
    fake, url = provider
    shown: list[str | None] = []

    async def elsewhere(request: web.Request) -> web.Response:
        shown.append(request.headers.get("Authorization"))
        return web.Response(body=fake.service.contents[request.match_info["id"]])

    store = web.Application()
    store.router.add_get("/{id}", elsewhere)
    server = TestServer(store)
    await server.start_server()

    async def dress(request: web.Request, response: web.StreamResponse, service: Service) -> web.StreamResponse:
        assert isinstance(response, web.Response)
        told = orjson.loads(response.body) if isinstance(response.body, bytes) else {}
        if request.path == "/v1/files":
            return reply({"code": 20000, "message": "Ok", "status": True, "data": told})
        if told.get("status") == "validating":
            return reply({**told, "status": "in_queue", "errors": []})
        if told.get("output_file_id"):
            return reply({**told, "output_file_id": str(server.make_url(f"/{told['output_file_id']}"))})
        return response

    fake.afterwards = dress
    async with opened(tmp_path, url) as model:
        assert len(answered(await rounds_of(model, questions(2)))) == 2
    await server.close()
    assert shown == [None]


# kills


MOMENTS = {
    "upload": r"POST /v1/files",
    "creation": r"POST /v1/batches",
    "poll": r"GET /v1/batches/.+",
    "download": r"GET /v1/files/.+/content",
}


@pytest.mark.parametrize("moment", MOMENTS)
async def test_a_run_killed_at_any_moment_pays_once(
    provider: tuple[Provider, str], tmp_path: Path, moment: str
) -> None:
    fake, url = provider
    client = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.services.test_batch", url, str(tmp_path)), cwd=REPOSITORY
    )

    async def kill(request: web.Request, response: web.StreamResponse, service: Service) -> web.StreamResponse:
        if client.returncode is None and re.fullmatch(MOMENTS[moment], f"{request.method} {request.path}"):
            os.kill(client.pid, signal.SIGKILL)
            await client.wait()
        return response

    fake.afterwards = kill
    assert await asyncio.wait_for(client.wait(), 10) == -signal.SIGKILL
    async with opened(tmp_path, url) as model:
        assert len(answered(await rounds_of(model, questions(20)))) == 20
    assert len(fake.service.batches) == 1
    assert fake.service.ledger.report()["batch_requests"] == 20
    assert batches_in(tmp_path) == {"batches": [], "failed": {}}


async def test_a_creation_whose_answer_was_lost_is_looked_up(provider: tuple[Provider, str], tmp_path: Path) -> None:
    fake, url = provider

    async def cut(request: web.Request, response: web.StreamResponse, service: Service) -> web.StreamResponse:
        if is_creation(request) and request.transport:
            request.transport.close()
        return response

    fake.afterwards = cut
    async with opened(tmp_path, url) as model:
        assert len(answered(await rounds_of(model, questions(2)))) == 2
    assert len(fake.service.batches) == 1
    assert "GET /v1/batches" in fake.seen


async def test_a_batch_of_another_stage_is_left_waiting(quick_service: FakeService, tmp_path: Path) -> None:
    quick_service.order(batch_seconds=1.0)
    async with opened(tmp_path, quick_service.url) as model:
        await round_of(model, questions(2))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(model.settle(), 0.4)
    quick_service.order(batch_seconds=0.1)
    async with opened(tmp_path, quick_service.url) as model:
        assert len(answered(await rounds_of(model, [question(7)]))) == 1
        assert model.in_flight == 2
        assert len(answered(await rounds_of(model, questions(1)))) == 1
        assert (model.in_flight, model.replayed) == (0, 0)
        assert len(answered(await round_of(model, questions(2)))) == 2
    assert quick_service.stats()["batch_requests"] == 3


def test_a_spoiled_book_stops_before_anything_is_paid_twice(tmp_path: Path) -> None:
    (tmp_path / "batches.json").write_text("{")
    with Journal(tmp_path / "journal.sqlite") as journal, pytest.raises(StoreError, match="paid twice"):
        BatchModel.open(LlmConfig(model="fake/chat"), ENVIRONMENT, journal)


# money and key


async def test_batches_cost_half_and_stop_before_the_budget(quick_service: FakeService, tmp_path: Path) -> None:
    async with opened(tmp_path, quick_service.url, prices=PRICES) as model:
        await rounds_of(model, questions(4))
        tokens = model.spent.prompt + model.spent.completion
        assert model.cost == pytest.approx(tokens * 100_000 * 0.5 / 1_000_000)
        assert model.config.prices["fake/chat"].prompt == 50_000
    async with opened(tmp_path, quick_service.url, prices=PRICES, budget=1.0) as model:
        await round_of(model, questions(8))
        with pytest.raises(BudgetReached, match="the budget is 1 CNY"):
            await model.settle()
    assert quick_service.stats()["batch_requests"] == 4


async def test_files_go_while_the_budget_has_room(quick_service: FakeService, tmp_path: Path) -> None:
    async with opened(tmp_path, quick_service.url, prices=PRICES, budget=13.0, max_lines=2) as model:
        await round_of(model, questions(6))
        with pytest.raises(BudgetReached):
            await model.settle()
        assert 0 < model.cost < 13
        paid = len(answered(await round_of(model, questions(6))))
    assert paid == quick_service.stats()["batch_requests"]
    assert 2 <= paid < 6


async def test_the_key_is_in_no_file_and_no_message(
    provider: tuple[Provider, str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fake, url = provider
    caplog.set_level("DEBUG")

    async def echo(request: web.Request, response: web.StreamResponse, service: Service) -> web.StreamResponse:
        assert isinstance(response, web.Response)
        said = request.headers["Authorization"]
        if is_creation(request):
            newest = list(service.batches.values())[-1]["batch"]
            if len(service.batches) == 1:
                newest.update(status="failed", errors={"data": [{"message": f"no rights for {said}"}]})
        if request.path.endswith("/content") and isinstance(response.body, bytes):
            return web.Response(body=response.body.replace("好的".encode(), said.encode()))
        return response

    fake.afterwards = echo
    async with opened(tmp_path, url, attempts=1) as model:
        (failed,) = await rounds_of(model, [question()])
        assert "no rights for Bearer [key]" in str(failed)
        texts = answered(await rounds_of(model, questions(8, temperature=0.1)))
    assert any("Bearer [key]" in text for text in texts)
    assert KEY not in caplog.text + str(failed) + "".join(texts)
    assert [path for path in tmp_path.rglob("*") if KEY.encode() in path.read_bytes()] == []  # noqa: ASYNC240


async def run_as_program(arguments: Mapping[str, str]) -> None:
    """Ask twenty questions by batch, to be killed on the way."""
    async with opened(Path(arguments["folder"]), arguments["url"]) as model:
        await rounds_of(model, questions(20))


if __name__ == "__main__":
    asyncio.run(run_as_program(dict(zip(("url", "folder"), sys.argv[1:], strict=True))))
