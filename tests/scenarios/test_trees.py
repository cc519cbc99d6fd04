from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from antifraud.dialogue_config import FraudMix, GenerateConfig, StorylineConfig
from antifraud.labels import FRAUD_ACTS, FRAUD_OUTCOMES, LAWFUL_OUTCOMES, Act
from antifraud.records import StorylinePlan
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.plans import plan_storylines
from antifraud.scenarios.trees import grow, leaves

ODDS = dict.fromkeys(FRAUD_OUTCOMES, 1.0)


@pytest.mark.parametrize(("depth", "width"), [(1, 2), (2, 3), (4, 2), (4, 3), (4, 6)])
def test_a_tree_is_as_deep_and_as_wide_as_asked_and_holds_both_branches(packs: Packs, depth: int, width: int) -> None:
    deepest = widest = 0
    for number, scenario in enumerate(packs.storylines.values()):
        tree = grow(scenario, ODDS, depth=depth, width=width, rng=Random(number))
        children: dict[str, int] = {}
        for node in tree[1:]:
            children[node.parent] = children.get(node.parent, 0) + 1
            deepest = max(deepest, node.path.count("."))
        widest = max(widest, *children.values())
        assert leaves(tree, "fraud")
        assert leaves(tree, "lawful")
    assert deepest == depth
    assert 2 <= widest <= width


def test_a_leaf_says_all_that_a_call_needs_and_labels_are_inherited(packs: Packs) -> None:
    for number, scenario in enumerate(packs.storylines.values()):
        tree = {node.path: node for node in grow(scenario, ODDS, depth=4, width=3, rng=Random(number))}
        for node in tree.values():
            parent = tree.get(node.parent)
            if parent and parent.state != "shared":
                assert node.state == parent.state
                assert node.asks[: len(parent.asks)] == parent.asks
            elif node.state != "shared":
                assert (node.act in FRAUD_ACTS) == (node.state == "fraud")
            if node.outcome is not None:
                assert node.outcome in (FRAUD_OUTCOMES if node.state == "fraud" else LAWFUL_OUTCOMES)
                assert node.tactic
                risks = {ask.ask for ask in scenario.risks}
                assert set(node.asks) <= risks if node.state == "fraud" else not set(node.asks) & risks


def test_a_tree_that_changes_its_label_is_refused(packs: Packs) -> None:
    story = next(plan_storylines(GenerateConfig(fraud=FraudMix(count=1), storylines=StorylineConfig()), 1, packs))
    below = next(node for node in story.nodes if node.state == "fraud" and node.path.count(".") == 2)
    changed = tuple(node.model_copy(update={"state": "lawful"}) if node is below else node for node in story.nodes)
    with pytest.raises(ValidationError, match="is lawful under a fraud node"):
        StorylinePlan.model_validate(story.model_dump() | {"nodes": [node.model_dump() for node in changed]})
    trunk = next(node for node in story.nodes if node.state == "fraud")
    tamed = [
        (node.model_copy(update={"act": Act.INFORM}) if node is trunk else node).model_dump() for node in story.nodes
    ]
    with pytest.raises(ValidationError, match="its decisive act is inform"):
        StorylinePlan.model_validate(story.model_dump() | {"nodes": tamed})
