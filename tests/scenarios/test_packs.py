from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from antifraud.defects import TEXT_RULES, unknown_words
from antifraud.dialogue.scripted_agents.simulation import open_storyline
from antifraud.dialogue.wording import Wording
from antifraud.dialogue_config import FraudMix, GenerateConfig
from antifraud.errors import PackError
from antifraud.labels import FRAUD_ACTS, Awareness, OfficialCategory, Outcome, Scene
from antifraud.records import Persona
from antifraud.scenarios.loading import load_packs, packs_folder
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import addresses, plan_storylines
from antifraud.scenarios.slots import draw


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The packs cut down to one file of each kind, free to be broken."""
    target = tmp_path / "packs"
    shutil.copytree(packs_folder(), target)
    for kind, keep in (("storylines", "customer_service"), ("everyday", "dining")):
        for file in (target / kind).glob("*.yaml"):
            if file.stem != keep:
                file.unlink()
    return target


def person(name: str, packs: Packs) -> Persona:
    manner = packs.personas.manners[0].name
    return Persona(
        name={"caller": "陈静", "callee": "周桂兰"}[name],
        gender="女",
        age={"caller": 24, "callee": 61}[name],
        occupation="教师",
        region="华北",
        awareness=Awareness.MIDDLE,
        manner=manner,
    )


def test_every_family_and_scene_has_several_scenarios(packs: Packs) -> None:
    scenes = Counter(scenario.scene for scenario in packs.scenarios.values())
    assert scenes.keys() == set(Scene)
    assert min(scenes.values()) >= 3
    assert not {name for name, family in packs.families.items() if len(family.scenarios) < 3}
    assert {family.official_category for family in packs.families.values()} >= set(OfficialCategory)


def test_storylines_occur_in_every_scene(packs: Packs) -> None:
    assert {story.scene for story in packs.storylines.values()} == set(Scene)


def refused(text: str) -> bool:
    """Whether a said text holds what no call may hold."""
    found = any(pattern.search(text) for _, pattern in TEXT_RULES)
    return found or bool(set(unknown_words(text))) or bool(re.search(r"[0-9\[\]{}<>|]", text))


def test_every_phrase_can_be_said_and_passes_the_checks(packs: Packs) -> None:
    """Each phrase of each scenario, three times, with facts drawn anew."""
    people = person("caller", packs), person("callee", packs)
    for everyday in packs.scenarios.values():
        for seed in range(3):
            rng = Random(seed)
            facts = draw(everyday.slots, rng) | addresses(*people, everyday.caller, rng)
            wording = Wording(facts, everyday.rules, people, packs, rng)
            for phrase in everyday.phrases():
                text = wording.expand(phrase.say)
                assert not refused(text), (everyday.id, phrase.say, text)
    for story in packs.storylines.values():
        for seed in range(3):
            rng = Random(seed)
            facts = draw(story.slots, rng) | addresses(*people, story.caller, rng)
            wording = Wording(facts, story.rules, people, packs, rng)
            for template in (*story.phrases(), *story.verb_phrases()):
                text = wording.expand(template.replace("{我}", "我"))
                assert not refused(text), (story.id, template, text)


def test_a_verb_phrase_names_nobody_but_the_asker(packs: Packs) -> None:
    """您, 你 and 我 would mean somebody else where the phrase is told of others."""
    for story in packs.storylines.values():
        for ask in (*story.risks, *story.needs):
            for say in ask.say:
                assert not set("您你") & set(say), (story.id, say)
                assert not say.startswith(("，", "请", "麻烦", "别", "不用")), (story.id, say)


def test_an_opening_comes_out_in_many_ways(packs: Packs) -> None:
    said: dict[str, set[str]] = {}
    had: Counter[str] = Counter()
    config = GenerateConfig(fraud=FraudMix(count=12 * len(packs.storylines)))
    for plan in plan_storylines(config, 2, packs):
        said.setdefault(plan.scenario, set()).add(open_storyline(plan, packs).opening[0].text)
        had[plan.scenario] += 1
    assert all(len(said[name]) >= 0.9 * had[name] for name in had), {n: (len(said[n]), had[n]) for n in had}


def test_no_step_of_everyday_calls_decides(packs: Packs) -> None:
    for scenario in packs.scenarios.values():
        assert not {act for step in scenario.agenda for act in step.acts} & FRAUD_ACTS


def test_every_possible_outcome_has_a_goodbye(packs: Packs) -> None:
    for scenario in packs.scenarios.values():
        assert set(scenario.possible_outcomes) <= set(scenario.goodbye)
        assert Outcome.UNKNOWN not in scenario.goodbye


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{platform}", "{platfrom}", "no slot {platfrom}"),
        ("<打错>", "<打对>", "no rule <打对>"),
        ("fraud_type: 客服诈骗", "fraud_type: 传销", "input should be '投资诈骗'"),
        ("    scene: 咨询客服", "    scene: 聊天", "scene: input should be"),
        ("act: ask_secret", "act: ask_nicely", "input should be"),
        ("  - id: membership_auto_renewal", "  - id: ../evil", "id: string should match pattern"),
        ("    opening:", "    opening: [", "customer_service.yaml:"),
        ("    checks:", "    cheks:", "extra inputs are not permitted"),
        ("{我}", "{他}", "no slot {他}"),
        ("act: ask_secret", "act: ask_detail", "have no fraud act"),
        ("act: ask_detail", "act: ask_secret", "have a fraud act"),
        ("acts: [alarm_or_gain]", "acts: [ultimatum]", "belong to every branch"),
    ],
)
def test_a_broken_pack_is_one_clear_line(copied: Path, old: str, new: str, said: str) -> None:
    file = copied / "storylines" / "customer_service.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError) as caught:
        load_packs(copied)
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_lawful_scenario_that_asks_for_a_code_is_refused(copied: Path) -> None:
    file = copied / "everyday" / "dining.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"acts: \[?ask_detail\]?", "acts: [ask_secret]", text), encoding="utf-8")
    with pytest.raises(PackError, match="an everyday scenario has the fraud acts"):
        load_packs(copied)


def test_a_speech_pack_without_a_pool_of_the_branches_is_refused(copied: Path) -> None:
    file = copied / "speech" / "contrast.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("  terms:", "  words:", 1), encoding="utf-8")
    with pytest.raises(PackError, match="contrast lacks terms"):
        load_packs(copied)


def test_a_pool_of_the_branches_that_says_nothing_among_friends_is_refused(copied: Path) -> None:
    file = copied / "speech" / "contrast.yaml"
    text = file.read_text(encoding="utf-8")
    pool = "  no_pressure:\n    - say: 不急。\n      when: {relation: [institution, boss, kin, stranger]}\n"
    file.write_text(re.sub(r"  no_pressure:\n(?:    .*\n|  #.*\n)+", pool, text), encoding="utf-8")
    with pytest.raises(PackError, match="nothing that always fits in no_pressure for friend;"):
        load_packs(copied)


def test_a_scenario_id_used_twice_is_refused(copied: Path) -> None:
    shutil.copy(copied / "storylines" / "customer_service.yaml", copied / "storylines" / "again.yaml")
    with pytest.raises(PackError, match="is used twice"):
        load_packs(copied)


def test_a_folder_without_packs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no scenario files"):
        load_packs(tmp_path)
