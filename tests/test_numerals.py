from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antifraud.numerals import number_said, spoken_number


@pytest.mark.parametrize(
    ("number", "short", "full"),
    [
        (0, "零", "零"),
        (10, "十", "十"),
        (12, "十二", "十二"),
        (20, "二十", "二十"),
        (99, "九十九", "九十九"),
        (101, "一百零一", "一百零一"),
        (120, "一百二", "一百二十"),
        (139, "一百三十九", "一百三十九"),
        (200, "两百", "两百"),
        (1001, "一千零一", "一千零一"),
        (1010, "一千零一十", "一千零一十"),
        (1200, "一千二", "一千二百"),
        (1250, "一千二百五", "一千二百五十"),
        (2200, "两千二", "两千二百"),
        (3980, "三千九百八", "三千九百八十"),
        (10000, "一万", "一万"),
        (10500, "一万零五百", "一万零五百"),
        (20000, "两万", "两万"),
        (25000, "两万五", "两万五千"),
        (25800, "两万五千八百", "两万五千八百"),
        (120000, "十二万", "十二万"),
        (1000000, "一百万", "一百万"),
    ],
)
def test_amounts_are_said_as_people_say_them(number: int, short: str, full: str) -> None:
    assert spoken_number(number) == short
    assert spoken_number(number, short=False) == full


def test_a_lone_two_is_liang_before_a_measure_word() -> None:
    assert spoken_number(2, counting=True) == "两"
    assert spoken_number(12, counting=True) == "十二"


@given(st.integers(0, 10**8 - 1))
def test_what_is_said_in_full_is_read_back(number: int) -> None:
    assert number_said(spoken_number(number, short=False)) == number


def test_what_is_no_numeral_is_refused() -> None:
    with pytest.raises(ValueError, match="no numeral"):
        number_said("三百块")
