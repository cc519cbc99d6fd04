"""Scores are scikit-learn's, what cannot be read is wrong in all of them, and intervals are drawn by storyline."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn import metrics

from antifraud.evaluation.classification import matrix_of, of_class, per_class, scores
from antifraud.evaluation.comparison import mcnemar, p_value
from antifraud.evaluation.confidence_scores import calibration_figures, ranking_figures
from antifraud.evaluation.paper_total import paper_total
from antifraud.evaluation.redrawing import Block, redraw
from antifraud.evaluation.spread import spread_of

CLOSE = {"rel": 1e-12, "abs": 1e-12}

PAIRS = st.integers(2, 8).flatmap(
    lambda labels: st.tuples(
        st.just(labels),
        st.lists(st.tuples(st.integers(0, labels - 1), st.integers(0, labels + 1)), min_size=1, max_size=60),
    )
)
"""How many labels there are; truth and answer of each call, an answer beyond the labels being none."""


def counted(pairs: list[tuple[int, int]], labels: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    matrix = np.zeros((labels, labels + 2))
    for truth, answer in pairs:
        matrix[truth, answer] += 1
    return matrix


@settings(deadline=None, max_examples=40)
@given(PAIRS)
def test_scores_are_those_of_scikit_learn(case: tuple[int, list[tuple[int, int]]]) -> None:
    labels, pairs = case
    truth = [true for true, _ in pairs]
    answer = [min(said, labels) for _, said in pairs]
    closed, present = list(range(labels)), sorted(set(truth))
    matrix = counted(pairs, labels)
    ours = {name: float(value) for name, value in scores(matrix).items()}

    def average(how: str, over: list[int] = closed) -> tuple[float, float, float]:
        found = metrics.precision_recall_fscore_support(truth, answer, labels=over, average=how, zero_division=0)
        return found[:3]

    macro, weighted, supported = average("macro"), average("weighted"), average("macro", present)
    expected = {
        "accuracy": metrics.accuracy_score(truth, answer),
        "balanced_accuracy": supported[1],
        "supported_macro_f1": supported[2],
        **dict(zip(("macro_precision", "macro_recall", "macro_f1"), macro, strict=True)),
        **dict(zip(("weighted_precision", "weighted_recall", "weighted_f1"), weighted, strict=True)),
        "micro_f1": average("micro")[2],
        "matthews": matthews_of_sklearn(truth, answer),
    }
    assert {name: ours[name] for name in expected} == pytest.approx(expected, **CLOSE)
    given_answers = [said for _, said in pairs if said <= labels]
    invalid = given_answers.count(labels) / len(given_answers) if given_answers else np.nan
    assert ours["invalid_rate"] == pytest.approx(invalid, nan_ok=True, **CLOSE)
    assert ours["not_given_share"] == pytest.approx(1 - len(given_answers) / len(pairs), **CLOSE)
    each = metrics.precision_recall_fscore_support(truth, answer, labels=closed, zero_division=0)
    found = per_class(matrix, [str(label) for label in closed])
    rows = [[row["precision"], row["recall"], row["f1"], row["support"]] for row in found.values()]
    np.testing.assert_allclose(np.array(rows).T, np.array(each), rtol=1e-12, atol=1e-12)
    first = of_class(matrix, 0)
    assert float(first["f1"]) == pytest.approx(found["0"]["f1"], **CLOSE)
    lawful = [said for true, said in pairs if true != 0]
    rate = lawful.count(0) / len(lawful) if lawful else np.nan
    assert float(first["false_alarm_rate"]) == pytest.approx(rate, nan_ok=True, **CLOSE)


def matthews_of_sklearn(truth: list[int], answer: list[int]) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it remarks on samples of a single label
        return float(metrics.matthews_corrcoef(truth, answer))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.8, 1.0])), min_size=2, max_size=80))
def test_ranking_is_that_of_scikit_learn_ties_and_all(calls: list[tuple[bool, float]]) -> None:
    truth, probability = np.array([true for true, _ in calls]), np.array([stated for _, stated in calls])
    if truth.all() or not truth.any():
        return
    levels, level = np.unique(probability, return_inverse=True)
    counts = np.bincount(level + np.where(truth, levels.size, 0), minlength=2 * levels.size).astype(float)
    found = ranking_figures(counts)
    assert float(found["auroc"]) == pytest.approx(metrics.roc_auc_score(truth, probability), **CLOSE)
    rates, recalls, _ = metrics.roc_curve(truth, probability, drop_intermediate=False)
    for name, rate in (("1pct", 0.01), ("5pct", 0.05)):
        expected = recalls[rates <= rate].max()
        assert float(found[f"recall_at_{name}_false_alarms"]) == pytest.approx(expected, **CLOSE)


def test_calibration_error_is_the_mean_gap_by_bin() -> None:
    gaps, calls = np.zeros(10), np.zeros(10)
    gaps[9], calls[9] = 8 - 10 * 0.95, 10  # ten calls at 0.95, eight right
    gaps[5], calls[5] = 3 - 5 * 0.55, 5
    assert float(calibration_figures(np.concatenate([gaps, calls]))["ece"]) == pytest.approx((1.5 + 0.25) / 15)


def accuracy_block(right: list[int], storyline: list[int]) -> Block:
    def measure(counts: Any) -> dict[str, Any]:
        with np.errstate(invalid="ignore"):
            return {"accuracy": counts[..., 1] / counts.sum(axis=-1)}

    return Block(2, np.array(right, np.intp), np.array(storyline, np.intp), measure)


def test_intervals_are_those_of_drawing_whole_storylines_one_by_one() -> None:
    rng = np.random.default_rng(3)
    storyline = np.sort(rng.integers(0, 40, 150))
    _, storyline = np.unique(storyline, return_inverse=True)
    right = rng.integers(0, 2, 150)
    block = accuracy_block(right.tolist(), storyline.tolist())
    size = int(storyline.max()) + 1
    found = redraw({"a": block, "b": block}, size, draws=200, seed=5)
    again = np.random.default_rng(5)
    by_hand = []
    for _ in range(200):
        chosen = again.integers(0, size, size=size)
        calls = np.concatenate([np.flatnonzero(storyline == one) for one in chosen])
        by_hand.append(right[calls].mean())
    assert found["a"].drawn["accuracy"] == pytest.approx(by_hand, **CLOSE)
    assert found["b"].drawn["accuracy"].tolist() == found["a"].drawn["accuracy"].tolist()
    figure = found["a"].figure("accuracy")
    assert (figure.value, figure.low, figure.high) == pytest.approx(
        (right.mean(), *np.percentile(by_hand, [2.5, 97.5])), **CLOSE
    )


def test_calls_that_hang_together_widen_the_interval() -> None:
    right = [number % 2 for number in range(100)]
    apart = redraw({"a": accuracy_block(right * 4, list(range(400)))}, 400)["a"].figure("accuracy")
    together = redraw({"a": accuracy_block(right * 4, list(range(100)) * 4)}, 100)["a"].figure("accuracy")
    assert apart.value == together.value == 0.5
    ratio = (together.high - together.low) / (apart.high - apart.low)  # type: ignore[operator]
    assert ratio == pytest.approx(2, rel=0.2)


def test_a_slice_that_a_draw_may_miss_has_an_interval_of_the_draws_that_hit_it() -> None:
    figure = redraw({"a": accuracy_block([1, 1], [0, 0])}, 30, draws=100)["a"].figure("accuracy")
    assert (figure.value, figure.low, figure.high) == (1.0, 1.0, 1.0)
    nothing = redraw({"a": accuracy_block([], [])}, 30, draws=10)["a"].figure("accuracy")
    assert (nothing.value, nothing.low) == (None, None)


@pytest.mark.parametrize(("only_this", "only_other"), [(0, 0), (5, 0), (3, 9), (40, 41), (900, 800)])
def test_mcnemar_is_the_exact_binomial_test(only_this: int, only_other: int) -> None:
    this = np.array([True] * only_this + [False] * only_other + [True] * 7)
    other = np.array([False] * only_this + [True] * only_other + [True] * 7)
    found = mcnemar(this, other)
    tried = only_this + only_other
    expected = binomtest(only_this, tried).pvalue if tried else 1.0
    assert (found.only_this, found.only_other) == (only_this, only_other)
    assert found.p_value == pytest.approx(expected, **CLOSE)


def test_a_paired_p_value_counts_draws_on_the_other_side_of_zero() -> None:
    assert p_value(np.array([1.0] * 999)) == pytest.approx(2 / 1000)
    assert p_value(np.array([-1.0, 1.0] * 50)) == 1.0
    assert p_value(np.array([np.nan])) is None


def test_a_model_that_says_fraud_of_everything_is_called_collapsed() -> None:
    def verdict(*rows: list[int]) -> str:
        return spread_of(matrix_of(np.array(rows, float).ravel(), 2), ("fraud", "normal")).verdict

    assert verdict([600, 0, 0, 0], [300, 0, 0, 0]) == "collapsed"
    assert verdict([0, 600, 0, 0], [0, 300, 0, 0]) == "collapsed"
    assert verdict([590, 10, 0, 0], [195, 105, 0, 0]) == "biased"
    assert verdict([550, 50, 0, 0], [40, 260, 0, 0]) == "balanced"
    assert verdict([100, 0, 500, 0], [0, 50, 0, 250]) == "unreadable"
    assert verdict([98, 2, 0, 0], [2, 0, 0, 0]) == "balanced"  # nearly every call is fraud


PAPER_TABLE = [
    ("SenseVoice + GLM4-9B-Chat", 75.10, 46.91, 82.22, 5.25, 59.81),
    ("SenseVoice + InternLM2.5-20B", 78.34, 36.67, 85.42, 6.37, 60.72),
    ("SenseVoice + Qwen2.5-72B", 78.31, 51.44, 81.24, 7.01, 64.43),
    ("SenseVoice + DeepSeek-V3", 88.53, 14.62, 66.71, 7.51, 54.98),
    ("SenseVoice + Doubao-1.5-Pro", 71.14, 36.11, 82.25, 6.31, 57.89),
    ("SenseVoice + DeepSeek-R1", 83.60, 79.25, 85.16, 9.94, 78.57),
    ("Qwen2-Audio-7B-Instruct", 70.22, 58.51, 20.47, 4.91, 45.48),
    ("Gemini-2-Flash", 80.51, 59.61, 83.53, 7.25, 68.00),
    ("GPT-4o", 80.25, 50.00, 86.26, 6.79, 65.44),
    ("Step-1o-Audio", 76.35, 40.65, 79.71, 5.26, 57.94),
    ("AntiFraud-Qwen2-Audio", 81.31, 84.78, 82.91, 6.44, 72.98),
]
"""Weighted F1 of scene, fraud and type, the judge's points, and the total: arXiv 2503.24115."""


@pytest.mark.parametrize(("model", "scene", "fraud", "kind", "judge", "total"), PAPER_TABLE)
def test_the_papers_total_follows_from_its_table(
    model: str, scene: float, fraud: float, kind: float, judge: float, total: float
) -> None:
    assert paper_total(scene, fraud, kind, judge) == pytest.approx(total, abs=0.011)  # its digits are rounded


def test_a_total_of_shares_instead_of_percent_or_of_too_many_points_is_refused() -> None:
    with pytest.raises(ValueError, match="judge_points is 43"):
        paper_total(80, 80, 80, 43)
