"""What imitators do to words: a chat model is shown exemplars, and a worn turn is said otherwise."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from antifraud.audit.reader import requests
from antifraud.config import Config, load_config
from antifraud.dialogue.imitation.nearest_scenarios import NearestScenarios
from antifraud.dialogue.imitation.other_words import OtherWords
from antifraud.dialogue.imitation.replanning import Replanner
from antifraud.dialogue.scripted_agents.simulation import simulate
from antifraud.dialogue_config import GenerateConfig
from antifraud.errors import ConfigError
from antifraud.labels import Act, FraudType, RejectReason
from antifraud.likeness.copied_runs import CopiedRuns
from antifraud.records import Dialogue, Evidence, Rejected
from antifraud.scenarios.packs import Packs
from antifraud.stages.imitations import imitate
from antifraud.stages.job import Job
from antifraud.store.lines import dump_line, read_records
from antifraud.store.runs import rejected_path
from tests.assignments import assignments
from tests.audit.calls import call
from tests.fakes.client import FakeService

SETTINGS = (
    "imitate.engine=llm",
    "imitate.count=12",
    "imitate.round_size=5",
    "llm.preset=openai",
    "llm.timeout_seconds=2",
)
LOOSE = "imitate.longest_copied_run=30"
"""The fake service has few phrases; where the test is not about copies, they may be long."""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-key-of-the-loopback")


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    path = tmp_path / "seeds.jsonl"
    fraud = [call(f"f{n}", f"喂，我是{n}号网点的。", "什么事？", "把验证码念给我。", branch="fraud") for n in range(3)]
    lawful = [call(f"l{n}", f"喂，{n}号桌给您留好了。", "好的。", "几位来？", "四位。") for n in range(3)]
    path.write_bytes(b"".join(map(dump_line, (*fraud, *lawful))))
    return path


@pytest.fixture
def job_for(fake_service: FakeService, tmp_path: Path) -> Callable[..., Job]:
    def job(name: str, *more: str, replay: bool = False) -> Job:
        where = [f"run.folder={tmp_path}", f"run.name={name}", f"llm.base_url={fake_service.url}"]
        config: Config = load_config(None, {}, [*where, *SETTINGS, *more])
        return Job(config, quiet=True, replay=replay)

    return job


async def test_a_chat_model_imitates_by_exemplars_and_the_same_answers_give_the_same_bytes(
    fake_service: FakeService, job_for: Callable[..., Job], seed_file: Path
) -> None:
    job, other = job_for("one", LOOSE, "llm.concurrency=12"), job_for("other", LOOSE, "llm.concurrency=1")
    tally = await imitate(job, [seed_file])
    dialogues = list(read_records(job.run.imitations, Dialogue))
    assert tally.accepted == len(dialogues) >= 10, tally.reasons
    for dialogue in dialogues:
        origin = dialogue.provenance
        assert (dialogue.source, origin.engine, len(origin.parents)) == ("imitated", "llm", 3)
        assert origin.prompt_tokens > 0
        assert origin.parents[0][0] == ("f" if dialogue.is_fraud else "l"), "the seed comes first"
        assert (dialogue.decisive is not None) == dialogue.is_fraud
    assert any(parent.startswith("call-") for each in dialogues for parent in each.provenance.parents)
    await imitate(other, [seed_file])
    before, paid = job.run.imitations.read_bytes(), fake_service.stats()["answered"]
    assert other.run.imitations.read_bytes() == before
    job.run.imitations.unlink()
    await imitate(job_for("one", LOOSE, replay=True), [seed_file])
    assert job.run.imitations.read_bytes() == before
    assert fake_service.stats()["answered"] == paid


async def test_a_refused_draft_is_asked_for_again_with_the_reason_and_every_plan_ends(
    fake_service: FakeService, job_for: Callable[..., Job], seed_file: Path
) -> None:
    fake_service.order(faults={"malformed_json": 0.1, "500": 0.05, "refusal": 0.05, "control_tokens": 0.1})
    job = job_for("strict", "imitate.longest_copied_run=6", "imitate.attempts=3", "llm.attempts=2")
    tally = await imitate(job, [seed_file])
    rejected = list(read_records(rejected_path(job.run.imitations), Rejected))
    assert tally.entered == 12 == tally.accepted + len(rejected)
    assert any(each.reason is RejectReason.COPIED_RUN and "3 attempts" in each.detail for each in rejected)
    assert fake_service.stats()["answered"] > 12


async def test_batches_are_refused_in_one_line(job_for: Callable[..., Job], seed_file: Path) -> None:
    with pytest.raises(ConfigError, match=r"llm\.batch is true"):
        await imitate(job_for("batch", "llm.batch=true"), [seed_file])


def test_a_seed_of_packs_that_have_changed_is_told_by_what_is_left_of_its_scenario(packs: Packs) -> None:
    told = assignments(load_config(None, {}, ["generate.fraud.count=1", "generate.lawful.count=0"]).generate, packs)[0]
    dialogue = simulate(told.plan, GenerateConfig(), packs, told.story)
    assert isinstance(dialogue, Dialogue)
    older = dialogue.model_copy(update={"asks": ("an_ask_of_old",)})
    replanner = Replanner(GenerateConfig(), packs, requests, lambda _: False)
    result = replanner.imitate(told.plan, older, 1)
    assert isinstance(result, Dialogue)
    assert result.scenario == older.scenario
    acts = {packs.storylines[result.scenario].ask(name).act for name in result.asks}
    assert acts & {act for _, act in requests(older.turns)}, "as its words tell"


def test_a_worn_turn_is_said_otherwise_and_its_quote_goes_with_it(packs: Packs) -> None:
    asked = "把短信里的验证码，赶紧念给我"
    said = f"您好，我们这边刚才看了，您的卡有点儿不对，{asked}，马上就好。"
    kept = CopiedRuns(12)
    kept.keep([said])
    for number in range(2):
        proof = Evidence(turn=0, quote=asked, act=Act.ASK_SECRET)
        worn = call(f"c{number}", said, "啊？", branch="fraud", decisive=proof)
        changed = OtherWords(packs.speech, kept.copied).revised(worn.model_copy(update={"seed": number}))
        text = changed.turns[0].text
        assert kept.copied(text) is None
        assert changed.decisive is not None
        assert changed.decisive.quote in text
        assert changed.decisive.quote.startswith("把短信里的验证码，")
        assert changed.decisive.quote.endswith("念给我")
        assert len(text) < len(said) + 30
        assert changed.turns[1:] == worn.turns[1:]
        kept.keep([text])


def test_fresh_turns_stay_as_they_are(packs: Packs) -> None:
    fresh = call("a", "您好，我们这边刚才看了。", "啊？")
    assert OtherWords(packs.speech, CopiedRuns(12).copied).revised(fresh) == fresh


def test_a_copy_stays_a_copy(packs: Packs) -> None:
    copy = call(
        "a",
        "您好，我们这边刚才看了您的单子。",
        "啊，哪个单子？我昨天下过好几个单子呢。",
        "就是刚才那个，赶紧看看去吧您。",
    )
    kept = CopiedRuns(8)
    kept.keep(turn.text for turn in copy.turns)
    assert OtherWords(packs.speech, kept.copied, most_turns=2).revised(copy) == copy
    assert OtherWords(packs.speech, kept.copied, most_turns=3).revised(copy) != copy


def test_the_nearest_scenario_is_found_by_its_words(packs: Packs) -> None:
    scenarios = NearestScenarios(packs)
    parcel = call("p", "海关那边把您的包裹扣下了，说里头有东西要补税，护照和报关单都要看。", "啊？", branch="fraud")
    parcel = parcel.model_copy(update={"fraud_type": FraudType.PARCEL})
    ranked = [one.id for one in scenarios.ranked(parcel)]
    assert ranked[0] == "overseas_customs_hold"
    assert {scenarios.family(name).fraud_type for name in ranked} == {FraudType.PARCEL}
    ours = parcel.model_copy(update={"scenario": "mall_anniversary_draw"})
    assert [one.id for one in scenarios.ranked(ours)] == ["mall_anniversary_draw"]
