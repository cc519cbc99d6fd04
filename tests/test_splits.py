from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifraud.errors import AntifraudError, IntegrityError, Leak
from antifraud.labels import FraudType, Scene, Speaker
from antifraud.lineage import Lineage
from antifraud.records import Call, Provenance, Voice
from antifraud.splits import Stratum, benched, choose, divide, reserve_storylines, shared_voices
from tests.calls import a_call, prattle


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


NUMBERS = count()


def call(storyline: str, label: FraudType | Scene, voices: str = "ab", reserve: str | None = None, **more: Any) -> Call:
    """Return a call of two turns; nobody else says what is said in it unless `said` tells."""
    fraud = label if isinstance(label, FraudType) else None
    number = next(NUMBERS)
    said = more.pop("said", prattle(f"{number}"))
    fields: dict[str, Any] = {
        "id": f"call-{number}",
        "storyline": storyline,
        "is_fraud": fraud is not None,
        "branch": "fraud" if fraud else "lawful",
        "fraud_type": fraud,
        "scene": None if fraud else label,
        "voices": {side: voice(name) for side, name in zip(Speaker, voices)},
        "reserve": reserve,
    }
    turns = [(Speaker.CALLER, said[:30]), (Speaker.CALLEE, said[30:])]
    return a_call(turns, [(0.0, 1.0), (1.0, 2.0)], 2.0, **{**fields, **more})


def voice(name: str) -> Voice:
    return Voice(engine="test", version="1", name=name, gender="女", rate=1.0, pitch=0.0)


def many(label: FraudType | Scene, how_many: int) -> Iterator[Call]:
    return (call(f"{label.name.lower()}-{number}", label) for number in range(how_many))


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
    kept = reserve_storylines(calls, share, 1)
    changes = ((each, side, {Speaker.CALLER: voice("x" if side == "bench" else "a")}) for each, side in kept)
    return [Call(**{**dict(each), "voices": voices, "reserve": side}) for each, side, voices in changes]


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


def copied(text: str, places: tuple[int, ...] = (5, 25, 45)) -> str:
    """Return a text with three characters changed."""
    return "".join("变" if at in places else sign for at, sign in enumerate(text))


def family(name: str, parents: tuple[str, ...] = (), **more: Any) -> Call:
    made = Provenance(engine="test", version="1", parents=parents)
    return call(name, FraudType.BANKING, provenance=made, **more)


def test_windows_of_a_recording_a_seed_and_its_imitation_and_near_duplicates_are_groups() -> None:
    text = prattle("a long call", 400)
    windows = [family("w1", ("rec",), source="transcribed"), family("w2", ("rec",), source="transcribed")]
    seed = family("seed", said=text)
    imitation = family("elsewhere", (seed.id, windows[0].id), source="imitated")
    copies = [family("copy-1", said=copied(text)), family("copy-2", said=copied(copied(text), (100, 200, 300)))]
    with Lineage() as lineage:
        for _ in lineage.entering([*windows, *copies, seed, imitation, family("alone")]):
            pass
        group = lineage.groups()
    kin = {"seed", "elsewhere", "copy-1", "copy-2"}
    assert {name for name in group if group[name] == group["seed"]} == kin
    assert {name for name in group if group[name] == group["w1"]} == {"w1", "w2"}
    assert len(set(group.values())) == 3


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_drawn_no_group_is_parted(seed: int) -> None:
    texts = [prattle(f"pair {number}", 300) for number in range(30)]
    calls = [
        call(f"{side}-{at}", FraudType.BANKING, said=change(text))
        for at, text in enumerate(texts)
        for side, change in (("one", str), ("other", copied))
    ]
    parted = divide(calls, bench_share=0.3, test_share=0.3, seed=seed)
    assert all(parted.side_of[f"one-{at}"] == parted.side_of[f"other-{at}"] for at in range(30))
    assert Counter(parted.side_of.values()) == {"bench": 18, "test": 12, "train": 30}
    assert parted.summary() == {"storylines": 60, "groups": 30, "joined_by_words": 30}
    assert benched(calls, 0.3, seed) == {name for name, side in parted.side_of.items() if side == "bench"}


def test_a_group_larger_than_the_share_is_for_training() -> None:
    calls = [*(family(f"window-{at}", ("rec",)) for at in range(30)), *(family(f"other-{at}") for at in range(30))]
    side_of = divide(calls, bench_share=0.2, test_share=0.2, seed=1).side_of
    assert {side_of[f"window-{at}"] for at in range(30)} == {"train"}
    assert set(side_of.values()) == {"train", "test", "bench"}


def test_a_fixed_benchmark_whose_call_is_in_training_too_is_refused_by_name() -> None:
    text = prattle("a call", 348)
    calls = [
        call(f"s{at}", FraudType.BANKING, "xy" if at % 4 == 0 else "ab", "bench" if at % 4 == 0 else "train")
        for at in range(18)
    ]
    one = call("one", FraudType.BANKING, "xy", "bench", said=text, id="one")
    other = call("other", FraudType.BANKING, "ab", "train", said=copied(text), id="other")
    assert len(benched([*calls, one], 0.25, seed=1)) == 6
    with pytest.raises(Leak, match=r"one \(bench\) and other \(train\) are nearly the same \(Jaccard index 0\.9"):
        benched([*calls, one, other], 0.25, seed=1)
    imitation = call(
        "other",
        FraudType.BANKING,
        "ab",
        "train",
        source="imitated",
        id="other",
        provenance=Provenance(engine="test", version="1", parents=("one",)),
    )
    with pytest.raises(Leak, match=r"one \(bench\) and other \(train\) come from one call or recording \(one\)"):
        divide([*calls, one, imitation], bench_share=0.25, test_share=0.2, seed=1)


def test_test_voices_apart_keeps_voices_on_one_side_or_says_why_it_cannot() -> None:
    pairs = ["ab", "cd", "ef", "gh", "ij"]
    calls = [call(f"s{at}", FraudType.BANKING, pairs[at % 5]) for at in range(40)]
    side_of = divide(calls, bench_share=0.0, test_share=0.2, seed=1, test_voices="apart").side_of
    assert Counter(side_of.values()) == {"train": 32, "test": 8}
    assert len({int(name[1:]) % 5 for name, side in side_of.items() if side == "test"}) == 1
    bridges = [call(f"bridge-{at}", FraudType.BANKING, voices) for at, voices in enumerate(["bc", "de", "fg", "hi"])]
    with pytest.raises(AntifraudError, match="44 of 44 storylines hang together by voices they share, so that 0 can"):
        divide([*calls, *bridges], bench_share=0.0, test_share=0.2, seed=1, test_voices="apart")
