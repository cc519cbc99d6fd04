from __future__ import annotations

from antifraud.audit.texts import drawn, view
from antifraud.labels import Act
from tests.audit.calls import call


def test_a_view_holds_the_turns_of_its_side() -> None:
    one = call("one", "甲", "乙", "丙", "丁", "戊")
    assert view(one, "full") == "甲\n乙\n丙\n丁\n戊"
    assert view(one, "caller") == "甲\n丙\n戊"
    assert view(one, "callee") == "乙\n丁"
    assert view(one, "first_caller_turn") == "甲"


def test_the_first_two_exchanges_end_where_the_caller_speaks_for_the_third_time() -> None:
    assert view(call("one", "甲", "乙", "丙", "丁", "戊", "己"), "first_two_exchanges") == "甲\n乙\n丙\n丁"


def test_a_backchannel_begins_no_exchange() -> None:
    one = call("one", "甲", "嗯", "丙", "丁", "戊", "己", "庚", acts=[(), (Act.BACKCHANNEL,), (), ()])
    assert view(one, "first_two_exchanges") == "甲\n嗯\n丙\n丁\n戊\n己", "the caller goes on after 嗯"


def test_every_storyline_is_drawn_once_before_any_is_drawn_twice() -> None:
    calls = [call(f"c{number}", "喂", storyline=f"s{number % 5}") for number in range(15)]
    order = drawn(calls, 3)
    assert sorted(one.id for one in order) == sorted(one.id for one in calls)
    for start in (0, 5, 10):
        assert len({one.storyline for one in order[start : start + 5]}) == 5
    assert drawn(calls, 3) == order
    assert drawn(calls, 4) != order
