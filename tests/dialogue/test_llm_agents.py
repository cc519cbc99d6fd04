"""LLM agents against the loopback service: what they say becomes dialogues, whatever the service does."""

from __future__ import annotations

from pathlib import Path

import pytest

from antifraud.config import Config, load_config
from antifraud.dialogue.llm_agents.briefing import Briefing
from antifraud.dialogue.llm_agents.forms import TurnAnswer
from antifraud.dialogue.llm_agents.storyline import opening_defect
from antifraud.dialogue.scripted_agents.simulation import open_storyline
from antifraud.errors import BudgetReached, ConfigError, ServiceError, TooManyRejected
from antifraud.labels import CALLEE_ACTS, FRAUD_ACTS, SAFE_ACTS, Act, Emotion, RejectReason, Speaker
from antifraud.records import Dialogue, Rejected, Storyline, Turn
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import plan_storylines
from antifraud.services.forms import UnusableAnswer, read
from antifraud.stages.dialogues import generate_fraud, generate_normal
from antifraud.stages.job import Job
from antifraud.store.lines import read_records
from tests.assignments import assignments
from tests.fakes.client import FakeService


def config_for(service: FakeService, folder: Path, *more: str) -> Config:
    settings = [
        f"run.folder={folder}",
        "run.name=llm",
        "generate.engine=llm",
        "generate.fraud.count=6",
        "generate.lawful.count=6",
        f"llm.base_url={service.url}",
        "llm.preset=openai",
        "llm.concurrency=12",
        "llm.timeout_seconds=2",
        *more,
    ]
    return load_config(None, {}, settings)


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-key-of-the-loopback")


def results(job: Job) -> tuple[list[Dialogue], list[Rejected]]:
    rejected = job.run.path / "dialogues.rejected.jsonl"
    return list(read_records(job.run.dialogues, Dialogue)), list(read_records(rejected, Rejected))


@pytest.mark.parametrize("mode", ["turns", "script"])
async def test_plans_become_dialogues_labelled_by_what_is_said(
    fake_service: FakeService, tmp_path: Path, mode: str
) -> None:
    job = Job(config_for(fake_service, tmp_path, f"generate.mode={mode}"), quiet=True)
    fraud, lawful = await generate_fraud(job), await generate_normal(job)
    dialogues, rejected = results(job)
    assert (fraud.entered, lawful.entered) == (6, 12)
    assert len(dialogues) + len(rejected) == 18
    assert len(dialogues) >= 15, [record.detail for record in rejected]
    for dialogue in dialogues:
        decisive = {act for turn in dialogue.turns for act in turn.acts} & FRAUD_ACTS
        assert bool(decisive) == dialogue.is_fraud
        assert dialogue.provenance.engine == "llm"
        assert dialogue.provenance.model
        assert dialogue.provenance.prompt_tokens > 0
        for turn in dialogue.turns:
            assert (turn.speaker is Speaker.CALLEE) == (set(turn.acts) <= set(CALLEE_ACTS))


async def test_a_branch_agent_opens_the_storylines_and_says_what_happens_in_their_branches(
    fake_service: FakeService, tmp_path: Path, packs: Packs
) -> None:
    job = Job(config_for(fake_service, tmp_path, "generate.lawful.count=0"), quiet=True)
    await generate_fraud(job)
    await generate_normal(job)
    stories = {story.id: story for story in read_records(job.run.storylines, Storyline)}
    assert len(stories) == 6
    plans = {plan.id: plan for plan in plan_storylines(job.config.generate, job.config.run.seed, packs)}
    for story in stories.values():
        assert story.provenance.engine == "llm"
        assert story.provenance.completion_tokens > 0
        assert story.opening != open_storyline(plans[story.id], packs).opening
        assert not {act for turn in story.opening for act in turn.acts} & (FRAUD_ACTS | SAFE_ACTS)
        for node, planned in zip(story.nodes, plans[story.id].nodes, strict=True):
            assert node.model_copy(update={"gist": ""}) == planned.model_copy(update={"gist": ""})
        told = {node.path for leaf in story.told for node in story.along(leaf)} - {"0"}
        unlike = {node.path for node, planned in zip(story.nodes, plans[story.id].nodes) if node.gist != planned.gist}
        assert unlike == told
    dialogues, _ = results(job)
    assert dialogues
    for call in dialogues:
        opening = stories[call.storyline].opening
        assert call.turns[: len(opening)] == opening


async def test_where_no_storyline_can_be_told_no_call_is_paid_for(fake_service: FakeService, tmp_path: Path) -> None:
    fake_service.order(faults={"wrong_schema": 1.0})
    job = Job(config_for(fake_service, tmp_path), quiet=True)
    with pytest.raises(TooManyRejected, match="generate-storylines: 6 of 6"):
        await generate_fraud(job)
    rejected = list(read_records(job.run.path / "storylines.rejected.jsonl", Rejected))
    assert {record.reason for record in rejected} == {RejectReason.UNUSABLE_ANSWER}


@pytest.mark.parametrize(
    ("place", "change", "said"),
    [
        (2, {"text": "您把验证码念给我。"}, "验证码"),
        (1, {"acts": (Act.WARN,)}, "warn"),
        (3, {"speaker": Speaker.CALLER}, "both"),
        (1, {"text": "（笑）对，是我。"}, "笑"),
    ],
)
def test_an_opening_that_gives_its_storyline_away_is_sent_back(
    place: int, change: dict[str, object], said: str
) -> None:
    acts = {Speaker.CALLER: (Act.INFORM,), Speaker.CALLEE: (Act.ACKNOWLEDGE,)}
    texts = ("喂，是陈阿姨吧？", "对，是我。", "您那个水壶到货了。", "哦，到了啊。")
    sides = (Speaker.CALLER, Speaker.CALLEE) * 2
    turns = tuple(
        Turn(index=at, speaker=side, text=text, emotion=Emotion.NEUTRAL, acts=acts[side])
        for at, (side, text) in enumerate(zip(sides, texts, strict=True))
    )
    assert opening_defect(turns) is None
    spoiled = (*turns[:place], turns[place].model_copy(update=change), *turns[place + 1 :])
    assert said in (opening_defect(spoiled) or "")


async def test_a_finished_run_asks_nothing_again_and_a_lost_file_is_replayed_for_nothing(
    fake_service: FakeService, tmp_path: Path
) -> None:
    job = Job(config_for(fake_service, tmp_path), quiet=True)
    await generate_fraud(job)
    paid, before = fake_service.stats()["answered"], job.run.dialogues.read_bytes()
    await generate_fraud(job)
    assert fake_service.stats()["answered"] == paid
    job.run.dialogues.unlink()
    await generate_fraud(Job(job.config, quiet=True, replay=True))
    assert fake_service.stats()["answered"] == paid
    assert job.run.dialogues.read_bytes() == before


async def test_mixed_faults_end_every_plan_and_no_error_becomes_a_turn(
    fake_service: FakeService, tmp_path: Path
) -> None:
    names = ("429_retry_after", "500", "drop", "cut", "malformed_json", "wrong_schema", "refusal", "control_tokens")
    shares = {**dict.fromkeys(names, 0.022), "empty": 0.022}
    fake_service.order(faults=shares | {"429_retry_after": 0.01})
    job = Job(config_for(fake_service, tmp_path, "generate.mode=script", "generate.fraud.count=20"), quiet=True)
    tally = await generate_fraud(job)
    dialogues, rejected = results(job)
    assert tally.entered == 20 == len(dialogues) + len(rejected)
    assert len(dialogues) >= 12
    said = "".join(turn.text for dialogue in dialogues for turn in dialogue.turns)
    assert not any(word in said for word in ("抱歉，我无法", "##", "<|", "error", "{"))
    assert {record.reason for record in rejected} <= {
        *(RejectReason.UNUSABLE_ANSWER, RejectReason.NO_ANSWER, RejectReason.LABEL_MISMATCH),
        *(RejectReason.ENDING_MISMATCH, RejectReason.CONTROL_TOKEN),
    }


async def test_a_budget_of_nothing_stops_before_the_first_request(fake_service: FakeService, tmp_path: Path) -> None:
    job = Job(config_for(fake_service, tmp_path, "llm.budget=0"), quiet=True)
    with pytest.raises(BudgetReached):
        await generate_fraud(job)
    assert fake_service.stats()["requests"] == 0


@pytest.mark.parametrize(
    ("setting", "said"),
    [("llm.model=missing-model", "Model does not exist"), ("llm.base_url=http://127.0.0.1:9/v1", "nobody answers")],
)
async def test_a_service_that_cannot_be_used_is_one_clear_line(
    fake_service: FakeService, tmp_path: Path, setting: str, said: str
) -> None:
    job = Job(config_for(fake_service, tmp_path, setting), quiet=True)
    with pytest.raises(ServiceError, match=said):
        await generate_fraud(job)


async def test_no_key_is_one_clear_line(
    fake_service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ServiceError, match="OPENAI_API_KEY is not set"):
        await generate_fraud(Job(config_for(fake_service, tmp_path), quiet=True))


async def test_the_key_is_in_no_file_of_the_run(fake_service: FakeService, tmp_path: Path) -> None:
    fake_service.order(faults={"key_echo": 0.2})
    job = Job(config_for(fake_service, tmp_path), quiet=True)
    await generate_fraud(job)
    files = [path for path in job.run.path.rglob("*") if path.is_file()]
    assert any(path.name == "journal.sqlite" for path in files)
    assert not [path for path in files if b"sk-test-key" in path.read_bytes()]


def test_prompts_hold_the_plan_and_only_the_acts_of_their_side(packs: Packs, tmp_path: Path) -> None:
    config = load_config(None, {}, ["generate.fraud.count=8", "generate.lawful.count=8"]).generate
    for each in assignments(config, packs):
        plan, story = each.plan, each.story
        briefing = Briefing(plan, story, packs, schema=False)
        caller = briefing.prompt("caller", briefing.caller_acts)
        assert caller == Briefing(plan, story, packs, schema=False).prompt("caller", briefing.caller_acts)
        assert len(Briefing(plan, story, packs, schema=True).prompt("caller")) < len(caller) - 200
        assert "性质：" not in briefing.prompt("callee", CALLEE_ACTS)
        assert f"性质：{'诈骗' if plan.is_fraud else '正常'}" in caller
        assert f"计划结局：{plan.intended_outcome}" in caller
        assert not {"{", "<"} & set(caller.replace('{"text"', ""))
        assert plan.is_fraud or not FRAUD_ACTS & set(briefing.caller_acts)
        assert len(caller) < 1400


@pytest.mark.parametrize(
    "text",
    [
        '{"text": "喂。", "emotion": "neutral", "acts": ["inform"], "hang_up": false}',
        '```json\n{"text": "喂。", "emotion": "neutral", "acts": ["inform"], "hang_up": false}\n```',
        '<think>{"text": "不"}</think>{"text": "喂。", "emotion": "neutral", "acts": ["inform"], "hang_up": false} 好',
    ],
)
def test_an_answer_is_read_whatever_stands_around_it(text: str) -> None:
    assert read(text, TurnAnswer).text == "喂。"


@pytest.mark.parametrize(
    "text", ["", "抱歉，我无法协助。", '{"text": "喂"', '{"text": "喂", "emotion": "happy"}', "[]"]
)
def test_a_useless_answer_is_never_read_as_something(text: str) -> None:
    with pytest.raises(UnusableAnswer):
        read(text, TurnAnswer)


async def test_batches_make_the_same_calls_at_half_the_price(fake_service: FakeService, tmp_path: Path) -> None:
    price = "llm.prices={gpt-4o-mini: {prompt: 1000, completion: 1000}}"
    single = Job(config_for(fake_service, tmp_path, "generate.mode=script", price), quiet=True)
    batched = Job(
        config_for(
            fake_service,
            tmp_path,
            *("generate.mode=script", price, "run.name=batched", "llm.batch=true", "llm.batch_poll_seconds=0.05"),
        ),
        quiet=True,
    )
    await generate_fraud(single)
    fake_service.order(batch_seconds=0.1)
    tally = await generate_fraud(batched)
    one, other = results(single), results(batched)
    assert tally.entered == 6 == len(other[0]) + len(other[1])
    assert [dialogue.turns for dialogue in other[0]] == [dialogue.turns for dialogue in one[0]]
    assert sum(d.provenance.cost for d in other[0]) == pytest.approx(sum(d.provenance.cost for d in one[0]) / 2)


async def test_batches_are_refused_where_agents_take_turns(fake_service: FakeService, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"batches need generate\.mode=script"):
        await generate_fraud(Job(config_for(fake_service, tmp_path, "llm.batch=true"), quiet=True))
