from __future__ import annotations

from random import Random

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from antifraud.likeness.characters import shingles
from antifraud.likeness.near_pairs import NEAR_JACCARD, near_pairs
from antifraud.likeness.text_shelf import TextShelf
from tests.calls import prattle


def jaccard(one: str, other: str) -> float:
    cut, against = shingles(one), shingles(other)
    return len(cut & against) / len(cut | against)


def edited(text: str, edits: int, rng: Random) -> str:
    signs = list(text)
    for place in rng.sample(range(len(signs)), edits):
        signs[place] = rng.choice(["", "改", signs[place] * 2])
    return "".join(signs)


def hang_together(pairs: list[tuple[int, int]], count: int) -> list[int]:
    ends = np.array(pairs, np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    return list(connected_components(graph, directed=False)[1])


@pytest.mark.parametrize("seed", [1, 2])
def test_pairs_connect_exactly_what_comparing_all_with_all_connects(seed: int) -> None:
    rng = Random(seed)
    texts = [prattle(f"{seed} {number}", rng.randint(40, 400)) for number in range(40)]
    texts += [edited(rng.choice(texts), rng.randint(0, 12), rng) for _ in range(80)]
    texts += ["", "", "喂", "喂", "你好喂", "打错了吧"]
    groups = np.array([rng.randrange(30) for _ in texts])
    found = near_pairs(texts, groups, seed=seed)
    every = [
        (one, other)
        for other in range(len(texts))
        for one in range(other)
        if groups[one] != groups[other] and jaccard(texts[one], texts[other]) >= NEAR_JACCARD
    ]
    assert {pair[:2] for pair in found} <= set(every)
    assert all(pair.jaccard == jaccard(texts[pair.one], texts[pair.other]) for pair in found)
    within = [(first, at) for at, group in enumerate(groups) for first in [list(groups).index(group)]]
    together = hang_together([pair[:2] for pair in found] + within, len(texts))
    assert together == hang_together(every + within, len(texts))


def test_a_thousand_copies_are_not_all_compared_with_each_other() -> None:
    text = prattle("one text", 300)
    copies = [edited(text, number % 2, Random(number)) for number in range(1000)]
    found = near_pairs(copies, np.arange(1000))
    assert 999 <= len(found) < 2000
    assert len(set(hang_together([pair[:2] for pair in found], 1000))) == 1


def test_nothing_is_near_where_there_is_nothing_to_compare() -> None:
    assert near_pairs([], np.array([], np.int64)) == []
    assert near_pairs(["喂你好请问是哪位"], np.array([0])) == []
    assert near_pairs(["喂你好请问是哪位"] * 3, np.array([0, 0, 0])) == []


def test_a_shelf_gives_back_what_was_put_while_more_is_put() -> None:
    shelf = TextShelf()
    for text in ("一", "", "abc"):
        shelf.put(text)
    assert (len(shelf), shelf[2], list(shelf)) == (3, "abc", ["一", "", "abc"])
    shelf.put("四")
    assert (shelf[1], shelf[3]) == ("", "四")
    shelf.close()
