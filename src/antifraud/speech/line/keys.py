"""Which keys are pressed between two turns: one side asks for them, the other says that it is done."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_DIGITS: Final = str.maketrans("零〇一幺二两三四五六七八九０１２３４５６７８９＊＃", "00112234567890123456789*#")
_SIGNS: Final = (("井号", "#"), ("井字", "#"), ("星号", "*"), ("米字", "*"))
_PRESS: Final = r"(?:[按摁]下?|拨|揿)"
_FILLER: Final = r"[您的手机电话键盘上里数字了是 ,，“”\"「」]{0,12}"
"""As in 按键盘上的三号键 and 按数字9."""
_NOT_A_COUNT: Final = r"(?![0-9*#]|[个次些步起直百千万十亿%元块点分成年月天折遍种会般样])"
"""按一般流程, 按二十年 and 按3个月 name no key."""
_PRESSED: Final = re.compile(f"{_PRESS}{_FILLER}([0-9*#]+){_NOT_A_COUNT}")
_IN_TURN: Final = re.compile(r"再|然后|接着|之后|以后|最后")
_ASKS_TO_TYPE: Final = re.compile(r"输入|键入")
_TYPED: Final = re.compile(f"(?:输入|键入)[^。？！?!]*?([0-9]{{1,18}}){_NOT_A_COUNT}")
_NUMBER: Final = re.compile(f"([0-9]{{1,18}}){_NOT_A_COUNT}")
_DONE: Final = re.compile(r"(?:[按摁拨揿输]|输入|键入)(?:好了?|完了?|过了|上了|进去了|下去了|了)")
_NOT_DONE: Final = re.compile(
    r"(?:[没不别]|没有|不想|不会|懒得|哪敢|是不是|要是|如果|万一)(?:再|敢|能|要)?(?:[按摁拨揿输])|[按摁拨揿输]了?[吗么没]"
)


def keys_pressed(asked: str, answered: str) -> str:
    """Return the keys dialled between two turns, as '1' or '8848#'; '' where none is, or where nobody can tell which.

    Args:
        asked: the caller's turn, as 按1转人工 or 请输入验证码，按井号键结束.
        answered: the callee's turn that follows; keys are pressed only where it says so, as 按了 or 输好了.
    """
    asked, answered = _plain(asked), _plain(answered)
    if not _DONE.search(answered) or _NOT_DONE.search(answered):
        return ""
    wanted = _wanted(asked)
    if _ASKS_TO_TYPE.search(asked):
        said = _NUMBER.search(answered) or _TYPED.search(asked)
        return (said.group(1) if said else "") + ("#" if "#" in wanted else "")
    if not wanted:
        return ""
    named = _PRESSED.search(answered)
    if named:
        return named.group(1)
    return "".join(wanted) if len(wanted) == 1 or _one_after_the_other(asked) else ""


def _plain(text: str) -> str:
    """Return the text with every key as a digit, * or #, and without the words for key."""
    text = text.replace("一下", "")
    for word, sign in _SIGNS:
        text = text.replace(word, sign)
    return re.sub(r"(?<=[0-9*#])(?:号键|号|键)", "", text.translate(_DIGITS))


def _wanted(asked: str) -> list[str]:
    return [match.group(1) for match in _PRESSED.finditer(asked)]


def _one_after_the_other(asked: str) -> bool:
    """Tell a sequence from a menu: 按1，再按井号键 against 查询按1，投诉按2."""
    firsts = [match.start() for match in _PRESSED.finditer(asked)]
    return all(_IN_TURN.search(asked[start:end]) for start, end in pairwise(firsts))
