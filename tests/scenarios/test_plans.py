from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifraud.dialogue_config import FraudMix, GenerateConfig, LawfulMix, StorylineConfig
from antifraud.errors import ConfigError, PackError
from antifraud.labels import AgeBand, Awareness, FraudType, OfficialCategory, Outcome, Scene, age_band
from antifraud.records import CallPlan, StorylinePlan
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import call_plans, everyday_ids, plan_everyday, plan_storylines, spread
from antifraud.scenarios.priors import OFFICIAL, PAPER_28K
from antifraud.scenarios.trees import LAWFUL_ENDING


def stories(
    packs: Packs, seed: int = 1, storylines: StorylineConfig | None = None, **mix: object
) -> list[StorylinePlan]:
    config = GenerateConfig(fraud=FraudMix(**mix), storylines=storylines or StorylineConfig())
    return list(plan_storylines(config, seed, packs))


def everyday(packs: Packs, seed: int = 1, **mix: object) -> list[CallPlan]:
    return list(plan_everyday(GenerateConfig(lawful=LawfulMix(**mix)), seed, packs))


def calls(made: list[StorylinePlan], seed: int = 1) -> list[CallPlan]:
    return [plan for story in made for fraud in (True, False) for plan in call_plans(story, seed, fraud=fraud)]


def test_families_and_scenes_are_uniform_by_default(packs: Packs) -> None:
    families = Counter(story.family for story in stories(packs, count=10 * len(packs.families)))
    assert families == dict.fromkeys(packs.families, 10)
    assert Counter(plan.scene for plan in everyday(packs, count=700)) == dict.fromkeys(Scene, 100)


def test_given_counts_are_met_exactly(packs: Packs) -> None:
    wanted = {FraudType.INVESTMENT: 41, "romance": 3, "gaming": 0, FraudType.PARCEL: 17}
    found = Counter(story.family for story in stories(packs, counts=wanted))
    assert found == {"investment": 41, "romance": 3, "parcel": 17}


def test_weights_are_met_in_proportion(packs: Packs) -> None:
    found = Counter(plan.scene for plan in everyday(packs, count=400, weights={Scene.DINING: 3, Scene.SHOPPING: 1}))
    assert found == {Scene.DINING: 300, Scene.SHOPPING: 100}


def test_an_official_category_is_shared_by_its_families(packs: Packs) -> None:
    made = stories(packs, count=90, weights={OfficialCategory.CUSTOMER_SERVICE: 1})
    covered = {f.family for f in packs.families.values() if f.official_category == OfficialCategory.CUSTOMER_SERVICE}
    assert {story.family for story in made} == covered
    assert len(covered) >= 3


def test_the_official_prior_follows_the_police_notes(packs: Packs) -> None:
    found = Counter(story.official_category for story in stories(packs, count=1000, prior="official"))
    total = sum(OFFICIAL.values())
    for category, notes in OFFICIAL.items():
        assert found[OfficialCategory(category)] == pytest.approx(1000 * notes / total, abs=3)


def test_the_prior_of_the_paper_holds_its_types_alone(packs: Packs) -> None:
    found = Counter(story.fraud_type for story in stories(packs, count=1000, prior="paper-28k"))
    assert found.keys() == PAPER_28K.keys()
    for kind, counted in PAPER_28K.items():
        assert found[FraudType(kind)] == pytest.approx(1000 * counted / sum(PAPER_28K.values()), abs=2)


def test_a_name_that_no_family_has_is_an_error(packs: Packs) -> None:
    with pytest.raises(ConfigError, match="no family is called 传销"):
        stories(packs, count=1, weights={"传销": 1})


def test_a_longer_run_begins_with_the_shorter_one(packs: Packs) -> None:
    assert stories(packs, count=60) == stories(packs, count=150)[:60]


def test_another_seed_plans_other_calls(packs: Packs) -> None:
    one, other = stories(packs, count=50), stories(packs, seed=2, count=50)
    assert not {story.id for story in one} & {story.id for story in other}
    assert [story.callee for story in one] != [story.callee for story in other]


def test_ids_are_unique_known_beforehand_and_do_not_tell_the_label(packs: Packs) -> None:
    plans = calls(stories(packs, count=200))
    config = GenerateConfig(lawful=LawfulMix(count=200))
    ids = [plan.id for plan in plans] + list(everyday_ids(config, 1))
    assert ids[len(plans) :] == [plan.id for plan in plan_everyday(config, 1, packs)]
    assert len(set(ids)) == len(ids) >= 600
    assert all(plan_id.startswith("call-") for plan_id in ids)


@pytest.mark.parametrize(("share", "siblings"), [(0.0, 0), (0.5, 50), (1.0, 100)])
def test_as_many_fraud_calls_have_a_sibling_as_asked(packs: Packs, share: float, siblings: int) -> None:
    made = calls(stories(packs, count=100, storylines=StorylineConfig(sibling_share=share, sales_share=0.2)))
    kinds = Counter(plan.branch for plan in made)
    assert (kinds["fraud"], kinds["lawful"]) == (100, siblings)
    assert kinds["sales"] in (19, 20)  # a scenario without an offer leaves its sale to the next storyline
    assert all(plan.is_fraud == (plan.branch == "fraud") for plan in made)
    assert all(plan.fraud_type is None and plan.official_category is None for plan in made if not plan.is_fraud)


def test_siblings_share_people_scene_and_family(packs: Packs) -> None:
    for story in stories(packs, count=60):
        kinds = [(p.caller, p.callee, p.scene, p.family, p.storyline) for p in calls([story])]
        assert len(set(kinds)) == 1


def test_a_tree_tells_in_plain_words_what_happens(packs: Packs) -> None:
    for story in stories(packs, count=60):
        for node in story.nodes:
            assert node.gist
            assert not set("{}<>()|") & set(node.gist), node.gist


def test_age_and_awareness_are_balanced(packs: Packs) -> None:
    people = {
        "storylines": [story.callee for story in stories(packs, count=480)],
        "everyday": [plan.callee for plan in everyday(packs, count=480) if plan.callee],
    }
    for kind, callees in people.items():
        awareness = Counter(callee.awareness for callee in callees)
        bands = Counter(age_band(callee.age) for callee in callees)
        assert max(awareness.values()) - min(awareness.values()) <= 0.05 * len(callees), (kind, awareness)
        assert set(bands) == set(AgeBand)
        assert min(bands.values()) >= 0.08 * len(callees), (kind, bands)


def test_outcomes_follow_the_weights_of_each_awareness_in_both_branches(packs: Packs) -> None:
    made = calls(stories(packs, count=480))
    for branch, named in (("fraud", Outcome.COMPLIED), ("lawful", LAWFUL_ENDING[Outcome.COMPLIED])):
        for awareness, share in ((Awareness.LOW, 0.6), (Awareness.MIDDLE, 0.3), (Awareness.HIGH, 0.1)):
            mine = [p for p in made if p.branch == branch and p.callee and p.callee.awareness is awareness]
            done = sum(plan.intended_outcome is named for plan in mine) / len(mine)
            assert done == pytest.approx(share, abs=0.05), (branch, awareness)


def test_occupations_fit_the_age(packs: Packs) -> None:
    ages = {job.name: range(job.ages[0], job.ages[1] + 1) for job in packs.personas.occupations}
    for story in stories(packs, count=300):
        assert story.callee.age in ages[story.callee.occupation]


def test_a_scene_without_a_scenario_is_an_error(packs: Packs) -> None:
    kept = {name: each for name, each in packs.scenarios.items() if each.scene is not Scene.DINING}
    with pytest.raises(PackError, match="no everyday scenario has the scene 订餐服务"):
        everyday(packs.model_copy(update={"scenarios": kept}), count=1)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 30), min_size=1))
def test_spreading_whole_weights_is_exact_over_their_sum(weights: dict[str, int]) -> None:
    period = Counter(islice(spread({key: float(weight) for key, weight in weights.items()}), sum(weights.values())))
    assert period == weights
