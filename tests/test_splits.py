from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from antifraud.splits import Stratum, choose


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
