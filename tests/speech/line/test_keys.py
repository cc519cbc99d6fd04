"""Which keys are dialled, told by what both sides say."""

from __future__ import annotations

import pytest

from antifraud.speech.line.keys import keys_pressed

PRESSED = [
    ("转人工服务请按1。", "好，我按了。", "1"),
    ("请您按一号键确认。", "按好了，然后呢？", "1"),
    ("您按一下数字9，我帮您转过去。", "嗯，按完了。", "9"),
    ("请在手机键盘上按零转人工。", "按了按了。", "0"),
    ("麻烦您按一下键盘上的三号键。", "已经按了。", "3"),
    ("请先按1，再按井号键。", "都按好了。", "1#"),
    ("请按1，然后按2。", "按了。", "12"),
    ("查询请按1，投诉请按2，人工请按0。", "我按了2。", "2"),
    ("咨询请按一，投诉请按二。", "我按了一。", "1"),
    ("请输入您的会员编号，按井号键结束。", "8848，输好了。", "8848#"),
    ("请输入验证码三七六五，以井号键结束，请按井号键。", "输好了。", "3765#"),
    ("请输入您的密码，然后按井号键。", "输完了。", "#"),
    ("听到提示音后请按星号键。", "按下去了。", "*"),
    ("您摁一下“5”就行。", "摁了。", "5"),
    ("您拨0转人工。", "拨了。", "0"),
    ("您按一下1，对，就是按1。", "按1了，我按了1。", "1"),
]
NOT_PRESSED = [
    ("转人工服务请按1。", "我不按，你直接说什么事。"),
    ("转人工服务请按1。", "我没按，按了会怎么样？"),
    ("转人工服务请按1。", "按哪个？"),
    ("转人工服务请按1。", "我还没按呢。"),
    ("转人工服务请按1。", "是不是按了就扣钱？"),
    ("转人工服务请按1。", "按了吗？我没听见。"),
    ("查询请按1，投诉请按2。", "按了。"),
    ("这笔贷款按1万元起算，按3个月还。", "上个月我按了手印的。"),
    ("按百分之五的利息按月还。", "我按了协议还的。"),
    ("您按照流程走就行，按时还款。", "好了好了，知道了。"),
    ("您就按一般流程办，按二十年算。", "按了。"),
    ("您好，请问是陈女士吗？", "是我，怎么了？"),
    ("请按" + "的" * 400, "按了。"),
    ("", ""),
]


@pytest.mark.parametrize(("asked", "answered", "keys"), PRESSED)
def test_keys_that_were_asked_for_and_pressed_are_dialled(asked: str, answered: str, keys: str) -> None:
    assert keys_pressed(asked, answered) == keys


@pytest.mark.parametrize(("asked", "answered"), NOT_PRESSED)
def test_nothing_is_dialled_where_nobody_pressed_or_nobody_can_tell_what(asked: str, answered: str) -> None:
    assert keys_pressed(asked, answered) == ""
