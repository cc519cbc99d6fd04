from __future__ import annotations

from datetime import timedelta

import pytest

from antifraud.privacy.said_dates import moved


@pytest.mark.parametrize(
    ("said", "days", "new"),
    [
        ("1983年5月6", 30, "1983年6月5"),
        ("1983-05-06", -6, "1983-04-30"),
        ("83年12月31", 1, "84年1月1"),
        ("一九八三年五月六", 30, "一九八三年六月五"),
        ("八三年十二月三十一", 1, "八四年一月一"),
        ("五月六", 300, "三月二"),
        ("5月18", 7, "5月25"),
        ("2月30", 7, "2月30"),
    ],
)
def test_a_date_keeps_its_form_and_is_a_day_that_was(said: str, days: int, new: str) -> None:
    assert moved(said, timedelta(days=days)) == new
