"""Seed dialogues are imitated by the scripted agents: what stays, what changes, and what the sieve keeps out."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from antifraud.audit.reader import read_label
from antifraud.config import Config, load_config
from antifraud.dialogue.scripted_agents.simulation import simulate
from antifraud.dialogue_config import ImitateConfig
from antifraud.errors import ConfigError, RecordError, StoreError
from antifraud.intake.imitation.exemplars import Pool
from antifraud.intake.imitation.orders import kind_of, order_calls
from antifraud.intake.imitation.sieve import Sieve
from antifraud.labels import FRAUD_ACTS, FraudType, RejectReason, Scene
from antifraud.likeness.characters import bare, runs, shingles
from antifraud.pipeline import note_config
from antifraud.records import Dialogue
from antifraud.scenarios.packs import Packs
from antifraud.stages.imitations import imitate
from antifraud.stages.job import Job
from antifraud.store.lines import dump_line, read_records
from antifraud.survey import survey
from tests.assignments import assignments
from tests.audit.calls import RELEASED, call

THEIRS = Path(__file__).parent / "theirs.jsonl"
SETTINGS = ("generate.fraud.count=12", "generate.lawful.count=15")
COUNT = 40
KEPT = (
    *("is_fraud", "branch", "scene", "fraud_type", "official_category"),
    *("family", "scenario", "storyline", "asks", "tactic"),
)


def config_for(folder: Path, *more: str) -> Config:
    return load_config(None, {}, [f"run.folder={folder}", "run.name=new", f"imitate.count={COUNT}", *SETTINGS, *more])


@pytest.fixture(scope="module")
def seeds(packs: Packs) -> list[Dialogue]:
    """Forty calls and one of our own scripted agents."""
    config = load_config(None, {}, SETTINGS).generate
    told = [simulate(each.plan, config, packs, each.story) for each in assignments(config, packs, seed=4)]
    return [dialogue for dialogue in told if isinstance(dialogue, Dialogue)]


@pytest.fixture(scope="module")
def seed_file(seeds: list[Dialogue], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("seeds") / "dialogues.jsonl"
    path.write_bytes(b"".join(map(dump_line, seeds)))
    return path


@pytest.fixture(scope="module")
def imitated(seed_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Job:
    """A run that imitated the seeds."""
    job = Job(config_for(tmp_path_factory.mktemp("imitated")), quiet=True)
    tally = asyncio.run(imitate(job, [seed_file]))
    assert (tally.entered, tally.accepted) == (COUNT, COUNT), tally.reasons
    return job


def written(job: Job) -> list[Dialogue]:
    return list(read_records(job.run.imitations, Dialogue))


def long_runs(dialogue: Dialogue) -> set[str]:
    return {run for turn in dialogue.turns for run in runs(bare(turn.text), 13)}


def test_no_imitation_copies_a_seed_or_another(imitated: Job, seeds: list[Dialogue]) -> None:
    calls = written(imitated)
    said = [(long_runs(each), shingles(bare("".join(turn.text for turn in each.turns)))) for each in (*calls, *seeds)]
    pairs = [(one, other) for one, other in combinations(range(len(said)), 2) if one < len(calls)]
    assert not any(said[one][0] & said[other][0] for one, other in pairs)
    assert max(len(said[one][1] & said[other][1]) / len(said[one][1] | said[other][1]) for one, other in pairs) < 0.5


def test_the_strategy_stays_and_the_people_change(imitated: Job, seeds: list[Dialogue]) -> None:
    by_id = {seed.id: seed for seed in seeds}
    for dialogue in written(imitated):
        seed = by_id[dialogue.provenance.parents[0]]
        assert [getattr(dialogue, name) for name in KEPT] == [getattr(seed, name) for name in KEPT]
        assert dialogue.ending.outcome is seed.ending.outcome
        assert (dialogue.source, dialogue.provenance.engine) == ("imitated", "scripted")
        assert (dialogue.caller, dialogue.callee) != (seed.caller, seed.callee)


def test_every_imitation_proves_its_label(imitated: Job) -> None:
    for dialogue in written(imitated):
        assert read_label(dialogue.turns).is_fraud == dialogue.is_fraud
        assert bool({act for turn in dialogue.turns for act in turn.acts} & FRAUD_ACTS) == dialogue.is_fraud
        if (proof := dialogue.decisive) is not None:
            assert proof.quote in dialogue.turns[proof.turn].text


def test_kinds_are_as_the_seeds_have_them(imitated: Job, seeds: list[Dialogue]) -> None:
    had, wanted = Counter(map(kind_of, written(imitated))), Counter(map(kind_of, seeds))
    assert all(abs(had[kind] - COUNT * wanted[kind] / len(seeds)) < 1 for kind in wanted)


async def test_a_run_that_was_stopped_and_made_longer_ends_in_the_same_bytes(
    imitated: Job, seed_file: Path, tmp_path: Path
) -> None:
    rounds = "imitate.round_size=9"
    short = Job(config_for(tmp_path / "a", rounds, "imitate.count=23"), quiet=True)
    await imitate(short, [seed_file])
    lines = short.run.imitations.read_bytes().splitlines(keepends=True)
    short.run.imitations.write_bytes(b"".join(lines[3:15]) + lines[20][:50])  # killed; some were never written
    longer = Job(config_for(tmp_path / "a", rounds, "run.concurrency=2"), quiet=True)
    whole = Job(config_for(tmp_path / "b", rounds), quiet=True)
    assert (await imitate(longer, [seed_file])).resumed == 12
    note_config(longer)
    assert {"stage": "imitate", "done": COUNT, "rejected": 0, "left": 0} in survey(longer.run)
    await imitate(whole, [seed_file])
    assert longer.run.imitations.read_bytes() == whole.run.imitations.read_bytes()
    with pytest.raises(StoreError, match=r"imitate\.attempts"):
        await imitate(replace(longer, config=config_for(tmp_path / "a", rounds, "imitate.attempts=3")), [seed_file])


async def test_dialogues_from_elsewhere_are_told_by_the_nearest_scenario_of_their_kind(
    packs: Packs, tmp_path: Path
) -> None:
    files = sorted(RELEASED.values()) or [THEIRS]
    job = Job(config_for(tmp_path), quiet=True)
    tally = await imitate(job, files)
    assert tally.accepted == COUNT, tally.reasons
    families = {one.id: family for family in packs.families.values() for one in family.scenarios}
    for dialogue in written(job):
        if dialogue.is_fraud:
            assert families[dialogue.scenario].fraud_type is dialogue.fraud_type
        else:
            assert packs.scenarios[dialogue.scenario].scene is dialogue.scene


async def test_kinds_can_be_asked_for_by_weight(seeds: list[Dialogue], packs: Packs, tmp_path: Path) -> None:
    asked = "imitate.kinds={外卖服务: 3, 银行诈骗: 1}"
    orders = list(order_calls(seeds, config_for(tmp_path, asked), packs))
    assert Counter(kind_of(order.plan) for order in orders) == {Scene.FOOD_DELIVERY: 30, FraudType.BANKING: 10}
    with pytest.raises(ConfigError, match="no seed is of the kind 婚礼; expected some of"):
        list(order_calls(seeds, config_for(tmp_path, "imitate.kinds={婚礼: 1}"), packs))


def test_seeds_that_are_missing_or_twice_are_one_clear_line(packs: Packs, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no seeds"):
        list(order_calls([], config_for(tmp_path), packs))
    with pytest.raises(RecordError, match="'a' occurs twice"):
        list(order_calls([call("a", "喂"), call("a", "喂")], config_for(tmp_path), packs))


def test_the_sieve_tells_why_it_refuses() -> None:
    known = call("known", "您好，我是快递站的小李，您的包裹到了门口。", "放门口就行。", "好的，我放下就走，您回来拿。")
    sieve = Sieve(ImitateConfig(), lambda turns: read_label(turns).is_fraud, [known])
    refused = {
        RejectReason.TOO_SHORT: call("b", "喂？", "您好。"),
        RejectReason.MARKUP: call("c", "喂？", "您好。", "快递#一号"),
        RejectReason.COPIED_RUN: call("d", "喂。", "谁？", "我是快递站的小李，您的包裹到了，来拿。"),
        RejectReason.NEAR_DUPLICATE: call(
            "e", "您好，我是快递站的小李。", "您的包裹到了门口，", "放门口就行。", "好的，我放下就走，您回来拿。"
        ),
        RejectReason.LABEL_MISMATCH: call("f", "喂，您好。", "谁？", "把短信里的验证码念给我。"),
    }
    found = {reason: sieve.defect(dialogue) for reason, dialogue in refused.items()}
    assert {reason: defect[0] for reason, defect in found.items() if defect} == {reason: reason for reason in refused}
    assert sieve.defect(call("g", "喂，听得见吗？", "听得见。", "那明天上午我来修水管。")) is None


def test_exemplars_are_the_seed_and_those_least_like_it() -> None:
    near = [call(f"n{number}", f"您好，我是快递站的小李，您的包裹到了{number}号柜。") for number in range(8)]
    far = [call("f1", "喂，这里是牙科诊所，跟您约的洗牙要改到下午。"), call("f2", "我订的那桌菜，能不能少放辣？")]
    fraud = call("fraud", "把验证码念给我。", branch="fraud")
    pool = Pool([*near, *far, fraud])
    shown = pool.exemplars(near[0], 3, Random(1))
    assert shown[0] is near[0]
    assert {each.id for each in shown[1:]} == {"f1", "f2"}
    assert len(pool.exemplars(fraud, 3, Random(1))) == 1, "there is no other of its kind"
