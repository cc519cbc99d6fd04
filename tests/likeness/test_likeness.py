from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from antifraud.likeness.characters import bare, shingles
from antifraud.likeness.copied_runs import CopiedRuns
from antifraud.likeness.near_texts import NearTexts

WORDS = st.text(alphabet="甲乙丙，。", max_size=30)


@given(st.lists(WORDS, max_size=4), WORDS, st.integers(2, 5))
def test_a_run_is_copied_exactly_where_an_earlier_turn_holds_it(said: list[str], text: str, longest: int) -> None:
    kept = CopiedRuns(longest)
    kept.keep(said)
    plain, earlier = bare(text), [bare(turn) for turn in said]
    places = range(len(plain) - longest)
    copied = [
        plain[at : at + longest + 1] for at in places if any(plain[at : at + longest + 1] in turn for turn in earlier)
    ]
    assert kept.copied(text) == (copied[0] if copied else None)


def test_a_run_does_not_reach_over_turns_and_heeds_no_punctuation() -> None:
    kept = CopiedRuns(6)
    kept.keep(["我这边是快递站", "的工作人员"])
    assert kept.copied("我这边，是快递站！") == "我这边是快递站"
    assert kept.copied("快递站的工作人员") is None


def test_texts_at_half_of_their_shingles_are_near() -> None:
    rng = Random(5)
    letters = [chr(0x4E00 + number) for number in range(3000)]
    texts = ["".join(rng.choices(letters, k=240)) for _ in range(120)]
    kept = NearTexts(0.5)
    for text in texts:
        kept.keep(text)
    near = far = 0
    for number, text in enumerate(texts):
        other = text[: rng.randint(130, 190)] + "".join(rng.choices(letters, k=60))
        one, two = shingles(text), shingles(other)
        jaccard = len(one & two) / len(one | two)
        assert kept.near(other) == ([(number, jaccard)] if jaccard >= 0.5 else [])
        near, far = near + (jaccard >= 0.5), far + (jaccard < 0.5)
    assert near > 20
    assert far > 20
