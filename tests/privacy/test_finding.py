from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from antifraud.privacy.finding import find, find_in_turns
from antifraud.privacy.labelled_lines import measure, read_lines, whole

HERE = Path(__file__).parent
NAMES, PLACES = {"person"}, {"address"}


def found_and_wanted(name: str) -> tuple[Counter[str], Counter[str], Counter[str]]:
    """Return right, wanted and found values by kind."""
    counted = measure(read_lines(HERE / name))
    return counted.right, counted.labelled, counted.found


def test_groups_of_a_number_are_one_value_and_two_persons_are_two() -> None:
    assert whole("138 1234，5678", [(0, 3, "mobile"), (4, 8, "mobile"), (9, 13, "mobile")]) == ((0, 13, "mobile"),)
    assert len(whole("小王、小李", [(0, 2, "person"), (3, 5, "person")])) == 2


def test_names_kept_aside_are_found_and_little_else() -> None:
    right, wanted, given = found_and_wanted("names_kept_aside.jsonl")
    for kind, count in wanted.items():
        least = 0.95 if kind in NAMES else 0.92 if kind in PLACES else 0.98
        assert right[kind] >= least * count, kind
    assert sum(right.values()) >= 0.97 * sum(given.values())


def test_calls_written_blind_by_another_hand_keep_their_figures() -> None:
    counted = measure(read_lines(HERE / "blind_calls.jsonl"))
    least = {"person": 0.94, "address": 0.95}
    assert all(counted.right[kind] >= share * counted.labelled[kind] for kind, share in least.items())
    assert sum(counted.covered.values()) >= 0.97 * sum(counted.labelled.values())
    assert sum(counted.right.values()) >= 0.94 * sum(counted.found.values())


def test_most_names_of_another_hand_are_found_and_no_word_is_taken_for_one() -> None:
    right, wanted, given = found_and_wanted("names_of_another_hand.jsonl")
    assert sum(right.values()) >= 0.93 * sum(wanted.values())
    assert right == given


def test_numbers_and_addresses_of_the_lines_kept_aside_are_found_and_little_else() -> None:
    right, wanted, given = found_and_wanted("held_out.jsonl")
    for kind in wanted.keys() - NAMES:
        assert right[kind] >= (0.92 if kind in PLACES else 0.98) * wanted[kind], kind
    assert sum(right.values()) >= 0.97 * sum(given.values())


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("幺三八，六个八，一二", ["mobile"]),
        ("回拨+86 138-1234-5678", ["mobile"]),
        ("身份证后四位和订单尾号六六八八", []),
        ("订单编号是13812345678", []),
        ("订单的事打13812345678", ["mobile"]),
        ("保单号PL203344556", ["account"]),
        ("是白雪女士吗", ["person"]),
        ("外面一片白雪", []),
        ("谢谢李经理", ["person"]),
        ("小王子那本书", []),
        ("万达广场三楼找服务台", []),
        ("我们二零二三年十月成立的", []),
        ("", []),
    ],
)
def test_a_word_before_it_tells_what_a_number_or_a_name_is(text: str, kinds: list[str]) -> None:
    assert [span.kind.value for span in find(text)] == kinds


def test_a_name_found_once_is_found_wherever_it_is_said_again() -> None:
    spans = find_in_turns(["我叫黄文斌。", "黄文斌说的那个群呢"])
    assert [len(each) for each in spans] == [1, 1]


def test_a_number_over_turns_survives_an_echo_between() -> None:
    spans = find_in_turns(["卡号你记，62258800", "62258800，嗯。", "00000000119。"])
    kinds = [[span.kind.value for span in each] for each in spans]
    assert kinds[0] == kinds[2] == ["bank_card"]
