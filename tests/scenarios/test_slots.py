from __future__ import annotations

from random import Random

import pytest
from pydantic import TypeAdapter, ValidationError

from antifraud.scenarios.slots import SlotSpec, draw, slot_names, spoken_clock, spoken_number

SPEC = TypeAdapter(SlotSpec)


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


def test_times_of_day() -> None:
    assert [spoken_clock(9, 0), spoken_clock(14, 30), spoken_clock(12, 0), spoken_clock(20, 30)] == [
        "上午九点",
        "下午两点半",
        "中午十二点",
        "晚上八点半",
    ]


def test_values_that_belong_together_stay_together() -> None:
    slots = {"goods": SPEC.validate_python([{"name": "水壶", "fault": "漏"}, {"name": "台灯", "fault": "闪"}])}
    drawn = {(facts["goods.name"], facts["goods.fault"]) for facts in (draw(slots, Random(s)) for s in range(30))}
    assert drawn == {("水壶", "漏"), ("台灯", "闪")}
    assert slot_names(slots) == {"goods.name", "goods.fault"}


def test_money_can_be_said_with_and_without_its_unit() -> None:
    slots = {"fee": SPEC.validate_python({"money": [1200, 1200]})}
    assert draw(slots, Random(0)) == {"fee": "一千二", "fee.块": "一千二百块"}
    assert slot_names(slots) == {"fee", "fee.块"}


@pytest.mark.parametrize("spec", [[], {"money": 3}, {"digits": 0}, {"digits": 4, "x": 1}, "text", [""]])
def test_a_slot_that_does_not_fit_is_refused(spec: object) -> None:
    with pytest.raises(ValidationError):
        SPEC.validate_python(spec)
