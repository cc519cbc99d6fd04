from __future__ import annotations

from random import Random

import pytest

from antifraud.audit.duplicates import duplicates, near_pairs
from antifraud.likeness.characters import shingles
from tests.audit.calls import call

_SIGNS = [chr(0x4E00 + number) for number in range(400)]


def said(seed: str, size: int = 300) -> str:
    rng = Random(seed)
    return "".join(rng.choice(_SIGNS) for _ in range(size))


def changed(text: str, places: int, seed: str) -> str:
    rng, signs = Random(seed), list(text)
    for place in rng.sample(range(len(text)), places):
        signs[place] = "龙"
    return "".join(signs)


def test_planted_duplicates_are_found_and_nothing_else() -> None:
    texts = [said(f"text {number}") for number in range(200)]
    calls = [call(f"c{number}", text) for number, text in enumerate(texts)]
    calls += [
        call("same", texts[7]),
        call("near", changed(texts[9], 6, "near")),
        call("far", changed(texts[11], 40, "far")),
    ]
    found = duplicates(calls)
    assert found.exact_share == pytest.approx(1 / 203)
    assert {(pair.one, pair.other) for pair in found.examples} == {("c7", "same"), ("c9", "near")}
    assert found.near_share == pytest.approx(2 / 203)
    assert found.pairs == 2


def test_pairs_just_above_the_limit_are_found_and_below_it_are_not() -> None:
    """A hundred pairs from J 0.5 to 0.9: what the sketches propose is decided by the exact index."""
    texts = [
        text for number in range(100) for text in (said(f"{number}"), changed(said(f"{number}"), 4 + number % 16, "x"))
    ]
    exact = {}
    for place in range(0, 200, 2):
        one, other = shingles(texts[place]), shingles(texts[place + 1])
        exact[place, place + 1] = len(one & other) / len(one | other)
    above = {pair for pair, index in exact.items() if index >= 0.7}
    assert 20 < len(above) < 80
    found = {(one, other): index for one, other, index in near_pairs(texts)}
    assert found.keys() == above
    assert all(index == exact[pair] for pair, index in found.items())


def test_punctuation_makes_no_difference() -> None:
    assert duplicates([call("a", "您好，我这边是快递站。"), call("b", "您好我这边，是快递站！")]).exact_share == 0.5


def test_texts_shorter_than_a_shingle_are_compared_whole() -> None:
    assert [pair[:2] for pair in near_pairs(["喂", "喂您", "喂", ""])] == [(0, 2)]
