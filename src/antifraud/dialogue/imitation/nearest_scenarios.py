"""Which scenario of the packs a dialogue is most like: TF-IDF of character pairs over what the packs can say.

Of the same kind of call alone: fraud by its type, else by its official category; an everyday call by its scene.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from antifraud.likeness.characters import bare
from antifraud.records import Dialogue
from antifraud.scenarios.families import Family, StorylineScenario
from antifraud.scenarios.packs import Packs, Scenario

_PAIR_CHARACTERS = 2
_MARKS = re.compile(r"\{[^}]*\}|<[^>]*>")
_Weights = Mapping[str, float]


class NearestScenarios:
    """The scenarios of the packs, weighed once."""

    def __init__(self, packs: Packs) -> None:
        self._packs = packs
        self._family_of = {one.id: family for family in packs.families.values() for one in family.scenarios}
        everyday = {one.id: (phrase.say for phrase in one.phrases()) for one in packs.scenarios.values()}
        storylines = {one.id: (*one.phrases(), *one.verb_phrases()) for one in packs.storylines.values()}
        counts = {name: _pairs(templates) for name, templates in {**everyday, **storylines}.items()}
        held = Counter(pair for pairs in counts.values() for pair in pairs)
        self._rarity = {pair: math.log(len(counts) / held[pair]) for pair in held}
        self._weights = {name: self._weighed(pairs) for name, pairs in counts.items()}

    def family(self, scenario: str) -> Family:
        """Return the family of a storyline's scenario."""
        return self._family_of[scenario]

    def ranked(self, dialogue: Dialogue) -> list[Scenario | StorylineScenario]:
        """Return its own scenario where it is one of the packs, else those of its kind, the nearest first."""
        own = self._packs.storylines.get(dialogue.scenario) or self._packs.scenarios.get(dialogue.scenario)
        if own is not None:
            return [own]
        said = self._weighed(_pairs(turn.text for turn in dialogue.turns))
        candidates = self._everyday(dialogue) if dialogue.branch == "lawful" else self._stories(dialogue)
        return sorted(candidates, key=lambda one: (-_product(said, self._weights[one.id]), one.id))

    def _stories(self, dialogue: Dialogue) -> list[StorylineScenario]:
        families = list(self._packs.families.values())
        label, category = dialogue.fraud_type, dialogue.official_category
        same = [each for each in families if label and each.fraud_type is label]
        same = same or [each for each in families if category and each.official_category is category]
        same = same or [each for each in families if label and each.nearest_type is label]
        scenarios = (scenario for family in same or families for scenario in family.scenarios)
        return [scenario for scenario in scenarios if dialogue.is_fraud or scenario.offers]

    def _everyday(self, dialogue: Dialogue) -> list[Scenario]:
        every = list(self._packs.scenarios.values())
        return [one for one in every if one.scene is dialogue.scene] or every

    def _weighed(self, counts: Counter[str]) -> _Weights:
        weights = {pair: math.log1p(n) * self._rarity[pair] for pair, n in counts.items() if pair in self._rarity}
        size = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {pair: weight / size for pair, weight in weights.items()}


def _pairs(texts: Iterable[str]) -> Counter[str]:
    plain = (bare(_MARKS.sub("，", text)) for text in texts)
    ends = _PAIR_CHARACTERS - 1
    return Counter(text[at : at + _PAIR_CHARACTERS] for text in plain for at in range(len(text) - ends))


def _product(one: _Weights, other: _Weights) -> float:
    return sum(weight * other[pair] for pair, weight in one.items() if pair in other)
