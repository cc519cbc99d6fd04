from __future__ import annotations

from random import Random

import numpy as np
import pytest

from antifraud.audit.macro_f1 import macro_f1
from antifraud.audit.shortcuts import FOLDS, deal_folds, shortcuts, sibling_storylines
from antifraud.records import Dialogue
from tests.audit.calls import call

_SAYINGS = """
    您先别着急 这事不难 我跟您慢慢说 单子在我手上 今天就能办 您在听吧 是这么个情况
    昨天系统里看到的 上个月的那笔 您还记得不 我们这边都有记录 您要是不方便 明天再说也行
    同事跟我讲过 手续很简单 一两分钟的事 您放心 那边催得紧 我帮您看一下 名字对得上
"""


def talk(rng: Random, pieces: int = 5) -> str:
    return "，".join(rng.choices(_SAYINGS.split(), k=pieces))


def storylines(count: int, mark: str = "", *, sizes: tuple[int, int] = (5, 5)) -> list[Dialogue]:
    """Siblings that share two exchanges and then say something at random; fraud says `mark` as well."""
    calls = []
    for number in range(count):
        rng = Random(f"storyline {number}")
        opening = [talk(rng) for _ in range(4)]
        for branch, size in zip(("fraud", "lawful"), sizes):
            ending = [talk(rng, size), talk(rng, size)]
            if branch == "fraud":
                ending[0] += mark
            calls.append(call(f"{branch}-{number}", *opening, *ending, branch=branch, storyline=f"s{number}"))
    return calls


def test_a_sign_that_only_fraud_holds_gives_it_away_and_is_named() -> None:
    found = shortcuts(storylines(200, "密"), 1).fraud_vs_sibling
    assert found is not None
    full, opening, callee = (found.scores[part] for part in ("full", "first_two_exchanges", "callee"))
    assert full is not None
    assert opening is not None
    assert callee is not None
    assert full.macro_f1 > 0.97
    assert found.for_fraud[0].gram == "密"
    assert callee.low < 0.6


def test_a_shared_opening_tells_nothing() -> None:
    found = shortcuts(storylines(60), 1, inputs=("first_two_exchanges", "first_caller_turn")).fraud_vs_sibling
    assert found is not None
    for score in found.scores.values():
        assert score is not None
        assert score.macro_f1 <= 0.5
        assert score.low <= 0.5


def test_lengths_alone_give_away_what_is_longer() -> None:
    same = shortcuts(storylines(60), 1, inputs=("lengths",)).fraud_vs_sibling
    longer = shortcuts(storylines(60, sizes=(9, 5)), 1, inputs=("lengths",)).fraud_vs_sibling
    assert same is not None
    assert longer is not None
    assert longer.scores["lengths"] is not None
    assert longer.scores["lengths"].macro_f1 > 0.97
    assert same.scores["lengths"] is not None
    assert same.scores["lengths"].low < 0.6


def test_calls_of_a_storyline_stay_in_one_fold_and_every_fold_has_both_labels() -> None:
    calls = [*storylines(23), *(call(f"day-{number}", talk(Random(number))) for number in range(31))]
    folds = deal_folds(calls, 1)
    of_storyline: dict[str, set[int]] = {}
    for one, fold in zip(calls, folds):
        of_storyline.setdefault(one.storyline, set()).add(fold)
    assert all(len(found) == 1 for found in of_storyline.values())
    for fold in range(FOLDS):
        assert {one.is_fraud for one, placed in zip(calls, folds) if placed == fold} == {True, False}
    assert deal_folds(calls, 2) != folds


def test_copies_of_a_storyline_are_not_learnt_by_heart() -> None:
    """Each storyline's text is unique to its label and said eight times: only folds that split it could tell."""
    calls = []
    for number in range(40):
        text, branch = talk(Random(number), 12), ("fraud", "lawful")[number % 2]
        calls += [call(f"c{number}-{copy}", text, branch=branch, storyline=f"s{number}") for copy in range(8)]
    found = shortcuts(calls, 1, comparisons=("fraud_vs_lawful",), inputs=("full",)).fraud_vs_lawful
    assert found is not None
    assert found.scores["full"] is not None
    assert found.scores["full"].low < 0.6


def test_sales_are_no_siblings_but_not_fraud_either() -> None:
    calls = [*storylines(10), call("sale", "您办个卡吧", branch="sales", storyline="s0")]
    calls.append(call("lone", "您办个卡吧", branch="sales", storyline="lone"))
    assert sibling_storylines(calls) == {f"s{number}" for number in range(10)}
    found = shortcuts(calls, 1, inputs=("lengths",))
    assert found.fraud_vs_sibling is not None
    assert (found.fraud_vs_sibling.fraud_calls, found.fraud_vs_sibling.other_calls) == (10, 10)
    assert found.fraud_vs_lawful is not None
    assert found.fraud_vs_lawful.other_calls == 12


def test_too_few_storylines_give_no_figure() -> None:
    found = shortcuts(storylines(4), 1)
    assert found.fraud_vs_sibling is not None
    assert set(found.fraud_vs_sibling.scores.values()) == {None}


def test_an_interval_is_wider_where_calls_hang_together() -> None:
    rng = np.random.default_rng(1)
    truth = np.arange(400) % 2 == 0
    right = np.repeat(rng.random(20) < 0.7, 20)
    guess = np.where(right, truth, ~truth)
    together = macro_f1(truth, guess, np.repeat(np.arange(20), 20), 1)
    apart = macro_f1(truth, guess, np.arange(400), 1)
    assert together.macro_f1 == apart.macro_f1 == pytest.approx(right.mean())
    assert together.low < apart.low < apart.macro_f1 < apart.high < together.high
