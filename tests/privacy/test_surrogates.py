from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from antifraud.privacy.keyed_draws import KeyedDraws
from antifraud.privacy.kinds import Kind, Place
from antifraud.privacy.number_surrogates import NUMBERS, number_of, spoken_like, surrogate_number
from antifraud.privacy.person_surrogates import Persons
from antifraud.privacy.text_surrogates import surrogate_text

DRAWS = KeyedDraws(b"7" * 32)
SAID = st.text("王小老阿欧阳先生总豫A九十零一二幺两月年日号栋路区@.点at艾特163qq_- x", min_size=1, max_size=14)


@given(SAID, st.sampled_from(sorted(set(Kind) - NUMBERS - {Kind.PERSON})))
def test_whatever_a_finder_took_for_a_value_gets_something_instead(said: str, kind: Kind) -> None:
    assert surrogate_text(DRAWS, kind, said)


@given(SAID)
def test_whatever_a_finder_took_for_a_person_gets_a_name(said: str) -> None:
    assert Persons(DRAWS, [said]).surrogate(said)


@given(st.text("零一二三幺两六十0123456789X -，", min_size=1, max_size=24), st.sampled_from(sorted(NUMBERS)))
@example("000000X00000000000", Kind.ID_CARD)
@example("幺三八一二三四五", Kind.MOBILE)
def test_a_piece_of_a_number_keeps_its_form_and_loses_its_digits(said: str, kind: Kind) -> None:
    digits = number_of([said], [Place(0, 0, len(said))])
    new = spoken_like(said, surrogate_number(DRAWS, kind, digits) if digits else "")
    assert len(new) == len(said)
    if len(digits) >= 8:  # of fewer a drawn number may be the same by chance
        assert number_of([new], [Place(0, 0, len(new))]) != digits


@pytest.mark.parametrize(
    ("kind", "said", "shape"),
    [
        (Kind.PLATE, "豫A", "豫I"),
        (Kind.EMAIL, "@126.com", "@example.com"),
        (Kind.EMAIL, "zhang幺三at163点com", None),
    ],
)
def test_pieces_of_handles_are_replaced_in_their_form(kind: Kind, said: str, shape: str | None) -> None:
    new = surrogate_text(DRAWS, kind, said)
    assert new == shape if shape else new.endswith("atexample点com")
