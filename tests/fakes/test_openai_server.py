"""The fake service, over real connections to a real process."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from antifraud.labels import FRAUD_ACTS, Act, Emotion
from tests.fakes.client import FakeService
from tests.fakes.ledger import tokens_of

FOREIGN = re.compile(r"[0-9A-Za-z()（）\[\]{}<>#|]")
FIRST_LINES = {
    "caller_turn": "角色：主叫",
    "callee_turn": "角色：被叫",
    "supervision": "角色：督导",
    "call_script": "任务：写一通电话",
}


def plan(role: str = "caller_turn", *, number: int = 0, is_fraud: bool = True, outcome: str = "refused") -> str:
    kind = "诈骗" if is_fraud else "正常"
    return f"{FIRST_LINES[role]}\n性质：{kind}\n计划结局：{outcome}\n编号：{number}"


def request(system: str, *later: tuple[str, str], **more: Any) -> dict[str, Any]:
    messages = [{"role": "system", "content": system}, *({"role": role, "content": text} for role, text in later)]
    return {"model": "fake/chat", "messages": messages, **more}


@pytest.fixture
def http(fake_service: FakeService) -> Iterator[httpx.Client]:
    root = fake_service.url.removesuffix("/v1")
    with httpx.Client(base_url=root, headers={"Authorization": "Bearer sk-test"}, trust_env=False, timeout=5) as client:
        yield client


def ask(http: httpx.Client, body: dict[str, Any]) -> httpx.Response:
    return http.post("/v1/chat/completions", json=body)


def content_of(response: httpx.Response) -> str:
    assert response.status_code == 200, response.text
    return str(response.json()["choices"][0]["message"]["content"])


def said(http: httpx.Client, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(content_of(ask(http, body)))
    return answer


# admission


def test_a_missing_or_bad_key_is_refused_with_a_bare_string(http: httpx.Client) -> None:
    for header in ({"Authorization": "Bearer bad-key"}, {"Authorization": ""}):
        response = http.post("/v1/chat/completions", json=request("你好"), headers=header)
        assert (response.status_code, response.json()) == (401, "Invalid token")
        assert http.get("/v1/models", headers=header).status_code == 401


def test_an_unknown_model_gets_the_code_of_siliconflow(http: httpx.Client) -> None:
    response = ask(http, request("你好", model="missing/model"))
    assert response.status_code == 400
    assert response.json() == {
        "code": 20012,
        "message": "Model does not exist. Please check it carefully.",
        "data": None,
    }


def test_a_full_minute_is_refused(http: httpx.Client, fake_service: FakeService) -> None:
    fake_service.order(rpm=3)
    assert [ask(http, request("你好")).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    assert fake_service.stats()["by_status"] == {"200": 3, "429": 2}


def test_json_schema_is_refused_where_it_is_not_supported(http: httpx.Client, fake_service: FakeService) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "caller_turn"}}
    assert ask(http, request("你好", response_format=schema)).status_code == 200
    fake_service.order(json_schema=False)
    assert ask(http, request("你好", response_format=schema)).status_code == 400
    assert ask(http, request("你好", response_format={"type": "json_object"})).status_code == 200


def test_an_unknown_setting_or_fault_is_an_error(fake_service: FakeService) -> None:
    for wrong in ({"latency": 3}, {"faults": {"flood": 0.5}}, {"faults_first": ["flood"]}):
        with pytest.raises(ValueError, match="unknown"):
            fake_service.order(**wrong)


# what it says


def test_a_call_told_turn_by_turn_follows_its_plan(http: httpx.Client) -> None:
    for is_fraud, outcome, act in ((True, "complied", "comply"), (False, "will_verify", "independent_check")):
        turns = hold_call(http, is_fraud=is_fraud, outcome=outcome)
        caller, callee = turns[::2], turns[1::2]
        assert 3 <= len(callee) <= 5
        assert act in callee[-1]["acts"]
        assert all(act not in turn["acts"] for turn in callee[:-1])
        assert bool(FRAUD_ACTS & {a for turn in caller for a in turn["acts"]}) == is_fraud
        assert all(set(turn["acts"]) <= set(Act) and turn["emotion"] in set(Emotion) for turn in turns)
        assert not any(FOREIGN.search(turn["text"]) for turn in turns)


def hold_call(http: httpx.Client, *, is_fraud: bool, outcome: str) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = []
    while not turns or not turns[-1]["hang_up"]:
        role, own = ("callee_turn", 1) if len(turns) % 2 else ("caller_turn", 0)
        history = [("assistant" if i % 2 == own else "user", turn["text"]) for i, turn in enumerate(turns)]
        turns.append(said(http, request(plan(role, is_fraud=is_fraud, outcome=outcome), *history)))
    return turns


def test_the_supervisor_ends_a_call_on_the_planned_act(http: httpx.Client) -> None:
    system = plan("supervision", outcome="refused")
    going = said(http, request(system, ("user", "0 主叫 [ask_secret] 念给我。\n1 被叫 [doubt, ask_question] 啊？")))
    assert (going["decision"], going["ended_by"], going["outcome"]) == ("continue", None, None)
    over = said(http, request(system, ("user", "2 主叫 [ultimatum] 快点。\n3 被叫 [refuse] 我不弄了。")))
    assert (over["decision"], over["ended_by"], over["outcome"]) == ("end", "callee", "refused")
    assert over["corrections"] == []


def test_scripts_alternate_obey_the_plan_and_do_not_resemble_each_other(http: httpx.Client) -> None:
    scripts = [said(http, request(plan("call_script", number=i, is_fraud=i % 2 == 0))) for i in range(60)]
    for number, script in enumerate(scripts):
        turns = script["turns"]
        assert 8 <= len(turns) <= 14
        assert all(turn["speaker"] == ("caller", "callee")[i % 2] for i, turn in enumerate(turns))
        assert bool(FRAUD_ACTS & {act for turn in turns for act in turn["acts"]}) == (number % 2 == 0)
        assert script["outcome"] == "refused"
    words = [shingles("".join(turn["text"] for turn in script["turns"])) for script in scripts]
    assert max(len(a & b) / len(a | b) for i, a in enumerate(words) for b in words[:i]) < 0.5
    assert len({script["turns"][0]["text"] for script in scripts}) == len(scripts)


def shingles(text: str) -> set[str]:
    return {text[i : i + 5] for i in range(len(text) - 4)}


def test_answers_depend_on_the_request_and_the_seed_alone(http: httpx.Client, fake_service: FakeService) -> None:
    first = [content_of(ask(http, request(plan(number=i)))) for i in range(5)]
    fake_service.reset()
    assert [content_of(ask(http, request(plan(number=i)))) for i in reversed(range(5))] == first[::-1]
    fake_service.order(seed=1)
    assert not set(first) & {content_of(ask(http, request(plan(number=i)))) for i in range(5)}


def test_a_turn_asked_for_again_is_the_same_turn_in_other_words(http: httpx.Client) -> None:
    once = said(http, request(plan(), ("user", "喂？")))
    again = ("user", "上面的回答用不了：没有字。意思不变，只重新输出要求的 JSON。")
    repaired = said(http, request(plan(), ("user", "喂？"), ("assistant", ""), again))
    assert repaired["acts"] == once["acts"] == ["identity_claim", "true_detail"]
    assert repaired["text"] != once["text"]


def test_anything_else_gets_a_short_sentence(http: httpx.Client) -> None:
    assert 0 < len(content_of(ask(http, request("你是助手", ("user", "在吗"))))) < 20


# tokens


def test_the_known_prefix_of_a_prompt_is_cached(http: httpx.Client, fake_service: FakeService) -> None:
    fake_service.order(cached_prefix=True, reasoning=True)
    first = ask(http, request("甲" * 16, ("user", "乙" * 16))).json()
    second = ask(http, request("甲" * 16, ("user", "丙" * 32))).json()
    assert (first["usage"]["prompt_tokens"], second["usage"]["prompt_tokens"]) == (28, 38)
    assert first["usage"]["prompt_tokens_details"]["cached_tokens"] == 0
    assert second["usage"]["prompt_tokens_details"]["cached_tokens"] == 14
    message = second["choices"][0]["message"]
    thought = tokens_of(message["reasoning_content"])
    assert second["usage"]["completion_tokens_details"]["reasoning_tokens"] == thought
    assert second["usage"]["completion_tokens"] == tokens_of(message["content"]) + thought
    stats = fake_service.stats()
    assert (stats["prompt_tokens"], stats["cached_tokens"]) == (66, 14)


def test_the_openai_client_streams_an_answer_with_its_usage(fake_service: FakeService) -> None:
    fake_service.order(reasoning=True)
    messages: list[ChatCompletionMessageParam] = [{"role": "system", "content": plan("call_script")}]
    with openai.OpenAI(api_key="sk-test", base_url=fake_service.url, max_retries=0) as client:
        whole = client.chat.completions.create(model="fake/chat", messages=messages)
        chunks = list(client.chat.completions.create(model="fake/chat", messages=messages, stream=True))
        assert "fake/chat" in [model.id for model in client.models.list()]
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert chunks[-2].choices[0].finish_reason == "stop"


# faults


@pytest.mark.parametrize(("fault", "status"), [("429", 429), ("500", 500), ("503", 503), ("error_200", 200)])
def test_a_failure_answers_nothing_and_charges_nothing(
    http: httpx.Client, fake_service: FakeService, fault: str, status: int
) -> None:
    fake_service.order(faults_first=[fault])
    response = ask(http, request("你好"))
    assert response.status_code == status
    assert "choices" not in response.json()
    assert "Retry-After" not in response.headers
    stats = fake_service.stats()
    assert (stats["by_fault"], stats["answered"], stats["prompt_tokens"]) == ({fault: 1}, 0, 0)
    assert content_of(ask(http, request("你好")))


def test_retry_after_is_sent_as_set(http: httpx.Client, fake_service: FakeService) -> None:
    fake_service.order(faults_first=["429_retry_after", "429_retry_after"])
    assert ask(http, request("你好")).headers["Retry-After"] == "1"
    fake_service.order(retry_after="7")
    assert ask(http, request("你好")).headers["Retry-After"] == "7"


def test_key_echo_repeats_the_key(http: httpx.Client, fake_service: FakeService) -> None:
    fake_service.order(faults_first=["key_echo"])
    response = ask(http, request("你好"))
    assert response.status_code == 500
    assert "Bearer sk-test" in response.text


def test_a_request_that_hangs_ends_when_its_client_gives_up(http: httpx.Client, fake_service: FakeService) -> None:
    fake_service.order(faults_first=["hang"])
    with pytest.raises(httpx.ReadTimeout):
        http.post("/v1/chat/completions", json=request("你好"), timeout=0.3)
    assert wait_for(fake_service, "by_status", {"none": 1})


def wait_for(service: FakeService, figure: str, value: object) -> bool:
    end = time.monotonic() + 2
    while service.stats()[figure] != value and time.monotonic() < end:
        time.sleep(0.02)
    return bool(service.stats()[figure] == value)


def test_dropped_and_cut_answers_break_off(http: httpx.Client, fake_service: FakeService) -> None:
    fake_service.order(faults_first=["drop", "cut", "cut"])
    for body in (request("你好"), request("你好"), request("你好", stream=True)):
        with pytest.raises(httpx.RemoteProtocolError):
            ask(http, body)
    stats = fake_service.stats()
    assert (stats["by_fault"], stats["answered"]) == ({"drop": 1, "cut": 2}, 0)
    assert stats["completion_tokens"] > 0


def test_spoiled_answers_are_charged_but_not_counted_as_answers(http: httpx.Client, fake_service: FakeService) -> None:
    faults = ["malformed_json", "wrong_schema", "refusal", "control_tokens", "empty", "length"]
    fake_service.order(faults_first=faults)
    got = {fault: ask(http, request(plan())).json()["choices"][0] for fault in faults}
    content = {fault: choice["message"]["content"] for fault, choice in got.items()}
    for fault in ("malformed_json", "length"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(content[fault])
    assert "text" not in json.loads(content["wrong_schema"])
    assert content["refusal"].startswith("抱歉，我无法协助")
    assert re.search(r"##ENDCALL_SIGNAL##|<\|im_end\|>", json.loads(content["control_tokens"])["text"])
    assert content["empty"] == ""
    assert got["length"]["finish_reason"] == "length"
    stats = fake_service.stats()
    assert (stats["answered"], stats["bodies_answered"]) == (0, {})
    assert stats["completion_tokens"] > 0


def test_shares_of_faults_are_repeatable_and_a_retry_can_succeed(http: httpx.Client, fake_service: FakeService) -> None:
    def statuses() -> list[list[int]]:
        fake_service.reset()
        fake_service.order(seed=5, faults={"500": 0.2, "429": 0.2})
        return [[ask(http, request(f"第{i}问")).status_code for _ in range(4)] for i in range(50)]

    first = statuses()
    assert statuses() == first
    failed = sum(tries[0] != 200 for tries in first)
    assert 10 <= failed <= 30
    assert any(tries[0] != 200 and tries[1] == 200 for tries in first)


# figures


def test_an_answer_paid_twice_is_found(http: httpx.Client, fake_service: FakeService) -> None:
    fake_service.order(faults_first=["500"])
    for text in ("甲", "甲", "乙", "乙"):  # the first 甲 fails
        ask(http, request(text))
    raw = http.build_request("POST", "/", json=request("乙")).read()
    assert fake_service.doubly_paid() == {sha256(raw).hexdigest(): 2}
    assert fake_service.stats()["answered"] == 3


def test_an_answer_for_a_client_that_has_gone_is_no_answer(http: httpx.Client, fake_service: FakeService) -> None:
    fake_service.order(latency_ms=300)
    with pytest.raises(httpx.ReadTimeout):
        http.post("/v1/chat/completions", json=request("你好"), timeout=0.1)
    assert wait_for(fake_service, "undelivered", 1)
    assert fake_service.stats()["bodies_answered"] == {}


async def test_latency_and_concurrency_are_seen(fake_service: FakeService) -> None:
    fake_service.order(latency_ms=200, jitter_ms=50)
    async with openai.AsyncOpenAI(api_key="sk-test", base_url=fake_service.url, max_retries=0) as client:
        asked = [
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": f"{i}"}]) for i in range(20)
        ]
        await asyncio.gather(*asked)
    stats = fake_service.stats()
    assert (stats["requests"], stats["answered"], stats["per_minute_peak"]) == (20, 20, 20)
    assert stats["max_concurrent"] > 5
    assert stats["last_seconds"] - stats["first_seconds"] >= 0.15


# batches


def batch_of(http: httpx.Client, lines: list[dict[str, Any]]) -> dict[str, Any]:
    content = "\n".join(json.dumps(line) for line in lines).encode()
    uploaded = http.post("/v1/files", files={"file": ("in.jsonl", content)}, data={"purpose": "batch"}).json()
    wish = {"input_file_id": uploaded["id"], "endpoint": "/v1/chat/completions", "completion_window": "24h"}
    batch: dict[str, Any] = http.post("/v1/batches", json=wish).json()
    return batch


def batch_line(number: int, body: dict[str, Any]) -> dict[str, Any]:
    return {"custom_id": f"call-{number}", "method": "POST", "url": "/v1/chat/completions", "body": body}


def states_of(http: httpx.Client, batch: dict[str, Any]) -> list[dict[str, Any]]:
    seen = [batch]
    while seen[-1]["status"] not in ("completed", "failed"):
        time.sleep(0.02)
        seen.append(http.get(f"/v1/batches/{batch['id']}").json())
    return seen


def lines_of(http: httpx.Client, file_id: str) -> dict[str, Any]:
    lines = http.get(f"/v1/files/{file_id}/content").text.splitlines()
    return {entry["custom_id"]: entry for entry in map(json.loads, lines)}


def test_a_batch_passes_its_states_and_sorts_answers_from_errors(http: httpx.Client, fake_service: FakeService) -> None:
    fake_service.order(faults_first=["500", "hang", "empty"], batch_seconds=0.3)
    bodies = [request(plan(number=i)) for i in range(6)]
    seen = states_of(http, batch_of(http, [batch_line(i, body) for i, body in enumerate(bodies)]))
    assert list(dict.fromkeys(state["status"] for state in seen)) == ["validating", "in_progress", "completed"]
    assert seen[-1]["request_counts"] == {"total": 6, "completed": 4, "failed": 2}
    outputs, errors = (lines_of(http, seen[-1][name]) for name in ("output_file_id", "error_file_id"))
    assert set(outputs) == {"call-2", "call-3", "call-4", "call-5"}
    assert errors["call-0"]["response"]["status_code"] == 500
    assert errors["call-1"]["error"]["code"] == "batch_expired"
    answer = outputs["call-5"]["response"]["body"]["choices"][0]["message"]["content"]
    assert answer == content_of(ask(http, bodies[5]))
    stats = fake_service.stats()
    assert (stats["batch_requests"], stats["requests"], stats["answered"]) == (6, 1, 4)
    assert list(fake_service.doubly_paid().values()) == [2]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([batch_line(i, request("你好")) for i in range(5001)], "5001 lines"),
        ([batch_line(1, request("你好"))] * 2, "occurs twice"),
        ([batch_line(1, request("你好")), batch_line(2, request("你好", model="other"))], "one model"),
    ],
)
def test_a_batch_that_breaks_the_rules_fails(http: httpx.Client, lines: list[dict[str, Any]], message: str) -> None:
    failed = states_of(http, batch_of(http, lines))[-1]
    assert failed["status"] == "failed"
    assert message in failed["errors"]["data"][0]["message"]


def test_the_process_ends_with_its_holder() -> None:
    with FakeService() as service:
        root = service.url
        assert httpx.get(f"{root}/models", headers={"Authorization": "Bearer k"}, trust_env=False).status_code == 200
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{root}/models", trust_env=False)
