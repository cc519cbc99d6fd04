from __future__ import annotations

import pytest

from antifraud.dialogue.checks import first_contradiction, first_defect
from antifraud.dialogue.generate import generate
from antifraud.dialogue_config import FraudMix, GenerateConfig
from antifraud.labels import Act, Emotion, Outcome, RejectReason, Speaker
from antifraud.records import Dialogue, Turn
from antifraud.scenarios.packs import Packs
from tests.assignments import assignments


@pytest.fixture
async def good(packs: Packs) -> Dialogue:
    config = GenerateConfig(fraud=FraudMix(count=1))
    result = await generate(assignments(config, packs)[0], config, packs)
    assert isinstance(result, Dialogue)
    assert first_defect(result) is None
    return result


def saying(dialogue: Dialogue, index: int, text: str) -> Dialogue:
    turns = list(dialogue.turns)
    turns[index] = turns[index].model_copy(update={"text": text})
    return dialogue.model_copy(update={"turns": tuple(turns)})


def with_turns(dialogue: Dialogue, sides: str) -> Dialogue:
    speakers = {"L": Speaker.CALLER, "R": Speaker.CALLEE}
    turns = tuple(
        Turn(index=index, speaker=speakers[side.upper()], text="您好。", emotion=Emotion.NEUTRAL,
             acts=(Act.BACKCHANNEL,) if side.islower() else (Act.INFORM,))
        for index, side in enumerate(sides)
    )  # fmt: skip
    return dialogue.model_copy(update={"turns": turns})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("我是某某公司的客服。", RejectReason.PLACEHOLDER),
        ("您的卡号是XXXX，对吧？", RejectReason.PLACEHOLDER),
        ("请问是[姓名]吗？", RejectReason.PLACEHOLDER),
        ("密码是******。", RejectReason.PLACEHOLDER),
        ("验证码是......。", RejectReason.PLACEHOLDER),
        ("好的。（停顿一下）您说。", RejectReason.STAGE_DIRECTION),
        ("客服：您好。", RejectReason.STAGE_DIRECTION),
        ("**重要**：请转账。", RejectReason.PLACEHOLDER),
        ("# 标题", RejectReason.MARKUP),
        ("点这个 https://a.example", RejectReason.MARKUP),
        ("您好{callee}。", RejectReason.UNFILLED_SLOT),
        ("您好<打错>。", RejectReason.UNFILLED_SLOT),
        ("##ENDCALL_SIGNAL##", RejectReason.CONTROL_TOKEN),
        ("好的<|endoftext|>", RejectReason.CONTROL_TOKEN),
        ("Sorry，我不明白。", RejectReason.FOREIGN_LETTERS),
        ("……", RejectReason.EMPTY_TURN),
    ],
)
def test_a_defect_in_a_turn_is_found_with_its_reason(good: Dialogue, text: str, reason: RejectReason) -> None:
    found = first_defect(saying(good, 1, text))
    assert found is not None
    assert found[0] is reason
    assert "turn 1" in found[1]


@pytest.mark.parametrize(
    "text", ["您上App看看就行。", "您那个ETC，办了没有？", "我是VIP，对吧——", "一件T恤，A座。", "一二三，12点半。"]
)
def test_what_people_do_say_is_no_defect(good: Dialogue, text: str) -> None:
    assert first_defect(saying(good, 1, text)) is None


@pytest.mark.parametrize(
    ("sides", "reason"),
    [
        ("LR", RejectReason.TOO_SHORT),
        ("RLRL", RejectReason.WRONG_OPENING),
        ("LLR", RejectReason.DOUBLE_TURN),
        ("LRRL", RejectReason.DOUBLE_TURN),
        ("LR" * 101, RejectReason.TOO_LONG),
        ("LRLR", None),
        ("LrRL", None),
    ],
)
def test_the_order_of_turns_is_checked(good: Dialogue, sides: str, reason: RejectReason | None) -> None:
    found = first_defect(with_turns(good, sides))
    assert (found[0] if found else None) is reason


def test_a_fraud_call_without_a_fraud_act_contradicts_its_label(good: Dialogue) -> None:
    found = first_contradiction(with_turns(good, "LRLR"))
    assert found is not None
    assert found[0] is RejectReason.LABEL_MISMATCH


def test_a_lawful_call_with_a_fraud_act_contradicts_its_label(good: Dialogue) -> None:
    lawful = good.model_copy(update={"is_fraud": False, "fraud_type": None, "branch": "lawful"})
    found = first_contradiction(lawful)
    assert found is not None
    assert found[0] is RejectReason.LABEL_MISMATCH


def test_an_ending_that_the_last_turns_do_not_show_is_found(good: Dialogue) -> None:
    outcome = Outcome.WILL_VERIFY if good.ending.outcome is Outcome.COMPLIED else Outcome.COMPLIED
    ending = good.ending.model_copy(update={"outcome": outcome})
    planned = first_contradiction(good.model_copy(update={"ending": ending}))
    shown = first_contradiction(good.model_copy(update={"ending": ending, "intended_outcome": outcome}))
    assert planned is not None
    assert planned[0] is RejectReason.ENDING_MISMATCH
    assert shown is not None
    assert shown[0] is RejectReason.ENDING_MISMATCH
