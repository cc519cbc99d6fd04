from __future__ import annotations

import asyncio
from random import Random

import pytest

from antifraud.annotation.annotate import disagreement
from antifraud.annotation.evidence import QUOTED, quote_from, unproven
from antifraud.annotation.reasoner import Reasoner
from antifraud.annotation.remarks import remarks
from antifraud.audit.diversity import BLEU_DIALOGUES, self_bleu, words
from antifraud.dialogue.generate import generate
from antifraud.dialogue_config import FraudMix, GenerateConfig, LawfulMix
from antifraud.labels import FRAUD_ACTS, Act, Emotion, LabelSet, Speaker
from antifraud.records import Answer, Dialogue, Evidence, Round, Turn, TurnSound
from antifraud.scenarios.packs import Packs
from tests.assignments import assignments


@pytest.fixture(scope="module")
def talked(packs: Packs) -> list[Dialogue]:
    config = GenerateConfig(fraud=FraudMix(count=400), lawful=LawfulMix(count=170))
    """About a thousand calls, the size that the figures are stated for."""
    results = [asyncio.run(generate(each, config, packs)) for each in assignments(config, packs, 4)]
    return [result for result in results if isinstance(result, Dialogue)]


def rounds_of(packs: Packs, dialogue: Dialogue, labels: LabelSet = LabelSet.TELEANTIFRAUD) -> tuple[Round, ...]:
    return Reasoner(packs.reasoning, dialogue, labels).rounds()


@pytest.mark.parametrize("labels", LabelSet)
def test_every_rationale_is_proven_and_reaches_the_label(
    packs: Packs, talked: list[Dialogue], labels: LabelSet
) -> None:
    kinds = set()
    for dialogue in talked:
        rounds, kind = rounds_of(packs, dialogue, labels), dialogue.label_in(labels)
        assert unproven(rounds, dialogue.turns) is None
        assert disagreement(rounds, dialogue, labels) is None
        assert [r.task for r in rounds] == ["scene", "fraud", "fraud_type"][: 3 if kind else 2]
        if kind:
            kinds.add(rounds[2].answer.fraud_type)
            assert str(kind) in rounds[2].question
    assert kinds == set(labels.labels)


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
    assert disagreement(rounds, tamed, LabelSet.TELEANTIFRAUD) == "fraud: answered False, the plan says True"


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


def test_a_thousand_rationales_are_not_one_rationale(packs: Packs, talked: list[Dialogue]) -> None:
    assert len(talked) >= 1000
    thought = ["".join(round_.think for round_ in rounds_of(packs, dialogue)) for dialogue in talked]
    figure = self_bleu([words(text) for text in Random(1).sample(thought, BLEU_DIALOGUES)])
    assert figure is not None
    assert figure < 75


@pytest.fixture
def two_turns() -> tuple[Turn, ...]:
    said = ((Speaker.CALLER, "您把验证码念给我，快一点。"), (Speaker.CALLEE, "我不念，你别说了。"))
    return tuple(
        Turn(index=at, speaker=side, text=text, emotion=Emotion.NEUTRAL, acts=(Act.ASK_SECRET,))
        for at, (side, text) in enumerate(said)
    )


def sound(turn: int, **measured: float) -> TurnSound:
    unknown = dict.fromkeys(TurnSound.model_fields.keys() - {"turn", "overlap_seconds"})
    return TurnSound(**{**unknown, "turn": turn, "overlap_seconds": 0.0, **measured})


def test_what_stands_out_in_the_sound_is_remarked_on_the_strongest_first(two_turns: tuple[Turn, ...]) -> None:
    found = remarks(two_turns, [sound(0, level_db=6.0), sound(1, delay_seconds=1.8, level_db=0.3)])
    told = [(each.name, each.evidence.turn, each.evidence.measure, each.evidence.value) for each in found]
    assert told == [("louder", 0, "level_db", 6.0), ("late_answer", 1, "delay_seconds", 1.8)]
    assert remarks(two_turns, [sound(0, level_db=1.0), sound(1, delay_seconds=0.2)]) == []


def test_a_measure_that_was_not_taken_proves_nothing(two_turns: tuple[Turn, ...]) -> None:
    heard = [sound(0), sound(1, delay_seconds=1.84)]

    def judged(value: float) -> str | None:
        evidence = Evidence(turn=1, quote="我不念", measure="delay_seconds", value=value)
        answer = Answer(is_fraud=True, reason="“我不念”", confidence=0.9)
        round_ = Round(task="fraud", question="？", think="“我不念”说得晚。", answer=answer, evidence=(evidence,))
        return unproven([round_], two_turns, heard)

    assert judged(1.84) is None
    assert judged(1.8) is None
    assert "was not measured" in (judged(1.2) or "")
    heard[1] = sound(1)
    assert "was not measured" in (judged(1.84) or "")
