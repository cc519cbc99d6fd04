"""Lengths, variety, defects, counts and association on calls made for each."""

from __future__ import annotations

import pytest

from antifraud.audit.association import association
from antifraud.audit.diversity import distinct_shares, diversity, self_bleu, words
from antifraud.audit.label_counts import label_counts
from antifraud.audit.lengths import lengths
from antifraud.audit.outcomes import outcome_of
from antifraud.audit.text_defects import defects
from antifraud.defects import Oddity
from antifraud.labels import Act, Awareness, Outcome
from antifraud.likeness.turn_lengths import FEATURES, length_features
from antifraud.records import Dialogue, Ending
from tests.audit.calls import call


def test_lengths_are_counted_in_turns_and_characters() -> None:
    found = lengths([call("a", "一二三四五六", "嗯", "一二三四", "好的好的好")])
    assert found.turns.mean == 4
    assert found.characters.mean == 16
    assert found.caller_turn_characters.mean == 5
    assert found.callee_turn_characters.mean == 3
    assert found.short_turn_share == 0.5
    assert found.calls_by_turns == {4: 1}
    assert found.turns_by_characters == {0: 2, 5: 2}


def test_one_exchange_is_told_with_and_without_its_reason() -> None:
    calls = [
        call("a", "您好，我是平台的", "打错了", reason=""),
        call("b", "您好", "嗯", "我跟您说", acts=[(), (Act.BACKCHANNEL,), ()], reason="对方挂了"),
        call("c", "您好", "您哪位", "我物业的", "哦"),
    ]
    found = lengths(calls)
    assert found.one_exchange_share == pytest.approx(2 / 3)
    assert found.one_exchange_without_reason == 1


def test_the_nine_length_features_come_in_order() -> None:
    assert length_features([call("a", "一二三", "嗯", "一二三四五").turns]).tolist() == [[3, 9, 8, 1, 4, 1, 5, 3, 1]]
    assert len(FEATURES) == 9


def test_words_leave_punctuation_out() -> None:
    assert words("您好，请问是谁？ OK。") == ["您好", "请问", "是", "谁", "OK"]


def test_distinct_counts_grams_within_the_budget() -> None:
    assert distinct_shares([["a", "b", "a", "b"], ["c", "c"]], 4) == (4, (0.5, 2 / 3))
    assert distinct_shares([["a", "b"], ["a", "b"]], 10) == (4, (0.5, 0.5))


def test_self_bleu_is_100_for_copies_and_0_for_strangers() -> None:
    copy = list("一二三四五六七八")
    assert self_bleu([copy, copy, copy]) == pytest.approx(100)
    assert self_bleu([copy, list("甲乙丙丁戊己庚辛")]) == 0
    assert self_bleu([copy]) is None


def test_self_bleu_agrees_with_a_count_by_hand() -> None:
    """a b c d e against a b c d f: precisions 4/5, 3/4, 2/3, 1/2; no penalty, as lengths are equal."""
    assert self_bleu([list("abcde"), list("abcdf")]) == pytest.approx(100 * (4 / 5 * 3 / 4 * 2 / 3 * 1 / 2) ** 0.25)


def test_openings_that_siblings_share_are_no_reuse() -> None:
    shared = [call(f"a{number}", "您好我是云川银行的", "嗯", storyline="one") for number in range(3)]
    assert diversity([*shared, call("b", "喂，快递到了", "哦")], 1).verbatim_opening_share == 0
    again = diversity([*shared, call("b", "您好我是云川银行的", "哦"), call("c", "喂，快递到了", "哦")], 1)
    assert again.verbatim_opening_share == pytest.approx(2 / 3)


def test_stems_are_the_first_twelve_characters() -> None:
    calls = [call(f"c{n}", f"您好，我是云川银行的客服中心{n}号", "嗯") for n in range(3)]
    found = diversity(calls, 1)
    assert found.top_stems == {"您好我是云川银行的客服中": 3}
    assert found.top_stems_share == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我是某某银行的", "placeholder"),
        ("您的code是多少", "english_leak"),
        ("API error", "api_error"),
        ("（停顿）您好", "stage_direction"),
        ("……", "empty_turn"),
        (" ", "empty_turn"),
        ("好的##ENDCALL_SIGNAL##", "control_token"),
        ("**您好**", "markup"),
    ],
)
def test_text_defects_are_counted_by_kind(text: str, kind: str) -> None:
    found = defects([call("a", text, "嗯"), call("b", "您好", "嗯", "再见")])
    assert found.text_shares[kind] == 0.5
    assert found.any_text_share == 0.5
    assert kind in {example.kind for example in found.examples}


def test_an_api_error_in_the_reason_of_an_ending_counts() -> None:
    found = defects([call("a", "您好", "嗯", reason="用户挂断。API调用失败，无法生成回复。")])
    assert found.text_shares == {"api_error": 1.0}


def test_what_a_lenient_reader_found_is_counted_apart() -> None:
    odd = [
        Oddity("a", "terminator", "user_end"),
        Oddity("a", "user_age", "9"),
        Oddity("z", "line", "?", is_readable=False),
    ]
    found = defects([call("a", "您好", "嗯"), call("b", "您好", "嗯")], odd)
    assert found.out_of_set_share == 0.5
    assert found.out_of_set_values == {"terminator=user_end": 1, "user_age=9": 1}
    assert found.unreadable == 1
    assert found.any_text_share == 0


def test_cramers_v_is_1_for_a_function_0_for_independence_and_nothing_without_variation() -> None:
    low, high = Awareness.LOW, Awareness.HIGH

    def fraud(name: str, awareness: Awareness, outcome: Outcome) -> Dialogue:
        return call(name, "喂", branch="fraud", awareness=awareness, outcome=outcome)

    sure = [fraud("a", low, Outcome.COMPLIED), fraud("b", high, Outcome.REFUSED)]
    even = [*sure, fraud("c", low, Outcome.REFUSED), fraud("d", high, Outcome.COMPLIED)]
    assert association(sure).cramers_v == pytest.approx(1)
    assert association(even).cramers_v == pytest.approx(0)
    assert association(sure[:1]).cramers_v is None


def test_an_outcome_is_guessed_only_where_a_fraud_call_tells_none() -> None:
    known = call("a", "喂", branch="fraud", outcome=Outcome.REFUSED, reason="用户已经提供了卡号")
    unknown = known.model_copy(
        update={"ending": Ending(ended_by="callee", outcome=Outcome.UNKNOWN, reason="用户已经提供了卡号")}
    )
    assert outcome_of(known) == (Outcome.REFUSED, False)
    assert outcome_of(unknown) == (Outcome.COMPLIED, True)


def test_counts_tell_branches_storylines_and_labels() -> None:
    calls = [call("a", "喂", branch="fraud", storyline="s"), call("b", "喂", storyline="s"), call("c", "喂")]
    found = label_counts(calls)
    assert found.branches == {"fraud": 1, "lawful": 2}
    assert (found.storylines, found.sibling_storylines) == (2, 1)
    assert found.outcome_by_label == {"咨询客服": {"unresolved": 2}, "银行诈骗": {"unresolved": 1}}
