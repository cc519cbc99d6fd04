from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from antifraud.config import FraudMix, GenerateConfig, LawfulMix
from antifraud.dialogue.checks import _LETTERS, _TEXT_RULES, KNOWN_LETTERS
from antifraud.dialogue.wording import Wording
from antifraud.errors import PackError
from antifraud.labels import FRAUD_ACTS, FraudType, Outcome, Scene, Speaker
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import plan_calls


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The packs cut down to one file of each kind, free to be broken."""
    target = tmp_path / "packs"
    shutil.copytree(packs_folder(), target)
    for kind, keep in (("fraud", "customer_service"), ("lawful", "dining")):
        for file in (target / kind).glob("*.yaml"):
            if file.stem != keep:
                file.unlink()
    return target


def test_every_label_has_at_least_three_scenarios(packs: Packs) -> None:
    counts = Counter(scenario.label for scenario in packs.scenarios.values())
    assert counts.keys() == {*FraudType, *Scene}
    assert min(counts.values()) >= 3


def test_fraud_calls_occur_in_more_than_one_scene(packs: Packs) -> None:
    scenes = {scenario.scene for scenario in packs.scenarios.values() if scenario.is_fraud}
    assert len(scenes) >= 5


def test_every_phrase_can_be_said_and_passes_the_checks(packs: Packs) -> None:
    """Each phrase of each scenario, three times, with facts drawn anew."""
    count = len(packs.scenarios) * 4
    config = GenerateConfig(fraud=FraudMix(count=count), lawful=LawfulMix(count=count))
    plans = {plan.scenario: plan for kind in ("fraud", "lawful") for plan in plan_calls(kind, config, 1, packs)}
    assert plans.keys() == packs.scenarios.keys()
    for plan in plans.values():
        assert plan.caller is not None
        assert plan.callee is not None
        for seed in range(3):
            wording = Wording(plan, plan.caller, plan.callee, packs, Random(seed))
            for phrase in wording.scenario.phrases():
                text = wording.expand(phrase.say)
                defects = [reason for reason, pattern in _TEXT_RULES if pattern.search(text)]
                letters = {word for word in _LETTERS.findall(text) if word.lower() not in KNOWN_LETTERS}
                assert not defects, (plan.scenario, phrase.say, text)
                assert not letters, (plan.scenario, phrase.say, text)
                assert not re.search(r"[0-9\[\]{}<>|]", text), (plan.scenario, phrase.say, text)


def test_an_opening_comes_out_in_many_ways(packs: Packs) -> None:
    config = GenerateConfig(fraud=FraudMix(count=400), lawful=LawfulMix(count=400))
    for kind in ("fraud", "lawful"):
        said: dict[str, set[str]] = {}
        had: Counter[str] = Counter()
        for plan in plan_calls(kind, config, 2, packs):
            assert plan.caller is not None
            assert plan.callee is not None
            wording = Wording(plan, plan.caller, plan.callee, packs, Random(plan.seed))
            text = wording.say(Speaker.CALLER, wording.scenario.agenda[0].say).text
            said.setdefault(plan.scenario, set()).add(text)
            had[plan.scenario] += 1
        assert all(len(said[name]) >= 0.9 * had[name] for name in had), {n: (len(said[n]), had[n]) for n in had}


def test_lawful_scenarios_hold_no_fraud_act_and_fraud_ones_a_certain_one(packs: Packs) -> None:
    for scenario in packs.scenarios.values():
        acts = {act for step in scenario.agenda for act in step.acts}
        assert bool(acts & FRAUD_ACTS) == scenario.is_fraud


def test_every_possible_outcome_has_a_goodbye(packs: Packs) -> None:
    for scenario in packs.scenarios.values():
        assert set(scenario.possible_outcomes) <= set(scenario.goodbye)
        assert Outcome.UNKNOWN not in scenario.goodbye


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{platform}", "{platfrom}", "no slot {platfrom}"),
        ("<打错>", "<打对>", "no rule <打对>"),
        ("label: 客服诈骗", "label: 传销", "input should be '投资诈骗'"),
        ("    scene: 咨询客服", "    scene: 聊天", "scene: input should be"),
        ("acts: [ask_secret]", "acts: [ask_nicely]", "input should be"),
        ("  - id: membership_auto_renewal", "  - id: ../evil", "id: string should match pattern"),
        ("    agenda:", "    agenda: [", "customer_service.yaml:"),
        ("    verify:", "    verifi:", "extra inputs are not permitted"),
    ],
)
def test_a_broken_pack_is_one_clear_line(copied: Path, old: str, new: str, said: str) -> None:
    file = copied / "fraud" / "customer_service.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_packs(copied)
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_lawful_scenario_that_asks_for_a_code_is_refused(copied: Path) -> None:
    file = copied / "lawful" / "dining.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"acts: \[?ask_detail\]?", "acts: [ask_secret]", text), encoding="utf-8")
    with pytest.raises(PackError, match="a lawful scenario has the fraud acts"):
        load_packs(copied)


def test_a_scenario_id_used_twice_is_refused(copied: Path) -> None:
    shutil.copy(copied / "fraud" / "customer_service.yaml", copied / "fraud" / "again.yaml")
    with pytest.raises(PackError, match="is used twice"):
        load_packs(copied)


def test_a_folder_without_packs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no scenario files"):
        load_packs(tmp_path)
