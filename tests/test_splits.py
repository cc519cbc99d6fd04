from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifraud.errors import AntifraudError, IntegrityError
from antifraud.labels import FraudType, Scene, Speaker
from antifraud.records import Call
from antifraud.splits import Stratum, benched, choose, reserve_storylines, shared_voices


def storylines(sizes: dict[Stratum, int]) -> dict[str, Stratum]:
    return {f"{kind}-{label}-{n}": (kind, label) for (kind, label), size in sizes.items() for n in range(size)}


def test_every_stratum_gives_its_share() -> None:
    everything = storylines({("fraud", "a"): 400, ("fraud", "b"): 40, ("lawful", "c"): 200})
    found = Counter(everything[name] for name in choose(everything, 0.25, 1, "bench"))
    assert found == {("fraud", "a"): 100, ("fraud", "b"): 10, ("lawful", "c"): 50}


def test_small_strata_are_still_balanced_over_the_kinds() -> None:
    fraud = {("fraud", label): 2 for label in "abcdefgh"}
    lawful = {("lawful", label): 3 for label in "tuvwxy"}
    everything = storylines({**fraud, **lawful})
    found = Counter(everything[name][0] for name in choose(everything, 0.2, 1, "test"))
    assert found == {"fraud": 3, "lawful": 4}


def test_another_seed_or_purpose_draws_others() -> None:
    everything = storylines({("fraud", "a"): 100})
    draws = {choose(everything, 0.5, seed, purpose) for seed in (1, 2) for purpose in ("bench", "test")}
    assert len(draws) == 4


def test_adding_calls_moves_few_others() -> None:
    before, after = storylines({("fraud", "a"): 1000}), storylines({("fraud", "a"): 1010})
    assert len(choose(before, 0.25, 1, "bench") - choose(after, 0.25, 1, "bench")) <= 10


@given(
    st.dictionaries(
        st.tuples(st.sampled_from(["fraud", "lawful", "fraud+lawful"]), st.sampled_from("abcd")),
        st.integers(1, 20),
        min_size=1,
    ),
    st.floats(0, 1),
)
def test_the_total_is_the_share_and_no_stratum_is_off_by_more_than_two(sizes: dict[Stratum, int], share: float) -> None:
    everything = storylines(sizes)
    chosen = choose(everything, share, 3, "bench")
    assert len(chosen) == round(share * len(everything))
    found = Counter(everything[name] for name in chosen)
    assert all(abs(found[stratum] - share * size) <= 2 for stratum, size in sizes.items())


def call(storyline: str, label: FraudType | Scene, voices: str = "ab", reserve: str | None = None) -> Call:
    """Return a call with nothing but what a split looks at."""
    fraud = label if isinstance(label, FraudType) else None
    fields: dict[str, Any] = {
        "storyline": storyline,
        "is_fraud": fraud is not None,
        "branch": "fraud" if fraud else "lawful",
        "fraud_type": fraud,
        "official_category": None,
        "scene": None if fraud else label,
        "voices": {side: SimpleNamespace(name=name) for side, name in zip(Speaker, voices)},
        "reserve": reserve,
    }
    return Call.model_construct(None, **fields)


def many(label: FraudType | Scene, count: int) -> Iterator[Call]:
    return (call(f"{label.name.lower()}-{number}", label) for number in range(count))


def sides_of(calls: list[Call], share: float = 0.25) -> dict[str, str]:
    return {dialogue.storyline: side for dialogue, side in reserve_storylines(calls, share, 1)}


def test_every_label_keeps_its_share_of_storylines_for_the_benchmark() -> None:
    calls = [*many(FraudType.BANKING, 400), *many(FraudType.LOTTERY, 41), *many(Scene.DINING, 201)]
    kept = Counter(name.rpartition("-")[0] for name, side in sides_of(calls).items() if side == "bench")
    assert kept["banking"] == 100
    assert kept["lottery"] in (10, 11)
    assert kept["dining"] in (50, 51)


@pytest.mark.parametrize("seed", range(5))
def test_one_storyline_of_every_label_gives_the_share_of_each_kind(seed: int) -> None:
    calls = [each for label in (*FraudType, *Scene) for each in many(label, 1)]
    kept = Counter(dialogue.branch for dialogue, side in reserve_storylines(calls, 0.4, seed) if side == "bench")
    assert kept["fraud"] in (3, 4)
    assert kept["lawful"] in (2, 3)


def test_more_dialogues_of_a_label_move_none_of_those_before() -> None:
    before = sides_of([*many(FraudType.BANKING, 50), *many(Scene.DINING, 50)])
    after = sides_of([*many(FraudType.BANKING, 90), *many(Scene.DINING, 70)])
    assert before.items() <= after.items()


def test_the_calls_of_a_storyline_are_kept_for_one_side() -> None:
    calls = [call(f"story-{number % 20}", label) for label in (FraudType.BANKING, Scene.DINING) for number in range(20)]
    sides: dict[str, set[str]] = {}
    for dialogue, side in reserve_storylines(calls, 0.4, 1):
        sides.setdefault(dialogue.storyline, set()).add(side)
    assert all(len(side) == 1 for side in sides.values())


def spoken(calls: list[Call], share: float) -> list[Call]:
    """Return the calls as they are with the voices of their side."""
    return [
        call(dialogue.storyline, dialogue.fraud_type or dialogue.scene, "xy" if side == "bench" else "ab", side)
        for dialogue, side in reserve_storylines(calls, share, 1)
        if isinstance(dialogue, Call) and (dialogue.fraud_type or dialogue.scene)
    ]


def test_what_was_spoken_with_the_voices_of_the_benchmark_is_the_benchmark() -> None:
    calls = spoken([*many(FraudType.BANKING, 40), *many(Scene.DINING, 40)], 0.25)
    chosen = benched(calls, 0.25, seed=99)
    assert chosen == {each.storyline for each in calls if each.reserve == "bench"}
    assert len(chosen) in (19, 20, 21)
    assert shared_voices(calls, chosen) == []


def test_a_benchmark_of_another_share_than_the_voices_were_kept_for_is_refused() -> None:
    calls = spoken([*many(FraudType.BANKING, 40)], 0.25)
    with pytest.raises(AntifraudError, match=r"10 of 40 storylines .* bench.share is 0\.5"):
        benched(calls, 0.5, seed=1)
    with pytest.raises(AntifraudError, match="run synthesize again"):
        benched([*calls, call("other", FraudType.LOTTERY)], 0.25, seed=1)


def test_without_voices_kept_apart_the_benchmark_is_drawn_and_shared_voices_are_told() -> None:
    calls = [*many(FraudType.BANKING, 40)]
    chosen = benched(calls, 0.25, seed=1)
    assert len(chosen) == 10
    assert shared_voices(calls, chosen) == ["a", "b"]


def test_a_voice_kept_for_the_benchmark_that_is_heard_in_training_is_an_error() -> None:
    calls = [call("one", FraudType.BANKING, "xa", "train"), call("two", FraudType.BANKING, "xy", "bench")]
    with pytest.raises(IntegrityError, match="heard in training: x"):
        shared_voices(calls, frozenset({"two"}))
