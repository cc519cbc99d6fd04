"""Plates, e-mail and web addresses, WeChat ids and dates of birth: what a pattern tells, written or spoken."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from antifraud.privacy.kinds import Kind, Span

_SAID = "零〇洞一幺二两三四五六拐七八九勾"
PROVINCES: Final = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"[{PROVINCES}][ ]?[A-Za-z][ ·,，-]?"
    rf"(?:[A-Za-z0-9{_SAID}][ ，]?){{4,5}}[A-Za-z0-9{_SAID}学警挂港澳](?![A-Za-z0-9{_SAID}])"
)
_EMAIL = re.compile(rf"[A-Za-z0-9_.+{_SAID}-]+(?:@|＠|\s?(?:艾特|圈[aA])\s?)[A-Za-z0-9-]+(?:\s?[.点]\s?[A-Za-z]+)+")
_URL = re.compile(
    r"https?://[!-~]+|(?<![A-Za-z0-9@.])(?:www\.[!-~]+|[wW]{3}点[A-Za-z0-9]+(?:点[A-Za-z]+)+"
    r"|[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.(?:com|cn|net|org|cc|top|xyz|vip|info|io|app"
    r"|me)(?![A-Za-z0-9])(?:[/?:][!-~]*)?"
    r"|[A-Za-z0-9-]+(?:点[A-Za-z0-9-]+)*点(?:com|cn|net|org|cc|top)(?![A-Za-z]))"
)
_WECHAT = re.compile(
    r"(?:微信|威信|[Vv]信|薇信|vx|VX|wx|WX|Wx)(?:账号|号码|号|[Ii][Dd])?(?:[，,：: ]|是|为|叫|搜索?|加|我"
    r"|这个|的|就){0,4}"
    rf"(?P<id>[A-Za-z](?:[A-Za-z0-9_-]|下划线|杠|(?<=[A-Za-z0-9_])[{_SAID}]){{5,19}}"
    rf"|[A-Za-z](?:[ ，](?:[A-Za-z0-9{_SAID}]|下划线|杠)){{5,19}})"
)
_YEAR = rf"(?:19|20)\d\d|[一幺二两][九零〇][{_SAID}]{{2}}|[{_SAID}]{{2}}"
_DAY = r"(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
_DATE = rf"(?:{_YEAR})\s?(?:年\s?{_DAY}\s?月\s?{_DAY}\s?[日号]?|[-./]\d{{1,2}}[-./]\d{{1,2}})"
_BIRTH = re.compile(
    rf"(?:出生(?:年月日?|日期|于|时间)?|生日|生于|生辰)(?:[：:，, ]|是|在|为|的|就){{0,3}}(?P<after>{_DATE})"
    rf"|(?P<before>{_DATE})(?=(?:出生|生的|生人))"
)
_EMPLOYER = re.compile(
    r"(?:(?:我|他|她|老公|老婆|爱人|儿子|女儿|本人|现在|目前)在|(?:工作)?单位(?:是|叫|：)|就职于|任职于"
    r"|供职于|受雇于)"
    r"(?P<name>(?:(?![的这那附近一家某])[\u4e00-\u9fff]){2,16}?(?:有限责任公司|股份有限公司|有限公司|集团"
    r"|公司|厂|大学|中学|小学|医院|学校|研究所|设计院|事务所|银行|酒店|超市|局))"
    r"(?=[^\u4e00-\u9fff]|$|上班|工作|做|当|任|干|里|的)"
)
_NOBODYS_EMPLOYER: Final = re.compile(
    r".{0,3}(?:我们|你们|咱们|这|那|一|家|本|公司|某).{0,2}公司|.{0,2}(?:公安|法|医)院?局?"
)


def handles(text: str) -> Iterator[Span]:
    """Yield what a pattern tells without looking a word up; an e-mail address is never a web address as well."""
    taken: list[Span] = []
    for kind, pattern in ((Kind.EMAIL, _EMAIL), (Kind.URL, _URL), (Kind.PLATE, _PLATE)):
        for match in pattern.finditer(text):
            span = _trimmed(text, Span(*match.span(), kind))
            if not any(span.start < other.end and other.start < span.end for other in taken):
                taken.append(span)
    yield from taken
    yield from (Span(*match.span("id"), Kind.WECHAT) for match in _WECHAT.finditer(text))
    for match in _BIRTH.finditer(text):
        yield Span(*match.span("after" if match["after"] else "before"), Kind.BIRTH_DATE)
    for match in _EMPLOYER.finditer(text):
        if not _NOBODYS_EMPLOYER.fullmatch(match["name"]):
            yield Span(*match.span("name"), Kind.EMPLOYER)


def _trimmed(text: str, span: Span) -> Span:
    """Return a web address without the stop of its sentence, an e-mail address without words before it."""
    if span.kind is Kind.URL:
        return Span(span.start, span.start + len(text[span.start : span.end].rstrip(".,;:!?)")), span.kind)
    return Span(_after_words(text, span.start, span.end), span.end, span.kind) if span.kind is Kind.EMAIL else span


def _after_words(text: str, start: int, end: int) -> int:
    """Return where an e-mail address begins: numerals before its first letter belong to it only if it is spoken."""
    if "@" in text[start:end] or "＠" in text[start:end]:
        while text[start] in _SAID or text[start] in ".+-":
            start += 1
    return start
