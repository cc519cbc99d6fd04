"""Keeping someone from checking: when a wish for silence, for an open line or for haste is meant in earnest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from antifraud.audit.clauses import Clause
from antifraud.audit.moods import denies
from antifraud.audit.risks import CHECK, EARNEST, POLITE, SEVERE, STAY, THREAT, WISH, Risk
from antifraud.labels import Act

_SECRET_OBJECT = re.compile(r"验证码|密码|卡号|(?<![号二维])码|身份证|数字|口令|账号|个人信息|信息|银行卡")
_SECRET_MATTER = re.compile(r"这(?:事|个事|件事|案|通|次|单)|案|内部|名额|办理")
_HIDES = re.compile(r"躲|藏|烂|瞒|背着|一个字|半个字|谁都不")
"""Silence about everything, and not only about a code."""
_SURPRISE = re.compile(r"惊喜|生日|礼物|求婚|贺卡")
_OUR_PROMISE = re.compile(
    r"(?:我|咱)们?(?:这边|公司|平台|会|都|给|帮|替|对|一定|肯定|绝对)[^，]{0,10}保密|(?:信息|资料|隐私|号码)[^，]{0,8}保密|保密(?:协议|措施|义务)|(?:给|为|替)(?:您|你)保密"
)
_ALLOWED: Final = re.compile(
    rf"(?:自己|您|你)(?:再|去|可以|就|尽管|先|随时|也|都)*(?:打|问|查|核|拨|找)[^，]{{0,8}}(?:官方|官网|背面|客服|热线|柜台|{CHECK}|App)|(?:[Aa]pp|订单|官方|背面|官网)[^，]{{0,4}}才|(?:订单|[Aa]pp)[^，]{{0,4}}(?:点|找)客服|官方[^，]{{0,10}}(?:打|问|查)|随便(?:问|查|打)|都(?:行|可以)$|(?:问|查|打)(?:清楚|明白|好)了?再"
)
_HARD = re.compile(
    r"全程|一直|不许|必须|一挂|一断|挂了[^。]{0,10}(?:作废|失效|重新|没了|就没|找不|接不|算)|通着|保持|别的电话|办完|弄完|处理完|操作完|算您|视为"
)
_STRANGER_NUMBER = re.compile(
    r"(?:骗子|他|对方|陌生|短信里?|网上|来电|那头|人家)[^，]{0,6}(?:给|的|发|搜)|回拨(?:那|这)"
)
_OURSELVES = re.compile(r"我(?:这边|这儿|这里|们这边|们这儿|也)?(?:也|都)?(?:查不|看不|不知道|不清楚|没权)|问我")


def stands(
    risk: Risk, sentence: Sequence[Clause], at: int, turn: Sequence[Sequence[Clause]], *, is_of_code: bool
) -> bool:
    """Tell whether secrecy or an obstacle is one at all, seen in its turn.

    Args:
        is_of_code: the talk is about a code or a number, which is rightly kept secret.
    """
    if risk.act is Act.SECRECY:
        near = "，".join(clause.text for clause in sentence[max(0, at - 2) : at + 1])
        tells = re.search(r"说|讲|告诉|提|透露|泄", sentence[at].text)
        if (
            tells
            and ((is_of_code and not _HIDES.search(sentence[at].text)) or _SECRET_OBJECT.search(near))
            and not _SECRET_MATTER.search(near)
        ):
            return False
        whole = "。".join(clause.text for part in turn for clause in part)
        if re.search(r"骗|诈|(?:一律|直接|就)挂", near) and re.search(r"他|她|对方|人家|谁", sentence[at].text):
            return False
        return not (_SURPRISE.search(whole) or _OUR_PROMISE.search(sentence[at].text))
    if risk.act is Act.REFUSE_VERIFICATION:
        clause = sentence[at].text
        if not re.search(rf"{CHECK}|上网|报警|打听", clause):
            return True
        if _STRANGER_NUMBER.search(clause) or _OURSELVES.search(clause):
            return False
        others = [each.text for part in turn for each in part if each is not sentence[at]]
        return not any(_ALLOWED.search(text) and not denies(text) for text in others)
    return True


def keeps_line(sentence: Sequence[Clause], at: int, turn: Sequence[Sequence[Clause]], heard: str) -> Risk | None:
    """Return the wish that the callee stay on the line, where it is more than politeness.

    Args:
        heard: what the callee said before.
    """
    match = STAY.search(sentence[at].text)
    if match is None:
        return None
    whole = "，".join(clause.text for part in turn for clause in part)
    hard = _HARD.search(whole)
    if not hard and (POLITE.search(whole) or not (EARNEST.search(whole) or WISH.search(heard))):
        return None
    return Risk(Act.SECRECY, match.start(), match.start(), match.end())


def threats(sentence: Sequence[Clause]) -> Iterator[tuple[int, Risk]]:
    """Yield clause and content where a sentence threatens a grave loss unless the callee acts."""
    whole = "，".join(clause.text for clause in sentence)
    if not (THREAT.search(whole) and SEVERE.search(whole)):
        return
    for at, clause in enumerate(sentence):
        if match := SEVERE.search(clause.text):
            yield at, Risk(Act.ULTIMATUM, match.start(), match.start(), match.end())
            return
