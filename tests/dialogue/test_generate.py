from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from antifraud.audit.gates import gate
from antifraud.audit.reader import read_label
from antifraud.audit_config import AuditConfig
from antifraud.dialogue.checks import first_contradiction, first_defect
from antifraud.dialogue.generate import generate
from antifraud.dialogue_config import FraudMix, GenerateConfig, LawfulMix
from antifraud.labels import FRAUD_ACTS, Act, Awareness, Outcome, RejectReason, Speaker
from antifraud.records import Dialogue, Rejected
from antifraud.scenarios.packs import Packs
from tests.assignments import assignments

STORYLINES, EVERYDAY = 840, 236
"""About 2,000 calls of the default mix: what a storyline is told as besides fraud is decided by its share."""


async def talk(
    packs: Packs, storylines: int, everyday: int, seed: int = 1, **settings: int
) -> list[Dialogue | Rejected]:
    config = GenerateConfig(fraud=FraudMix(count=storylines), lawful=LawfulMix(count=everyday), **settings)
    return [await generate(each, config, packs) for each in assignments(config, packs, seed)]


@pytest.fixture(scope="module")
def talked(packs: Packs) -> list[Dialogue]:
    results = asyncio.run(talk(packs, STORYLINES, EVERYDAY))
    assert not [result for result in results if isinstance(result, Rejected)]
    return [result for result in results if isinstance(result, Dialogue)]


def test_the_calls_stand_every_gate(talked: list[Dialogue]) -> None:
    """What `pack` and `build-bench` would refuse, shortcuts against siblings and the second reader among it."""
    gate(talked, AuditConfig(), seed=1, reader=lambda dialogue: read_label(dialogue.turns))


def test_every_call_passes_the_checks_and_ends_as_planned(talked: list[Dialogue]) -> None:
    for dialogue in talked:
        assert first_defect(dialogue) is None
        assert first_contradiction(dialogue) is None
        assert dialogue.ending.outcome is dialogue.intended_outcome


def test_the_label_is_what_is_said(talked: list[Dialogue]) -> None:
    for dialogue in talked:
        decisive = [turn for turn in dialogue.turns if FRAUD_ACTS & set(turn.acts)]
        assert bool(decisive) == dialogue.is_fraud
        assert all(turn.speaker is Speaker.CALLER for turn in decisive)


def test_no_two_calls_are_alike(talked: list[Dialogue]) -> None:
    texts = {tuple(turn.text for turn in dialogue.turns) for dialogue in talked}
    assert len(texts) == len(talked) >= 1980
    openings = {dialogue.storyline: dialogue.turns[0].text for dialogue in talked}
    assert len(set(openings.values())) >= 0.99 * len(openings)


def test_the_course_of_one_scenario_varies(talked: list[Dialogue]) -> None:
    courses: dict[str, set[tuple[Act, ...]]] = {}
    had: Counter[str] = Counter(dialogue.scenario for dialogue in talked)
    for dialogue in talked:
        courses.setdefault(dialogue.scenario, set()).add(tuple(turn.acts[0] for turn in dialogue.turns))
    assert all(len(courses[name]) >= 0.8 * had[name] for name in had)


def test_awareness_moves_the_outcome(talked: list[Dialogue]) -> None:
    complied = Counter(
        d.callee.awareness for d in talked if d.is_fraud and d.callee and d.ending.outcome is Outcome.COMPLIED
    )
    assert complied[Awareness.LOW] > complied[Awareness.MIDDLE] > complied[Awareness.HIGH] > 0


def test_turns_alternate_but_for_back_channels(talked: list[Dialogue]) -> None:
    backchannels = 0
    for dialogue in talked:
        for before, after in pairwise(dialogue.turns):
            assert before.speaker is not after.speaker or before.is_backchannel
        backchannels += sum(turn.is_backchannel for turn in dialogue.turns)
    assert 0.02 < backchannels / sum(len(dialogue.turns) for dialogue in talked) < 0.25


def test_a_fact_is_the_same_through_a_call(talked: list[Dialogue]) -> None:
    """The shop of the opening is the only shop of its list that the caller ever names."""
    for dialogue in talked:
        if dialogue.scenario != "membership_auto_renewal":
            continue
        said = "".join(turn.text for turn in dialogue.turns if turn.speaker is Speaker.CALLER)
        shops = {
            shop for shop in ("优禾生活", "汇品到家", "乐购邻里", "万橙优选", "小满集市", "聚惠街") if shop in said
        }
        assert len(shops) == 1


async def test_the_same_seed_talks_the_same_words(packs: Packs) -> None:
    assert await talk(packs, 12, 12, seed=9) == await talk(packs, 12, 12, seed=9)
    assert await talk(packs, 12, 12, seed=9) != await talk(packs, 12, 12, seed=10)


async def test_a_plan_that_cannot_end_as_intended_is_rejected_with_its_reason(packs: Packs) -> None:
    results = await talk(packs, 4, 4, max_turns=4, attempts=3)
    rejected = [result for result in results if isinstance(result, Rejected)]
    assert rejected
    assert {result.reason for result in rejected} <= {RejectReason.ENDING_MISMATCH, RejectReason.LABEL_MISMATCH}
    assert all("3 attempts" in result.detail for result in rejected)
