from __future__ import annotations

from collections import Counter
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifraud.config import FraudMix, GenerateConfig, LawfulMix
from antifraud.errors import PackError
from antifraud.labels import AgeBand, Awareness, FraudType, Outcome, Scene, age_band
from antifraud.records import CallPlan
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import plan_calls, plan_ids, spread


def plans(packs: Packs, kind: str, seed: int = 1, **mix: object) -> list[CallPlan]:
    config = GenerateConfig(fraud=FraudMix(**mix)) if kind == "fraud" else GenerateConfig(lawful=LawfulMix(**mix))
    return list(plan_calls(kind, config, seed, packs))


def test_labels_are_uniform_by_default(packs: Packs) -> None:
    fraud = Counter(plan.fraud_type for plan in plans(packs, "fraud", count=800))
    lawful = Counter(plan.scene for plan in plans(packs, "lawful", count=700))
    assert fraud == dict.fromkeys(FraudType, 100)
    assert lawful == dict.fromkeys(Scene, 100)


def test_given_counts_are_met_exactly(packs: Packs) -> None:
    wanted = {FraudType.BANKING: 41, FraudType.LOTTERY: 3, FraudType.PARCEL: 0, FraudType.PHISHING: 17}
    found = Counter(plan.fraud_type for plan in plans(packs, "fraud", counts=wanted))
    assert found == {kind: count for kind, count in wanted.items() if count}


def test_weights_are_met_in_proportion(packs: Packs) -> None:
    found = Counter(
        plan.scene for plan in plans(packs, "lawful", count=400, weights={Scene.DINING: 3, Scene.SHOPPING: 1})
    )
    assert found == {Scene.DINING: 300, Scene.SHOPPING: 100}


def test_a_longer_run_begins_with_the_shorter_one(packs: Packs) -> None:
    assert plans(packs, "fraud", count=60) == plans(packs, "fraud", count=200)[:60]


def test_another_seed_plans_other_calls(packs: Packs) -> None:
    one, other = plans(packs, "fraud", count=50), plans(packs, "fraud", seed=2, count=50)
    assert not {plan.id for plan in one} & {plan.id for plan in other}
    assert [plan.callee for plan in one] != [plan.callee for plan in other]


def test_ids_are_unique_known_beforehand_and_do_not_tell_the_label(packs: Packs) -> None:
    config = GenerateConfig(fraud=FraudMix(count=300), lawful=LawfulMix(count=300))
    ids = [plan.id for kind in ("fraud", "lawful") for plan in plan_calls(kind, config, 1, packs)]
    assert ids == [*plan_ids("fraud", config, 1), *plan_ids("lawful", config, 1)]
    assert len(set(ids)) == 600
    assert all(plan_id.startswith("call-") for plan_id in ids)


def test_age_and_awareness_are_balanced_within_a_kind(packs: Packs) -> None:
    for kind in ("fraud", "lawful"):
        made = plans(packs, kind, count=960)
        awareness = Counter(plan.callee.awareness for plan in made if plan.callee)
        bands = Counter(age_band(plan.callee.age) for plan in made if plan.callee)
        assert max(awareness.values()) - min(awareness.values()) <= 0.05 * len(made), (kind, awareness)
        assert set(bands) == set(AgeBand)
        assert min(bands.values()) >= 0.10 * len(made), (kind, bands)


def test_outcomes_follow_the_weights_of_each_awareness(packs: Packs) -> None:
    made = plans(packs, "fraud", count=960)
    for awareness, share in ((Awareness.LOW, 0.5), (Awareness.MIDDLE, 0.3), (Awareness.HIGH, 0.1)):
        mine = [plan for plan in made if plan.callee and plan.callee.awareness is awareness]
        complied = sum(plan.intended_outcome is Outcome.COMPLIED for plan in mine) / len(mine)
        assert complied == pytest.approx(share, abs=0.03)


def test_occupations_fit_the_age(packs: Packs) -> None:
    ages = {job.name: range(job.ages[0], job.ages[1] + 1) for job in packs.personas.occupations}
    for plan in plans(packs, "fraud", count=400):
        assert plan.callee is not None
        assert plan.callee.age in ages[plan.callee.occupation]


def test_a_label_without_a_scenario_is_an_error(packs: Packs) -> None:
    poor = packs.model_copy(update={"scenarios": {k: s for k, s in packs.scenarios.items() if not s.is_fraud}})
    with pytest.raises(PackError, match="no fraud scenario has the label"):
        plans(poor, "fraud", count=1)


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 30), min_size=1))
def test_spreading_whole_weights_is_exact_over_their_sum(weights: dict[str, int]) -> None:
    period = Counter(islice(spread({key: float(weight) for key, weight in weights.items()}), sum(weights.values())))
    assert period == weights
