"""A model is asked about a whole snapshot: what it is sent, what is kept, what is refused before anything is sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import soundfile
from aiohttp import web

from antifraud.errors import BudgetReached, ConfigError, IntegrityError, StoreError, UsageError
from antifraud.evaluation.parsing import read_given
from antifraud.evaluation.records import Prediction
from antifraud.labels import LabelSet
from antifraud.services.journal import CHAT_FILE, Journal
from antifraud.store.lines import read_records
from antifraud.store.sealed import seal
from tests.evaluation.benches import QUESTIONS, write_sounding_bench
from tests.evaluation.conftest import Ask
from tests.fakes.client import FakeService

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]
OddService = Callable[[Handle], Awaitable[str]]


def predictions(folder: Path) -> list[Prediction]:
    return list(read_records(folder / "predictions.jsonl", Prediction))


def requests(folder: Path) -> list[dict[str, Any]]:
    """Return the requests that the journal of a run holds, oldest first."""
    with Journal(folder / CHAT_FILE, replay_only=True) as journal:
        journal.export(folder / "journal.jsonl")
    return [json.loads(line)["request"] for line in (folder / "journal.jsonl").read_text("utf-8").splitlines()]


def completion(text: str, finish: str = "stop") -> web.Response:
    return web.json_response({"choices": [{"message": {"content": text}, "finish_reason": finish}]})


async def test_own_answers_go_into_later_rounds_and_audio_into_the_journal_by_its_checksum(
    fake_service: FakeService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 12)
    found = await ask(bench, fake_service)
    given = predictions(found.folder)
    assert [each.id for each in given] == [f"call-{number:06}" for number in range(12)]
    for each in given:
        assert [answer.task for answer in each.answers][:2] == ["scene", "fraud"]
        is_fraud = read_given(each.answers[1], LabelSet.TELEANTIFRAUD).lenient == "fraud"
        assert (each.answer_to("fraud_type") is not None) == is_fraud
    answered = sum(len(each.answers) for each in given)
    assert 24 < answered < 36
    assert fake_service.stats()["answered"] == answered
    journal = requests(found.folder)
    assert len(journal) == answered
    for request in journal:
        assert (request["temperature"], request["max_tokens"]) == (0.0, 4096)
        audio, question = request["messages"][0]["content"]
        assert audio.keys() == {"type", "sha256", "heard_seconds", "format"}
        assert question == {"type": "text", "text": QUESTIONS["scene"]}
    last = next(request for request in journal if len(request["messages"]) == 5)
    of_last = next(each for each in given if each.answers[0].raw == last["messages"][1]["content"])
    assert [message["role"] for message in last["messages"]] == ["user", "assistant", "user", "assistant", "user"]
    assert last["messages"][3]["content"] == of_last.answers[1].raw
    manifest = json.loads((found.folder / "manifest.json").read_bytes())
    assert manifest["audio"]["seconds_sent"] == pytest.approx(0.5 * answered)
    assert manifest["audio"]["audio_tokens"] == sum(answer.audio_tokens or 0 for p in given for answer in p.answers) > 0
    assert found.sent is not None
    assert not found.sent.looks_cut
    assert found.results.missing == 0
    assert found.results.strict.tasks["fraud"].calls == 12


async def test_a_finished_run_asks_nothing_and_another_question_is_not_mixed_in(
    fake_service: FakeService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 3)
    before = await ask(bench, fake_service, "evaluate.chain=false")
    assert all(len(each.answers) == 3 for each in predictions(before.folder))
    assert all(len(request["messages"]) == 1 for request in requests(before.folder))
    kept = (before.folder / "results.json").read_bytes()
    again = await ask(bench, fake_service, "evaluate.chain=false")
    assert fake_service.stats()["answered"] == 9
    assert again.tally.resumed == 3
    assert (again.folder / "results.json").read_bytes() == kept
    (again.folder / "predictions.jsonl").unlink()
    await ask(bench, fake_service, "evaluate.chain=false", replay=True)
    assert fake_service.stats()["answered"] == 9
    assert (again.folder / "results.json").read_bytes() == kept
    with pytest.raises(StoreError, match=r"evaluate\.chain was False and is now True"):
        await ask(bench, fake_service)


async def test_beginnings_are_cut_from_the_audio_and_scored_by_what_was_heard(
    odd_service: OddService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 2, seconds=0.6, cuts=(0.2, 0.4))
    heard = []

    async def listen(request: web.Request) -> web.Response:
        part = (await request.json())["messages"][0]["content"][0]
        assert part["input_audio"]["format"] == "wav"
        heard.append(base64.b64decode(part["input_audio"]["data"], validate=True))
        return completion('{"is_fraud": true, "scene": "订餐服务", "fraud_type": "投资诈骗"}')

    url = await odd_service(listen)
    openai = ("llm.preset=openai", "evaluate.prefixes=true", "evaluate.concurrency=1", "llm.concurrency=1")
    found = await ask(bench, url, *openai)
    seconds = [soundfile.info(BytesIO(sound)).duration for sound in heard]
    assert seconds == pytest.approx([0.2, 0.2, 0.4, 0.4, 0.6, 0.6, 0.6] * 2)
    whole = (bench / "audio/call-000000.wav").read_bytes()
    assert heard[4] == whole
    beginning, sound = soundfile.read(BytesIO(heard[0]))[0], soundfile.read(BytesIO(whole))[0]
    assert (beginning == sound[: len(beginning)]).all()
    given = predictions(found.folder)
    assert [(each.id, each.heard_seconds) for each in given[:3]] == [("call-000000", cut) for cut in (0.2, 0.4, None)]
    assert [[answer.task for answer in each.answers] for each in given[:2]] == [["scene", "fraud"]] * 2
    assert found.results.early is not None


@pytest.mark.parametrize(
    ("preset", "part"), [("dashscope", "input_audio"), ("vllm", "audio_url"), ("siliconflow", "audio_url")]
)
async def test_each_provider_gets_audio_its_own_way(
    preset: str, part: str, odd_service: OddService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 1)
    bodies = []

    async def listen(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return completion("normal")

    await ask(bench, await odd_service(listen), f"llm.preset={preset}", "evaluate.binary=true")
    sent = bodies[0]["messages"][0]["content"][0]
    assert sent["type"] == part
    uri = sent[part]["url" if part == "audio_url" else "data"]
    kind, _, data = uri.partition(",")
    assert kind == "data:audio/wav;base64"
    assert base64.b64decode(data) == (bench / "audio/call-000000.wav").read_bytes()
    assert ("stream" in bodies[0]) == (preset == "dashscope")


async def test_an_answer_in_pieces_is_the_same_answer(fake_service: FakeService, ask: Ask, tmp_path: Path) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 4)
    one = 'llm.extra_body={"stream": false}'
    whole = await ask(bench, fake_service, "llm.preset=dashscope", one, name="whole")
    fake_service.order(faults_first=["cut"])
    pieces = await ask(bench, fake_service, "llm.preset=dashscope", name="pieces")
    given = [
        [answer.model_copy(update={"latency_seconds": 0.0}) for answer in each.answers]
        for each in predictions(whole.folder)
    ]
    assert given == [
        [answer.model_copy(update={"latency_seconds": 0.0}) for answer in each.answers]
        for each in predictions(pieces.folder)
    ]
    assert fake_service.stats()["by_fault"] == {"cut": 1}


async def test_every_end_of_an_answer_is_told_and_only_what_never_came_is_asked_again(
    odd_service: OddService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 5)
    error = {"error": {"message": "audio could not be read", "code": 500}}
    blocked = {"error": {"message": "inappropriate content", "code": "data_inspection_failed"}}
    answers = [
        lambda: completion("fraud"),
        lambda: completion("<think>想", "length"),
        lambda: completion("", "content_filter"),
        lambda: web.json_response(blocked, status=400),
        lambda: web.json_response(error),
        lambda: web.json_response(error),
        lambda: completion("normal"),
    ]
    asked = 0

    async def end(request: web.Request) -> web.Response:
        nonlocal asked
        asked += 1
        return answers[asked - 1]()

    url = await odd_service(end)
    one_by_one = ("evaluate.binary=true", "evaluate.concurrency=1", "llm.preset=vllm")
    found = await ask(bench, url, *one_by_one)
    ends = [each.answers[0] for each in predictions(found.folder)]
    assert [(end.raw, end.finish) for end in ends] == [
        ("fraud", "stop"),
        ("<think>想", "length"),
        ("", "refused"),
        (None, "refused"),
        (None, "error"),
    ]
    assert "audio could not be read" in str(ends[4].error)
    outcomes = found.results.strict.tasks["fraud"].outcomes
    assert {name: outcomes[name] for name in ("truncated", "refused", "error")} == {
        "truncated": 1,
        "refused": 2,
        "error": 1,
    }
    await ask(bench, url, *one_by_one)
    assert asked == 6
    found = await ask(bench, url, *one_by_one, again=True)
    assert asked == 7
    assert predictions(found.folder)[4].answers[0].raw == "normal"


@pytest.mark.parametrize("damage", ["flipped byte", "missing audio", "extra file", "swapped label", "foreign file"])
async def test_a_damaged_snapshot_is_refused_before_the_first_request(
    damage: str, fake_service: FakeService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 2)
    audio, references = bench / "audio/call-000001.wav", bench / "references.jsonl"
    if damage == "flipped byte":
        sound = bytearray(audio.read_bytes())
        sound[-1] ^= 1
        audio.write_bytes(sound)
    elif damage == "missing audio":
        audio.unlink()
    elif damage == "extra file":
        (bench / "audio/more.wav").write_bytes(b"")
    elif damage == "foreign file":  # by one who seals it again
        items = bench / "items.jsonl"
        items.write_text(items.read_text("utf-8").replace("audio/call-000001.wav", "../private.wav"), "utf-8")
        audio.replace(tmp_path / "private.wav")
        (bench / "manifest.json").unlink()
        seal(bench, "manifest.json", {})
    else:
        references.write_text(references.read_text("utf-8").replace('"is_fraud":true', '"is_fraud":false'), "utf-8")
    with pytest.raises(IntegrityError, match="Nothing was asked"):
        await ask(bench, fake_service)
    assert fake_service.stats()["requests"] == 0


@pytest.mark.parametrize(
    ("settings", "model", "refusal"),
    [
        (("evaluate.most_seconds=0.4",), "fake/chat", r"2 of 2 recordings are longer than the 0.4 s"),
        (("evaluate.most_bytes=9999",), "fake/chat", r"2 of 2 recordings are larger than the 9,999 bytes"),
        (("llm.preset=ollama",), "fake/chat", "takes no audio"),
        (("llm.preset=vllm", "evaluate.audio_format=mp3"), "fake/chat", "vllm takes wav"),
        (("llm.fallback_models=[fake/chat-large]",), "fake/chat", "would answer for the one under test"),
        (("evaluate.kind=command",), "fake/chat", "give --command"),
    ],
)
async def test_what_cannot_work_is_refused_before_the_first_request(
    settings: tuple[str, ...], model: str, refusal: str, fake_service: FakeService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 2)
    with pytest.raises((UsageError, ConfigError), match=refusal):
        await ask(bench, fake_service, *settings, model=model)
    assert fake_service.stats()["requests"] == 0


async def test_a_budget_ends_the_run_and_a_larger_one_goes_on(
    fake_service: FakeService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 6)
    priced = ("llm.prices={fake/chat: {prompt: 1000000, completion: 0}}", "evaluate.chain=false")
    with pytest.raises(BudgetReached, match="the budget is 400"):
        await ask(bench, fake_service, *priced, "llm.budget=400")
    paid = fake_service.stats()
    assert 0 < paid["answered"] < 18
    assert paid["prompt_tokens"] <= 400
    await ask(bench, fake_service, *priced, "llm.budget=4000")
    assert fake_service.stats()["answered"] == 18
    assert not fake_service.doubly_paid()


async def test_results_are_not_written_into_the_snapshot(fake_service: FakeService, ask: Ask, tmp_path: Path) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 1)
    with pytest.raises(UsageError, match="lies within the snapshot"):
        await ask(bench, fake_service, name="bench/results")
    assert fake_service.stats()["requests"] == 0


async def test_a_model_that_cuts_what_is_long_is_told_by_its_audio_tokens(
    odd_service: OddService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 1, seconds=0.6, cuts=(0.1,))

    async def listen(request: web.Request) -> web.Response:
        sound = base64.b64decode((await request.json())["messages"][0]["content"][0]["input_audio"]["data"])
        heard = min(300, round(1000 * soundfile.info(BytesIO(sound)).duration))
        usage = {"prompt_tokens": 400, "completion_tokens": 1, "prompt_tokens_details": {"audio_tokens": heard}}
        choice = {"message": {"content": "fraud"}, "finish_reason": "stop"}
        return web.json_response({"choices": [choice], "usage": usage})

    both = ("evaluate.prefixes=true", "evaluate.binary=true", "llm.preset=openai")
    found = await ask(bench, await odd_service(listen), *both)
    assert found.sent is not None
    assert (found.sent.audio_tokens, found.sent.least_tokens_a_second) == (400, 500.0)
    assert found.sent.looks_cut


async def test_mp3_is_sent_where_it_is_asked_for(odd_service: OddService, ask: Ask, tmp_path: Path) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 1)
    heard = []

    async def listen(request: web.Request) -> web.Response:
        heard.append((await request.json())["messages"][0]["content"][0]["input_audio"])
        return completion("fraud")

    await ask(
        bench, await odd_service(listen), "llm.preset=openai", "evaluate.binary=true", "evaluate.audio_format=mp3"
    )
    assert heard[0]["format"] == "mp3"
    info = soundfile.info(BytesIO(base64.b64decode(heard[0]["data"])))
    assert (info.format, info.channels, info.samplerate) == ("MP3", 2, 8000)


async def test_a_model_that_reads_gets_the_words_and_of_a_beginning_those_said_by_then(
    fake_service: FakeService, ask: Ask, tmp_path: Path
) -> None:
    bench = write_sounding_bench(tmp_path / "bench", 1, cuts=(0.5,))
    reading = ("evaluate.kind=transcript", "evaluate.prefixes=true", "evaluate.binary=true", "evaluate.concurrency=1")
    gold = await ask(bench, fake_service, *reading, name="gold")
    said = [request["messages"][0]["content"][0]["text"] for request in requests(gold.folder)]
    assert [text.splitlines()[1:] for text in said] == [["主叫：您"], ["主叫：您好"]]  # it takes from 0 to 1 s
    file = tmp_path / "asr.jsonl"
    turns = [
        {"text": "你好，这里是客服", "end_seconds": 0.5004},
        {"speaker": "callee", "text": "哦", "end_seconds": 0.6},
    ]
    file.write_text(json.dumps({"id": "call-000000", "turns": turns, "language": "zh"}) + "\n", "utf-8")
    heard = await ask(bench, fake_service, *reading, f"evaluate.transcript={file}", name="heard")
    said = [request["messages"][0]["content"][0]["text"] for request in requests(heard.folder)]
    assert [text.splitlines()[1:] for text in said] == [["你好，这里是客服"], ["你好，这里是客服", "被叫：哦"]]
    file.write_text(json.dumps({"id": "call-000000", "turns": [{"text": "你好"}]}) + "\n", "utf-8")
    with pytest.raises(UsageError, match="turns without end_seconds"):
        await ask(bench, fake_service, *reading, f"evaluate.transcript={file}", name="untimed")
