"""Which calls a snapshot takes: whole storylines, exact numbers, in proportion."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from antifraud.bench.sampling import draw
from antifraud.errors import AntifraudError, ConfigError
from antifraud.labels import Awareness, FraudType, Scene, Speaker
from antifraud.records import AnnotatedCall, Answer, Evidence, Persona, Round, Voice
from antifraud.release_config import BenchConfig
from tests.calls import a_call, prattle

ROUND = Round(
    task="fraud",
    question="？",
    think="想",
    answer=Answer(reason="凭", confidence=1),
    evidence=(Evidence(turn=0, quote="您好"),),
)


def call(story: int, branch: str, **changes: Any) -> AnnotatedCall:
    """Return an annotated call without sound; stories go through labels, sources and awareness."""
    awareness = list(Awareness)[story % 3]
    callee = Persona(name="李", gender="女", age=30, occupation="教师", region="北京", awareness=awareness, manner="直")
    fields: dict[str, Any] = {
        "id": f"call-{story}-{branch}",
        "storyline": f"story-{story}",
        "branch": branch,
        "is_fraud": branch == "fraud",
        "fraud_type": list(FraudType)[story % 4] if branch == "fraud" else None,
        "scene": list(Scene)[story % 2],
        "source": ("adversarial", "imitated")[story % 5 == 0],
        "callee": callee,
    }
    said = "您好。" + prattle(f"{story} {branch}")
    made = a_call([(Speaker.CALLER, said)], [(0.0, 1.0)], 1.0, **{**fields, **changes})
    return AnnotatedCall(**dict(made), rounds=(ROUND,), annotator="rules", attempts=1, agrees=True)


@pytest.fixture(scope="module")
def pool() -> list[AnnotatedCall]:
    """240 storylines with fraud and sibling, every seventh sold as well; 60 everyday calls."""
    told = [call(story, branch) for story in range(240) for branch in ("fraud", "lawful")]
    return [
        *told,
        *(call(story, "sales") for story in range(0, 240, 7)),
        *(call(story, "lawful") for story in range(240, 300)),
    ]


def drawn(pool: list[AnnotatedCall], seed: int = 1, **config: Any) -> list[AnnotatedCall]:
    found = draw(lambda: pool, Path("pool"), BenchConfig.model_validate({"share": 1.0, **config}), seed)
    return [one for one in pool if one.id in found.ids]


def test_a_share_takes_whole_storylines_of_every_label(pool: list[AnnotatedCall]) -> None:
    found = draw(lambda: pool, Path("pool"), BenchConfig(share=0.25), 1)
    taken = [one for one in pool if one.id in found.ids]
    assert found.left_out == 0
    assert {one.id for one in pool if one.storyline in found.reserved} == found.ids
    counts = Counter(one.fraud_type for one in taken if one.is_fraud)
    assert max(abs(counts[kind] - 15) for kind in list(FraudType)[:4]) <= 1


@pytest.mark.parametrize(
    ("counts", "left_out"),
    [
        ({"fraud": 60, "sibling": 60}, 0),
        ({"fraud": 60, "sibling": 30}, 30),
        ({"fraud": 40, "sibling": 40, "everyday": 20, "sales": 4}, 0),
        ({"投资诈骗": 7, "钓鱼诈骗": 5, "lawful": 12}, 0),
    ],
)
def test_exact_counts_are_exact_and_of_whole_storylines_where_that_can_be(
    pool: list[AnnotatedCall], counts: dict[str, int], left_out: int
) -> None:
    config = BenchConfig(share=1.0, counts=counts)
    found = draw(lambda: pool, Path("pool"), config, 1)
    taken = [one for one in pool if one.id in found.ids]
    assert len(taken) == sum(counts.values())
    assert found.left_out == left_out
    branch = Counter(one.branch for one in taken)
    assert branch["fraud"] == counts.get("fraud", 0) + counts.get("投资诈骗", 0) + counts.get("钓鱼诈骗", 0)
    assert branch["sales"] == counts.get("sales", 0)


def test_exact_counts_keep_labels_sources_and_people_in_proportion(pool: list[AnnotatedCall]) -> None:
    taken = drawn(pool, counts={"fraud": 60, "sibling": 60})
    fraud = [one for one in taken if one.is_fraud]
    labels = Counter(one.fraud_type for one in fraud)
    assert max(abs(labels[kind] - 15) for kind in list(FraudType)[:4]) <= 1
    assert abs(sum(one.source == "imitated" for one in fraud) - 12) <= 2
    awareness = Counter(one.callee.awareness for one in fraud if one.callee)
    assert max(abs(awareness[level] - 20) for level in Awareness) <= 3


def test_the_seed_decides_which_calls(pool: list[AnnotatedCall]) -> None:
    draws = [{one.id for one in drawn(pool, seed, counts={"fraud": 20})} for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_storylines_of_other_sources_stay_out_whole(pool: list[AnnotatedCall]) -> None:
    taken = drawn([*pool, call(1, "sales", id="mixed", source="imitated")], sources=["adversarial"])
    assert {one.source for one in taken} == {"adversarial"}
    assert "story-1" not in {one.storyline for one in taken}
    real = drawn(pool, sources=["transcribed", "imitated"])
    assert {one.source for one in real} == {"imitated"}


def test_exact_counts_are_drawn_from_what_was_spoken_for_the_benchmark() -> None:
    def voiced(story: int) -> AnnotatedCall:
        side = "bench" if story % 2 else "train"
        voice = Voice(engine="x", version="1", name=side, gender="女", rate=1, pitch=0)
        return call(story, "fraud", reserve=side, voices={Speaker.CALLER: voice})

    pool = [voiced(story) for story in range(40)]
    found = draw(lambda: pool, Path("pool"), BenchConfig(share=0.5, counts={"fraud": 5}), 1)
    assert len(found.ids) == 5
    assert {one.reserve for one in pool if one.storyline in found.reserved} == {"bench"}
    assert len(found.reserved) == 20


@pytest.mark.parametrize(
    ("config", "error", "said"),
    [
        ({"counts": {"fraude": 3}}, ConfigError, r"fraude: no such kind or label; expected one of fraud, lawful"),
        ({"counts": {"fraud": 3, "投资诈骗": 1}}, ConfigError, r"fraud and 投资诈骗 both cover call-"),
        ({"counts": {"fraud": 300, "sales": 3}}, AntifraudError, r"hold 240 of 300 fraud\. Ask for fewer"),
        ({"share": 0.0}, AntifraudError, r"pool: bench.share 0.0 takes no storyline"),
        ({"sources": ["transcribed"]}, AntifraudError, r"comes from transcribed alone; see bench.sources"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    pool: list[AnnotatedCall], config: dict[str, Any], error: type[AntifraudError], said: str
) -> None:
    with pytest.raises(error, match=said):
        drawn(pool, **config)
