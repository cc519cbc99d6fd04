from __future__ import annotations

from random import Random

import pytest
from pydantic import TypeAdapter, ValidationError

from antifraud.scenarios.slots import SlotSpec, draw, slot_names, spoken_clock

SPEC = TypeAdapter(SlotSpec)


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
