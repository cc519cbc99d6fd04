from __future__ import annotations

from random import Random

import pytest

from antifraud.audit.audit import audit
from antifraud.audit.gates import GATES, faults, gate, limits_of
from antifraud.audit.label_audit import Opinion
from antifraud.audit_config import AuditConfig
from antifraud.errors import AntifraudError, BelowStandard
from antifraud.labels import Act, Awareness, Outcome
from antifraud.records import Dialogue, Evidence
from tests.audit.calls import call
from tests.audit.test_shortcuts import storylines, talk

ALL = AuditConfig(fewest_calls=0)


def sound_calls(count: int = 40) -> list[Dialogue]:
    """Siblings that differ in the order of the same words alone, and prove what they are."""
    calls = []
    for number in range(count):
        rng = Random(f"sound {number}")
        opening = [talk(rng), "嗯", talk(rng), talk(rng)]
        for branch, act, text in (
            ("fraud", Act.ASK_SECRET, "不用您跑柜台，您把短信里那几个数字念给我"),
            ("lawful", Act.ALLOW_VERIFY, "不用您把短信里那几个数字念给我，您跑柜台"),
        ):
            calls.append(
                call(
                    f"{branch}-{number}",
                    *opening,
                    text,
                    "好",
                    branch=branch,
                    storyline=f"s{number}",
                    family="refund",
                    acts=[(), (), (), (), (act,)],
                    decisive=Evidence(turn=4, quote=text[:6], act=act),
                    awareness=(Awareness.LOW, Awareness.HIGH)[number % 2],
                    outcome=(Outcome.COMPLIED, Outcome.REFUSED, Outcome.WILL_VERIFY)[number % 3],
                )
            )
    return calls


def test_sound_calls_pass_while_they_are_too_few_to_judge_variety() -> None:
    measured = gate(sound_calls(), AuditConfig(sibling_full_text_f1=1.0), seed=1)
    judged = {each.figure: each for each in measured}
    assert len(judged) == len(measured)
    assert judged["labels proven by act and quote"].model_dump() == {
        "figure": "labels proven by act and quote",
        "measured": "100.00 %",
        "limit": ">= 100 %",
        "is_judged": True,
    }
    assert (judged["distinct-2 at 50k tokens"].is_judged, judged["awareness x outcome, V"].limit) == (False, "0.25-0.6")
    assert gate(sound_calls(1), AuditConfig(refuse=False), seed=1) == ()


def test_every_limit_of_the_config_has_its_gate() -> None:
    judged = {each.setting for each in GATES}
    assert judged == AuditConfig.model_fields.keys() - {"refuse", "fewest_calls", "reader"}


def test_a_fault_says_figure_limit_where_to_look_and_how_to_go_on() -> None:
    calls = [*sound_calls(), call("leak", "您记一下13812345678", "嗯", "某某银行的", decisive=None)]
    with pytest.raises(BelowStandard) as broken:
        gate(calls, AuditConfig(sibling_full_text_f1=1.0), seed=1)
    assert broken.value.exit_code == 3
    dial, defect = sorted(line for line in str(broken.value).splitlines() if line.startswith("calls with"))
    assert "number to dial: 1.23 %, expected at most 0.00 %" in dial
    assert "first in leak, turn 0: 138…78" in dial
    assert "--set audit.personal_data=0.0124" in dial
    assert "first in leak, placeholder: turn 2 holds '某某'" in defect


def test_the_limit_that_a_fault_names_is_met_once_it_is_set() -> None:
    report = audit(sound_calls(), seed=1)
    for line in faults(report, ALL):
        setting, value = line.rpartition("--set audit.")[2].rstrip(".").split("=")
        left = faults(report, ALL.model_copy(update={setting: float(value)}))
        assert line not in left, line


def test_what_sets_siblings_apart_breaks_its_limit_only_beyond_chance() -> None:
    plain = audit(storylines(40), seed=1, parts=("shortcuts",))
    marked = audit(storylines(200, "密"), seed=1, parts=("shortcuts",))
    assert faults(plain, AuditConfig()) == []
    assert [line.split(":")[0] for line in faults(marked, AuditConfig())] == ["F1 vs sibling, full text"]
    assert "密" in faults(marked, AuditConfig())[0]


def test_variety_is_not_judged_on_few_calls() -> None:
    report = audit(sound_calls(), seed=1, parts=("diversity", "lengths", "duplicates"))
    judged = {line.split(":")[0] for line in faults(report, ALL)}
    assert "openings, ten commonest stems" in judged
    assert faults(report, AuditConfig()) == []


def test_a_reader_that_differs_is_refused() -> None:
    report = audit(sound_calls(), seed=1, parts=("labels",), reader=lambda _: Opinion(is_fraud=True, why="asks"))
    (line,) = faults(report, ALL)
    assert line.startswith("text-only reader agrees: 50.00 %, expected at least 95.00 %")
    assert "first is lawful-0: asks" in line


def test_refuse_false_lets_everything_pass() -> None:
    gate([call("leak", "您记一下13812345678", "嗯")], AuditConfig(refuse=False), seed=1)


def test_no_dialogues_are_an_error() -> None:
    with pytest.raises(AntifraudError, match="no dialogues"):
        gate([], AuditConfig(), seed=1)


def test_limits_are_shown_in_few_words() -> None:
    shown = {each.figure.name: limits_of(each.figure, AuditConfig()) for each in GATES}
    assert shown["turns of <= 4 characters"] == "5-20 %"
    assert shown["F1 vs sibling, lengths"] == "<= 0.6"
    assert shown["labels proven by act and quote"] == ">= 100 %"
