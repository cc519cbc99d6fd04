"""The chat service over HTTP: what is repeated, what stops, what is kept and what it costs."""

from __future__ import annotations

import asyncio
import sys
import time
from email.utils import formatdate

import orjson
import pytest
from aiohttp import web

from antifraud.errors import BudgetReached, ServiceError, Unanswered
from antifraud.services.chat import Usage

from .conftest import question

COMPLETION = {
    "choices": [{"message": {"content": "喂，您好。"}, "finish_reason": "stop"}],
    "usage": {
        "prompt_tokens": 100,
        "completion_tokens": 40,
        "prompt_tokens_details": {"cached_tokens": 64},
        "completion_tokens_details": {"reasoning_tokens": 30},
    },
}
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}


async def test_an_answer_is_paid_once_and_then_comes_from_the_journal(open_chat, fake_service):
    async with open_chat(prices={"fake/chat": {"prompt": 2, "completion": 8}}) as chat:
        first = await chat.ask(question())
        spent, cost = chat.spent, chat.cost
        again = await chat.ask(question())
        assert first.text and not first.replayed and again.replayed
        assert (again.text, again.usage, again.finish_reason) == (first.text, first.usage, first.finish_reason)
        assert (chat.spent, chat.cost, chat.requests, chat.replayed) == (spent, cost, 1, 1)
        assert cost == pytest.approx((spent.prompt * 2 + spent.completion * 8) / 1e6) and cost > 0
    async with open_chat(replay_only=True) as chat:
        assert (await chat.ask(question())).text == first.text
        with pytest.raises(ServiceError, match="no answer to this request is recorded; run without --replay"):
            await chat.ask(question(1))
    assert fake_service.stats()["requests"] == 1


async def test_the_same_question_asked_twice_at_once_is_paid_once(open_chat, fake_service):
    fake_service.order(latency_ms=50)
    async with open_chat() as chat:
        one, two = await asyncio.gather(chat.ask(question()), chat.ask(question()))
        assert one.text == two.text and one.replayed != two.replayed
        await chat.ask(question(sample=1))
    assert fake_service.stats()["requests"] == 2


def test_the_key_of_a_request_depends_on_all_that_decides_the_answer():
    base = question().key("m", {})
    others = [
        question(1).key("m", {}),
        question(sample=1).key("m", {}),
        question(temperature=0.6).key("m", {}),
        question(max_tokens=99).key("m", {}),
        question(schema=SCHEMA, schema_name="turn").key("m", {}),
        question().key("n", {}),
        question().key("m", {"enable_thinking": False}),
    ]
    assert len({base, *others}) == len(others) + 1
    assert base == question().key("m", {}) and question(model="m").key("n", {}) == base


@pytest.mark.parametrize("fault", ["503", "drop", "cut", "error_200", "key_echo"])
async def test_a_fault_is_followed_by_a_second_request_and_an_answer(open_chat, fake_service, fault):
    fake_service.order(faults_first=[fault])
    async with open_chat() as chat:
        start = time.monotonic()
        reply = await chat.ask(question())
        assert 0.35 < time.monotonic() - start < 1.5
        assert reply.text and chat.requests == 2 and chat.in_flight == 0
    assert fake_service.stats()["by_fault"] == {fault: 1}


async def test_a_service_that_hangs_is_asked_again_after_the_timeout(open_chat, fake_service):
    fake_service.order(faults_first=["hang"])
    async with open_chat(timeout_seconds=0.3, connect_seconds=0.2) as chat:
        assert (await chat.ask(question())).text
        assert chat.requests == 2


@pytest.mark.parametrize("status", [408, 409])
async def test_other_statuses_that_pass_are_repeated(open_chat, odd_service, status):
    statuses = [status]

    async def handle(request: web.Request) -> web.Response:
        return web.json_response(COMPLETION, status=statuses.pop() if statuses else 200)

    async with open_chat(base_url=await odd_service(handle)) as chat:
        reply = await chat.ask(question())
        assert reply.usage == Usage(prompt=100, cached=64, completion=40, reasoning=30)
        assert chat.requests == 2


async def test_retry_after_is_waited_for_in_full(open_chat, fake_service):
    fake_service.order(faults_first=["429_retry_after"], retry_after="1")
    async with open_chat() as chat:
        start = time.monotonic()
        await chat.ask(question())
        assert 1.0 <= time.monotonic() - start < 2.0


async def test_retry_after_may_be_a_date(open_chat, fake_service):
    fake_service.order(faults_first=["429_retry_after"], retry_after=formatdate(time.time() + 2, usegmt=True))
    async with open_chat() as chat:
        start = time.monotonic()
        await chat.ask(question())
        assert 0.9 <= time.monotonic() - start < 3.0


async def test_a_retry_after_above_the_longest_wait_gives_up_at_once(open_chat, fake_service):
    fake_service.order(faults={"429_retry_after": 1.0}, retry_after="121")
    async with open_chat() as chat:
        with pytest.raises(Unanswered, match=r"429: Request was rejected due to rate limiting.*it asks to wait 12"):
            await chat.ask(question())
        assert chat.requests == 1


async def test_one_that_waits_to_repeat_holds_nobody_up(open_chat, fake_service):
    fake_service.order(faults_first=["429_retry_after"], retry_after="1")
    async with open_chat(concurrency=1) as chat:
        start = time.monotonic()
        waiting = asyncio.create_task(chat.ask(question(0)))
        await asyncio.sleep(0.2)
        await chat.ask(question(1))
        assert time.monotonic() - start < 0.8
        await waiting


async def test_attempts_end_and_the_record_is_unanswered(open_chat, fake_service):
    fake_service.order(faults={"500": 1.0})
    async with open_chat(attempts=2) as chat:
        with pytest.raises(Unanswered, match=r"fake/chat: 500: Internal server error.* \(request 2 of 2\)"):
            await chat.ask(question())
        assert chat.requests == 2


async def test_a_fallback_model_answers_in_its_turn(open_chat, odd_service):
    asked = []

    async def handle(request: web.Request) -> web.Response:
        asked.append((await request.json())["model"])
        return web.json_response(COMPLETION, status=200 if asked[-1] == "third" else 503)

    settings = {"model": "first", "fallback_models": ["second", "third"], "attempts": 2}
    async with open_chat(base_url=await odd_service(handle), **settings) as chat:
        assert (await chat.ask(question())).model == "third"
        assert (await chat.ask(question())).replayed
    assert asked == ["first", "first", "second", "second", "third"]


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            400,
            b'{"code":20012,"message":"Model does not exist.","data":null}',
            r"400: Model does not exist. \(code 20012",
        ),
        (401, b'"Invalid token"', "401: Invalid token; check the key"),
        (403, b'{"code":30001,"message":"Real-name check","data":null}', "403: Real-name check"),
        (404, b"404 page not found", "404: 404 page not found"),
        (422, b'{"error":{"message":"temperature: too large","code":"bad"}}', "422: temperature: too large"),
        (402, b'{"error":"Insufficient balance"}', "402: Insufficient balance"),
        (400, b"", "400: "),
    ],
)
async def test_what_no_repeating_helps_stops_with_the_words_of_the_provider(open_chat, odd_service, status, body, said):
    async def handle(request: web.Request) -> web.Response:
        return web.Response(status=status, body=body)

    async with open_chat(base_url=await odd_service(handle)) as chat:
        with pytest.raises(ServiceError, match=said) as refused:
            await chat.ask(question())
        assert not isinstance(refused.value, Unanswered) and chat.requests == 1


async def test_a_question_the_provider_will_not_hear_costs_one_record_and_not_the_run(open_chat, odd_service):
    async def handle(request: web.Request) -> web.Response:
        code = {"message": "Input data may contain inappropriate content.", "code": "data_inspection_failed"}
        return web.json_response({"error": code}, status=400)

    async with open_chat(base_url=await odd_service(handle)) as chat:
        with pytest.raises(Unanswered, match="inappropriate content"):
            await chat.ask(question())
        assert chat.requests == 1


async def test_an_unknown_model_stops_at_once(open_chat):
    async with open_chat(model="missing/model") as chat:
        with pytest.raises(ServiceError, match="Model does not exist"):
            await chat.ask(question())


async def test_redirects_are_not_followed(open_chat, odd_service):
    visited = []

    async def handle(request: web.Request) -> web.Response:
        visited.append(request.path)
        return web.Response(status=307, headers={"Location": "/elsewhere"})

    async with open_chat(base_url=await odd_service(handle)) as chat:
        with pytest.raises(ServiceError, match=r"redirects to /elsewhere, .* set llm\.base_url"):
            await chat.ask(question())
    assert visited == ["/v1/chat/completions"]


async def test_a_base_url_where_nobody_is_stops_the_run_soon(open_chat):
    async with open_chat(base_url="http://127.0.0.1:9/v1") as chat:
        with pytest.raises(ServiceError, match=r":9/v1: nobody answers .*check llm\.base_url") as refused:
            await chat.ask(question())
        assert not isinstance(refused.value, Unanswered)


async def test_a_provider_that_closes_every_connection_leaves_the_record_unanswered(open_chat, fake_service):
    fake_service.order(faults={"drop": 1.0})
    async with open_chat(attempts=2) as chat:
        with pytest.raises(Unanswered, match="Disconnected"):
            await chat.ask(question())


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'"ok"', b'{"choices":[]}', b'{"choices":[{}]}', b'{"choices":[{"message":{"content":7}}]}'],
)
async def test_a_200_without_an_answer_is_no_answer(open_chat, odd_service, body):
    async def handle(request: web.Request) -> web.Response:
        return web.Response(body=body)

    async with open_chat(base_url=await odd_service(handle), attempts=1) as chat:
        with pytest.raises(Unanswered, match="200 without an answer"):
            await chat.ask(question())


async def test_an_answer_cut_at_its_length_is_returned_as_it_is(open_chat, fake_service):
    fake_service.order(faults_first=["length"])
    async with open_chat() as chat:
        assert (await chat.ask(question())).finish_reason == "length"


async def test_reasoning_comes_beside_the_text(open_chat, fake_service):
    fake_service.order(reasoning=True)
    async with open_chat() as chat:
        reply = await chat.ask(question())
    assert reply.reasoning and reply.reasoning not in reply.text and 0 < reply.usage.reasoning < reply.usage.completion


async def test_a_refused_json_schema_becomes_json_object_for_the_rest_of_the_run(open_chat, fake_service):
    fake_service.order(json_schema=False)
    async with open_chat() as chat:
        await chat.ask(question(schema=SCHEMA, schema_name="turn"))
        assert chat.requests == 2
        await chat.ask(question(1, schema=SCHEMA, schema_name="turn"))
        assert chat.requests == 3


async def test_a_format_refused_to_many_at_once_moves_the_run_one_down_and_no_further(open_chat, odd_service):
    seen = []

    async def handle(request: web.Request) -> web.Response:
        wanted = (await request.json()).get("response_format", {}).get("type")
        seen.append(wanted)
        await asyncio.sleep(0.05)
        if wanted == "json_schema":
            return web.json_response({"message": "response_format json_schema is not supported"}, status=400)
        return web.json_response(COMPLETION)

    async with open_chat(base_url=await odd_service(handle)) as chat:
        await asyncio.gather(*(chat.ask(question(n, schema=SCHEMA, schema_name="turn")) for n in range(4)))
    assert seen == ["json_schema"] * 4 + ["json_object"] * 4


async def test_the_format_asked_for_follows_the_preset(open_chat, odd_service):
    seen = []

    async def handle(request: web.Request) -> web.Response:
        seen.append((await request.json()).get("response_format"))
        return web.json_response(COMPLETION)

    url = await odd_service(handle)
    async with open_chat(base_url=url, json_schema=False) as chat:
        await chat.ask(question(schema=SCHEMA, schema_name="turn"))
        await chat.ask(question())
    async with open_chat(base_url=url) as chat:
        await chat.ask(question(1, schema=SCHEMA, schema_name="turn"))
    assert seen[:2] == [{"type": "json_object"}, None]
    assert seen[2]["json_schema"]["name"] == "turn" and seen[2]["json_schema"]["schema"] == SCHEMA


async def test_a_server_without_a_key_gets_none(open_chat, odd_service, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-of-somebody-else")
    headers = []

    async def handle(request: web.Request) -> web.Response:
        headers.append(request.headers.copy())
        return web.json_response(COMPLETION)

    async with open_chat(base_url=await odd_service(handle), preset="vllm") as chat:
        await chat.ask(question())
    assert "Authorization" not in headers[0] and "somebody" not in str(headers)


async def test_extra_fields_reach_the_provider(open_chat, odd_service):
    bodies = []

    async def handle(request: web.Request) -> web.Response:
        bodies.append(orjson.loads(await request.read()))
        return web.json_response(COMPLETION)

    async with open_chat(base_url=await odd_service(handle), extra_body={"enable_thinking": False}) as chat:
        await chat.ask(question())
    assert bodies[0]["enable_thinking"] is False and bodies[0]["messages"][0]["role"] == "user"


PRICES = {"fake/chat": {"prompt": 1000, "completion": 1000}}


async def test_a_budget_of_nothing_sends_nothing(open_chat, fake_service):
    async with open_chat(budget=0) as chat:
        with pytest.raises(BudgetReached, match="the budget is 0 CNY"):
            await chat.ask(question())
    assert fake_service.stats()["requests"] == 0


async def test_a_budget_without_a_price_is_refused(open_chat):
    async with open_chat(budget=1) as chat:
        with pytest.raises(ServiceError, match=r"llm\.prices has no price of fake/chat"):
            await chat.ask(question())


async def test_a_budget_is_used_and_never_passed(open_chat, fake_service):
    fake_service.order(latency_ms=5)
    async with open_chat(budget=3, prices=PRICES, concurrency=20) as chat:
        results = await asyncio.gather(*(chat.ask(question(n)) for n in range(200)), return_exceptions=True)
        stopped = [result for result in results if isinstance(result, BudgetReached)]
        assert stopped and len(stopped) < 200
        assert all(isinstance(result, BudgetReached) or result.text for result in results)
        stats = fake_service.stats()
        assert chat.cost == pytest.approx((stats["prompt_tokens"] + stats["completion_tokens"]) / 1000)
        assert 3 - 0.2 < chat.cost <= 3


async def test_answers_that_were_cut_count_against_the_budget(open_chat, fake_service):
    fake_service.order(faults={"cut": 1.0})
    async with open_chat(budget=0.3, prices=PRICES, attempts=9) as chat:
        with pytest.raises(BudgetReached, match="perhaps"):
            await chat.ask(question())
        assert chat.cost == 0 and chat.meter.unknown_cost > 0


async def test_a_cancelled_question_frees_its_place(open_chat, fake_service):
    fake_service.order(faults_first=["hang"])
    async with open_chat(concurrency=1) as chat:
        task = asyncio.create_task(chat.ask(question()))
        await asyncio.sleep(0.2)
        assert chat.in_flight == 1
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert chat.in_flight == 0 and (await chat.ask(question(1))).text


async def test_nothing_of_openai_is_loaded_before_a_service_is_opened():
    code = (
        "import sys, antifraud.services.chat; sys.exit(any(m in sys.modules for m in ('openai', 'httpx2', 'aiohttp')))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    assert await process.wait() == 0


async def test_a_budget_is_the_runs_and_not_the_process(open_chat):
    price = {"any": {"prompt": 1000.0, "completion": 1000.0}}
    async with open_chat(model="any", prices=price) as chat:
        await chat.ask(question(1))
        spent = chat.cost
    async with open_chat(model="any", prices=price, budget=spent) as chat:
        await chat.ask(question(1))
        with pytest.raises(BudgetReached, match="spent"):
            await chat.ask(question(2))
        assert chat.requests == 0
