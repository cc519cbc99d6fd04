"""What was heard is compared with what was said, however it was written down."""

from __future__ import annotations

import pytest

from antifraud.speech.roundtrip import character_error_rate


@pytest.mark.parametrize(
    ("reference", "heard"),
    [
        ("您尾号3529的卡，消费2000元。", "<|zh|><|NEUTRAL|><|Speech|><|woitn|>您尾号三五二九的卡消费两千元"),
        ("拨打10086。", "拨打一零零八六"),
        ("手机号13800138000", "手机号幺三八零零幺三八零零零。"),
        ("请下载App", "请下载 APP！"),
        ("两百块", "200块"),
        ("您好，请问是陈女士吗？", "您好请问是陈女士吗"),
    ],
)
def test_the_same_words_written_in_another_way_are_no_error(reference: str, heard: str) -> None:
    assert character_error_rate(reference, heard) == 0


@pytest.mark.parametrize(
    ("heard", "errors"),
    [("今天下午扣三百块", 0), ("今天上午扣三百块", 1), ("今天下午扣块", 2), ("今天下午要扣三百块钱", 2), ("", 8)],
)
def test_replaced_lost_and_added_characters_count_one_each(heard: str, errors: int) -> None:
    assert character_error_rate("今天下午扣300块。", heard) == errors / 8


def test_far_too_much_heard_is_more_than_one() -> None:
    assert character_error_rate("嗯。", "谢谢大家观看") == 6


def test_a_reference_without_words_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="nothing in the reference"):
        character_error_rate("！！！", "你好")
