from __future__ import annotations

import asyncio

import pytest

from antifraud.annotation.annotate import disagreement
from antifraud.annotation.evidence import QUOTED, quote_from, unproven
from antifraud.annotation.reasoner import Reasoner
from antifraud.config import FraudMix, GenerateConfig, LawfulMix
from antifraud.dialogue.generate import generate
from antifraud.labels import FRAUD_ACTS, Act
from antifraud.records import Dialogue, Evidence, Round
from antifraud.scenarios.packs import Packs
from tests.assignments import assignments


@pytest.fixture(scope="module")
def talked(packs: Packs) -> list[Dialogue]:
    config = GenerateConfig(fraud=FraudMix(count=120), lawful=LawfulMix(count=60))
    results = [asyncio.run(generate(each, config, packs)) for each in assignments(config, packs, 4)]
    return [result for result in results if isinstance(result, Dialogue)]


def rounds_of(packs: Packs, dialogue: Dialogue) -> tuple[Round, ...]:
    return Reasoner(packs.reasoning, dialogue).rounds()


def test_every_rationale_is_proven_and_reaches_the_label(packs: Packs, talked: list[Dialogue]) -> None:
    for dialogue in talked:
        rounds = rounds_of(packs, dialogue)
        assert unproven(rounds, dialogue.turns) is None
        assert disagreement(rounds, dialogue) is None
        assert [r.task for r in rounds] == ["scene", "fraud", "fraud_type"][: 3 if dialogue.fraud_type else 2]


def test_the_verdict_follows_the_acts_not_the_label(packs: Packs, talked: list[Dialogue]) -> None:
    """A fraud call whose fraud acts are taken away is argued to be lawful, and is then not kept."""
    fraud = next(dialogue for dialogue in talked if dialogue.is_fraud)
    tamed = fraud.model_copy(
        update={
            "turns": tuple(
                turn.model_copy(
                    update={"acts": tuple(act for act in turn.acts if act not in FRAUD_ACTS) or (Act.INFORM,)}
                )
                for turn in fraud.turns
            )
        }
    )
    rounds = rounds_of(packs, tamed)
    assert rounds[1].answer.is_fraud is False
    assert disagreement(rounds, tamed) == "fraud: answered False, the plan says True"


def test_fraud_evidence_names_the_decisive_act_and_quotes_its_turn(packs: Packs, talked: list[Dialogue]) -> None:
    for dialogue in talked:
        evidence = rounds_of(packs, dialogue)[1].evidence
        decisive = [item for item in evidence if item.act in FRAUD_ACTS]
        assert bool(decisive) == dialogue.is_fraud
        for item in decisive:
            assert item.quote in dialogue.turns[item.turn].text


def test_thinking_is_chinese_and_quotes_what_was_said(packs: Packs, talked: list[Dialogue]) -> None:
    for dialogue in talked:
        for round_ in rounds_of(packs, dialogue):
            assert len(QUOTED.findall(round_.think)) >= 1
            assert 40 <= len(round_.think) <= 700
            assert not set(round_.think) & set("{}<>()|")


def test_the_same_call_is_argued_the_same_way(packs: Packs, talked: list[Dialogue]) -> None:
    assert rounds_of(packs, talked[0]) == rounds_of(packs, talked[0])


@pytest.mark.parametrize(
    ("evidence", "think", "said"),
    [
        (Evidence(turn=99, quote="您好"), "“您好”", "turn 99 does not exist"),
        (Evidence(turn=0, quote="我是骗子"), "“我是骗子”", "turn 0 does not say"),
        (Evidence(turn=0, quote="喂", act=Act.ASK_SECRET), "“喂”", "turn 0 does not ask_secret"),
        (Evidence(turn=0, quote="喂"), "他说“请转账”", "'请转账' is quoted without evidence"),
    ],
)
def test_made_up_evidence_is_found(
    packs: Packs, talked: list[Dialogue], evidence: Evidence, think: str, said: str
) -> None:
    first = talked[0].turns[0].model_copy(update={"text": "喂，您好。", "acts": (Act.IDENTITY_CLAIM,)})
    turns = (first, *talked[0].turns[1:])
    round_ = rounds_of(packs, talked[0])[0].model_copy(update={"evidence": (evidence,), "think": think})
    round_ = round_.model_copy(update={"answer": round_.answer.model_copy(update={"reason": "没有"})})
    found = unproven([round_], turns)
    assert found is not None
    assert said in found


def test_a_round_without_evidence_is_unproven(packs: Packs, talked: list[Dialogue]) -> None:
    bare = rounds_of(packs, talked[0])[0]
    bare = bare.model_copy(
        update={"evidence": (), "think": "", "answer": bare.answer.model_copy(update={"reason": ""})}
    )
    assert unproven([bare], talked[0].turns) == "scene: no evidence"


@pytest.mark.parametrize(
    ("text", "cues", "quote"),
    [
        ("您好。您把验证码念给我。谢谢。", ["验证码"], "您把验证码念给我"),
        ("呃，那个，您先转两千过来。", ["转"], "您先转两千过来"),
        ("嗯。", [], "嗯"),
        ("……", [], "……"),
    ],
)
def test_a_quote_is_the_sentence_with_the_cue_without_its_filler(text: str, cues: list[str], quote: str) -> None:
    assert quote_from(text, cues) == quote


def test_a_quote_is_short_and_literal(talked: list[Dialogue]) -> None:
    for dialogue in talked[:60]:
        for turn in dialogue.turns:
            quote = quote_from(turn.text, ["转", "码", "您"])
            assert quote
            assert len(quote) <= 36
            assert quote in turn.text
