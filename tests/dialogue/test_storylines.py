"""What siblings share, and what tells them apart."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from itertools import pairwise

import pytest

from antifraud.audit.reader import read_label
from antifraud.dialogue.generate import generate
from antifraud.dialogue_config import FraudMix, GenerateConfig, LawfulMix, StorylineConfig
from antifraud.labels import FRAUD_ACTS, Act, Speaker
from antifraud.records import Dialogue
from antifraud.scenarios.packs import Packs
from tests.assignments import assignments


@pytest.fixture(scope="module")
def siblings(packs: Packs) -> dict[str, list[Dialogue]]:
    """The calls of six storylines of every scenario, together."""
    config = GenerateConfig(
        fraud=FraudMix(count=6 * len(packs.storylines)),
        lawful=LawfulMix(count=0),
        storylines=StorylineConfig(sales_share=0.3),
    )
    told: dict[str, list[Dialogue]] = defaultdict(list)
    for each in assignments(config, packs, 11):
        result = asyncio.run(generate(each, config, packs))
        assert isinstance(result, Dialogue), result
        told[result.storyline].append(result)
    return told


def test_every_scenario_is_told_as_fraud_and_as_lawful_call(packs: Packs, siblings: dict[str, list[Dialogue]]) -> None:
    told = {(call.scenario, call.branch) for calls in siblings.values() for call in calls}
    assert {(name, branch) for name in packs.storylines for branch in ("fraud", "lawful")} <= told
    assert any(branch == "sales" for _, branch in told)


def test_siblings_begin_with_the_same_two_exchanges_and_part_after_them(siblings: dict[str, list[Dialogue]]) -> None:
    for calls in siblings.values():
        fraud, *others = calls
        for other in others:
            shared = 0
            for one, two in zip(fraud.turns, other.turns, strict=False):
                if one != two:
                    break
                shared += 1
            said = [turn for turn in fraud.turns[:shared] if not turn.is_backchannel]
            assert sum(turn.speaker is Speaker.CALLEE for turn in said) >= 2
            assert not any(FRAUD_ACTS & set(turn.acts) for turn in said)
            assert fraud.turns[shared:] != other.turns[shared:]


def test_the_decisive_act_is_the_first_of_its_kind_and_its_quote_is_literal(
    siblings: dict[str, list[Dialogue]],
) -> None:
    for call in (call for calls in siblings.values() for call in calls):
        proof = call.decisive
        assert proof is not None
        turn = call.turns[proof.turn]
        assert turn.speaker is Speaker.CALLER
        assert proof.quote in turn.text
        decides = FRAUD_ACTS if call.is_fraud else {Act.ALLOW_VERIFY}
        assert proof.act in decides & set(turn.acts)
        assert not any(decides & set(earlier.acts) for earlier in call.turns[: proof.turn])
        assert call.is_fraud or not any(FRAUD_ACTS & set(each.acts) for each in call.turns)


def test_both_branches_name_the_risks(packs: Packs, siblings: dict[str, list[Dialogue]]) -> None:
    """Lawful calls speak of what swindlers ask about as often as fraud calls do."""
    named = {"fraud": 0, "lawful": 0}
    words = ("验证码", "屏幕", "转", "账户", "链接", "卡")
    for calls in siblings.values():
        for call in calls:
            if call.branch in named:
                text = "".join(turn.text for turn in call.turns)
                named[call.branch] += sum(word in text for word in words)
    assert named["lawful"] == pytest.approx(named["fraud"], rel=0.15)


def test_a_reader_of_the_text_alone_agrees_with_the_labels(siblings: dict[str, list[Dialogue]]) -> None:
    calls = [call for told in siblings.values() for call in told]
    agree = sum(read_label(call.turns).is_fraud == call.is_fraud for call in calls)
    assert agree >= 0.93 * len(calls)  # the aim, .95, is for large sets: see docs/statistics.md


def test_relatives_and_friends_do_not_talk_like_an_institution(
    packs: Packs, siblings: dict[str, list[Dialogue]]
) -> None:
    private = {name for name, each in packs.storylines.items() if each.relation in ("kin", "friend")}
    said = [
        turn.text
        for calls in siblings.values()
        for call in calls
        if call.scenario in private
        for turn in call.turns
        if turn.speaker is Speaker.CALLER
    ]
    assert said
    assert not [text for text in said if re.search("让客户|每一位客户|有的客户|流程|登记好|配合", text)]


def test_a_caller_answers_what_the_callee_fears(packs: Packs, siblings: dict[str, list[Dialogue]]) -> None:
    """After 你不会要我…吧 the caller mostly speaks of that very thing."""
    answered = asked = 0
    for call in (call for calls in siblings.values() for call in calls):
        for said, reply in pairwise(call.turns):
            feared = re.search("(?:不会是?要我|还得|要不要我|还要)(.{6,12}?)[吧啊吗]?？$", said.text)
            if feared and Act.REASSURE in reply.acts and not reply.text.endswith("——"):
                asked += 1
                answered += feared[1].replace("你", "我")[:5] in reply.text
    assert asked > 5
    assert answered >= 0.9 * asked


def test_a_call_seldom_says_one_frame_twice(siblings: dict[str, list[Dialogue]]) -> None:
    calls = [call for told in siblings.values() for call in told]
    often = [call for call in calls if sum("不是让" in turn.text for turn in call.turns) > 2]
    assert len(often) <= 0.02 * len(calls)
