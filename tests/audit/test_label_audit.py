from __future__ import annotations

from typing import Any

import pytest

from antifraud.audit.label_audit import Opinion, label_audit, label_faults
from antifraud.labels import Act
from antifraud.records import Dialogue, Evidence
from tests.audit.calls import call

ASK = Evidence(turn=2, quote="验证码念给我", act=Act.ASK_SECRET)
CHECK = Evidence(turn=2, quote="自己上App查", act=Act.ALLOW_VERIFY)


def fraud(**changes: Any) -> Dialogue:
    made: dict[str, Any] = {"decisive": ASK, "acts": [(), (), (Act.ASK_SECRET,), (Act.COMPLY,)]} | changes
    return call("f", "您好", "您哪位", "您把验证码念给我", "行", branch="fraud", family="refund", **made)


def lawful(**changes: Any) -> Dialogue:
    made: dict[str, Any] = {"decisive": CHECK, "acts": [(), (), (Act.ALLOW_VERIFY,), ()]} | changes
    return call("l", "您好", "您哪位", "您可以自己上App查", "行", **({"family": "refund"} | made))


def test_a_call_that_proves_its_label_has_no_fault() -> None:
    found = label_audit([fraud(), lawful(), lawful(family=None, decisive=None)])
    assert found.proven_share == 1
    assert found.unproven == ()


@pytest.mark.parametrize(
    ("dialogue", "fault"),
    [
        (fraud(decisive=None), "no decisive evidence"),
        (lawful(decisive=None), "no decisive evidence"),
        (fraud(decisive=Evidence(turn=9, quote="念", act=Act.ASK_SECRET)), "decisive turn does not exist"),
        (fraud(decisive=Evidence(turn=2, quote="密码", act=Act.ASK_SECRET)), "quote is not in the turn"),
        (fraud(decisive=Evidence(turn=3, quote="行", act=Act.COMPLY)), "decisive turn is not the caller's"),
        (fraud(acts=[(), (), (Act.URGENCY,), ()]), "no fraud act in a fraud call"),
        (fraud(acts=[(Act.SECRECY,), (), (Act.ASK_SECRET,), ()]), "decisive is not the first fraud act"),
        (lawful(acts=[(), (), (Act.ALLOW_VERIFY, Act.ASK_SECRET), ()]), "fraud act in a call that is not fraud"),
        (lawful(decisive=Evidence(turn=2, quote="查", act=Act.WARN)), "decisive act is not an act of the turn"),
        (fraud(decisive=Evidence(turn=2, quote="念", act=Act.WARN)), "decisive act speaks against the label"),
    ],
)
def test_every_way_to_miss_the_proof_is_named(dialogue: Dialogue, fault: str) -> None:
    assert fault in set(label_faults(dialogue))
    assert label_audit([dialogue]).proven_share == 0


def test_files_without_acts_get_no_figure() -> None:
    assert label_audit([fraud(acts=(), decisive=None)]).proven_share is None


def test_a_second_opinion_is_compared_and_both_readings_are_listed() -> None:
    def reader(dialogue: Dialogue) -> Opinion:
        asks = "念给我" in dialogue.turns[2].text
        return Opinion(is_fraud=asks or None, why="asks for a code" if asks else "nothing asked")

    found = label_audit([fraud(), lawful()], reader)
    assert found.agreement_share == 0.5
    assert found.undecided == 1
    assert [(one.id, one.decisive, one.reading.why) for one in found.disagreements] == [("l", CHECK, "nothing asked")]


def test_without_a_reader_there_is_no_agreement() -> None:
    assert label_audit([fraud()]).agreement_share is None
