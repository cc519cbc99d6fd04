"""Which numbers are said digit by digit, and how amounts are said; everything else is left for wetext."""

from __future__ import annotations

import re
from collections.abc import Callable

DIGITS = str.maketrans("0123456789", "零幺二三四五六七八九")
_WORDS = frozenset({"com", "net", "org"})
_LONGEST_SPELLED = 3
"""Letters of a word that is spelled even in small letters: App, pos. In capitals every word is."""
_FEWEST_DIGITS = 3
"""With fewer, a code is said as a number: A4 is A四, 座位号12 is 座位号十二."""
_SIGNS = {"_": "下划线", "-": "杠", ".": "点", "+": "加"}
_TENTHS = "零一两三四五六七八九"

_NO_COUNT = (
    r"(?!\d|[.,]\d|\s?(?:元|块|万|亿|千|百|个|人|次|天|年|月|日|号|楼|层|里|米|斤|克|吨|%|倍|股|点|多|来|左右|公里|积分"
    r"|[美欧日港]元|[:-]\d))"
)
"""Not before a unit: 95588 alone is a hotline, 95588元 is not."""
_LABEL = (
    r"(?:(?:订单|快递|流水|合同|验证|校验|提货|取件|取餐|取货|邀请|会议|航班|车牌|门牌|座位|房间|身份证|护照|社保|医保|运单"
    r"|凭证|编|工|警|案|卡|账|帐|尾|单|学|座|房|柜)(?:号码?|码)|密码|动态码|短信码|口令|微信|QQ|邮编|[前后末][三四五六八]位(?:数字?)?)"
    r"(?:的?[前后末][三四五六八]位(?:数字?)?)?"
)
_NAMED = re.compile(
    rf"({_LABEL}[就应]?[是为]?[：:，,\s]{{0,3}})"
    rf"([A-Za-z]{{0,6}}-?\d[\dA-Za-z_]*(?:[ -]\d{{2,4}}{_NO_COUNT})*)(?![\dA-Za-z年月点])"
)
_MIXED = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z]\w*\d\w*", re.ASCII)
_MOBILE = re.compile(r"(?<!\d)(?:(\+)?(86)[ -]?)?(1[3-9]\d)[ -]?(\d{4})[ -]?(\d{4})(?!\d)")
_SERVICE = re.compile(r"(?<!\d)([48]00)[ -]?(\d{3,4})[ -]?(\d{3,4})" + _NO_COUNT)
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[ -]?(\d{7,8})(?:\s?转\s?(\d{1,6}))?(?!\d)")
_GROUPS = re.compile(r"(?<!\d)\d{3,4}(?:[ -]\d{3,4}){2,}(?:[ -]?\d{1,3}[Xx]?)?(?!\d)")
_HOTLINE = re.compile(
    r"(?<!\d)(?:95\d(?:[1-9]\d|\d[1-9])|961\d{2}|12[13](?:[1-9]\d|\d[1-9])|100(?:[1-9]\d|\d[1-9])|1118\d)" + _NO_COUNT
)
_ALARM = re.compile(
    r"(?<!\d)(?:11[0249]|12[02])(?=报警|急救|火警|接警|指挥)|(?<=[打拨报])(?:11[0249]|12[02])" + _NO_COUNT
)
_CALLED = re.compile(r"((?:拨打|致电|热线|电话|号码)(?:号码|是|为|[：:，,\s]){0,3})(\d{3,12}(?:-\d{3,8})?)" + _NO_COUNT)
_LONG = re.compile(r"(?<![\d.,])\d{7,}[Xx]?(?![\d.,A-Za-z]|\s?(?:元|块|万|亿|%|[美欧日港]元))")
_FROM_ZERO = re.compile(r"(?<![\d.:/-])0\d{2,}(?![\d.:])")
_ROOM = re.compile(r"(?<=单元)\s?\d{3,4}(?![\d元块])|(?<!\d)\d{3,4}(?=\s?(?:室|房|号房|包厢|包间)|路(?:公交|车))")

_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?!\d)")
_MILLIONS = re.compile(r"(?<![\d.,])(\d{1,3}(?:,\d{3})*),(\d{3}),(\d{3})(?![\d,]|\.\d)")
"""Seven digits and more with commas: without them they would pass for a code."""
_FOREIGN = re.compile(r"HK\$\s*(\d+(?:\.\d+)?)")
_MONEY_SIGN = re.compile(r"[￥¥]\s*(\d+(?:\.\d+)?)([万亿]?)\s*元?")
_MONEY = re.compile(r"(?<![\d.])(\d+)\.(\d{1,2})(?:元|块钱?)")
_NAME = re.compile(r"(?<!\d)(?:985|211)(?=高校|大学|院校|工程|学校)")
_SERIES = re.compile(r"((?:取件|取货|取餐|提货|房|座|柜)(?:号码?|码)[是为：:\s]{0,2})(\d{1,4}(?:-\d{1,5})+)(?!\d)")
_FILE = re.compile(r"((?:案件|文件|编号|文号|工单)(?:编?号码?)?[是为：:\s]{0,2})(\d{3,}(?:-\d+)+)(?=号?)")
_SPAN = re.compile(
    r"(?<![\d.:-])(\d{1,4})[-–](\d{1,4})(?=\s?(?:折|天|个|小时|分钟|秒|年|月|岁|元|块|人|次|公里|米|斤|位|周|倍|楼|层|期))"
)
_LABELLED = re.compile(
    r"((?:ID|Id|id|代码|尾号后?[三四五六八]?位?|后[34568]位(?:数字?)?)[：:\s]{0,2})(\d{3,})(?![\d.元块%])"
)
_UNDERSCORED = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z0-9]*(?:[A-Za-z]_\d|\d_[A-Za-z])\w*", re.ASCII)
_CLOCK = re.compile(r"(?<!\d)(\d{1,2}:\d{2})分")
_RANGE = re.compile(r"(?:(?<=\d)\s*[~～]|(?<=[%日号月年点分秒天度元块时])\s*[~～-])\s*(?=\d)")
_TWO = re.compile(
    r"(?<![\d.,:/第-])2(?=\s?(?:个|次|遍|位|天|只|件|份|张|盒|瓶|袋|斤|块|家|条|杯|碗|片|小时|分钟|点|万|千|百))"
)
_SECOND = re.compile(r"(?<=第)2(?!\d)|(?<!\d)2(?=单元|栋|幢|组|班)")
_TIMES = re.compile(r"(?<=\d)\s*[×xX*]\s*(?=\d)")

_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str] | str]
_RULES: tuple[_Rule, ...] = (
    (_FOREIGN, r"\1港元"),
    (_MILLIONS, lambda match: _amount(match[0])),
    (_THOUSANDS, lambda match: match[0].replace(",", "")),
    (_MONEY_SIGN, lambda match: f"{match[1]}{match[2]}元"),
    (_MONEY, lambda match: _money(match[1], match[2])),
    (_SERIES, lambda match: match[1] + _joined(*match[2].split("-"))),
    (_FILE, lambda match: match[1] + _joined(*match[2].split("-"))),
    (_LABELLED, lambda match: match[1] + _code(match[2])),
    (_UNDERSCORED, lambda match: characters(match[0])),
    (_NAMED, lambda match: match[1] + _code(match[2])),
    (_MIXED, lambda match: _code(match[0])),
    (_MOBILE, lambda match: _joined(("加" if match[1] else "") + (match[2] or ""), *match.groups()[2:])),
    (_SERVICE, lambda match: _joined(match[1], match[2], match[3])),
    (_LANDLINE, lambda match: _joined(match[1], match[2], match[3] and f"转{match[3]}")),
    (_GROUPS, lambda match: _joined(*re.split("[ -]", match[0]))),
    (_CALLED, lambda match: match[1] + _code(match[2])),
    (_HOTLINE, lambda match: _code(match[0])),
    (_ALARM, lambda match: _code(match[0])),
    (_LONG, lambda match: _code(match[0])),
    (_FROM_ZERO, lambda match: _code(match[0])),
    (_ROOM, lambda match: _code(match[0].strip())),
    (_NAME, lambda match: _code(match[0])),
    (_CLOCK, r"\1"),
    (_SPAN, r"\1到\2"),
    (_RANGE, "到"),
    (_TWO, "两"),
    (_SECOND, "二"),
    (_TIMES, "乘以"),
)


def number_rules(text: str) -> str:
    """Return `text` with codes and telephone numbers in hanzi and amounts as wetext understands them.

    A rule turns what it reads into hanzi, so the rules after it cannot read it again.
    """
    for pattern, read in _RULES:
        text = pattern.sub(read, text)
    return text


def letters(text: str) -> str:
    """Return `text` with Latin abbreviations spelled: App is A P P; longer words stay words."""
    return re.sub(r"[A-Za-z]+", lambda match: _spelled(match[0]), text)


def characters(label: str) -> str:
    """Return a code, a name or part of an address, digits and short words one by one."""
    parts = re.findall(r"[A-Za-z]+|\d+|[_.+-]", label)
    return "".join(_SIGNS.get(part) or (_spelled(part) if part.isalpha() else part.translate(DIGITS)) for part in parts)


def _spelled(word: str) -> str:
    if word in _WORDS or (len(word) > _LONGEST_SPELLED and not word.isupper()):
        return word
    return " ".join(word.upper())


def _code(code: str) -> str:
    """Return a code digit by digit, long ones in groups; a code of few digits as it is."""
    if sum(map(str.isdigit, code)) < _FEWEST_DIGITS:
        return code
    return _joined(*(group for part in re.split("[ -]", code) for group in _groups(part)))


def _groups(digits: str) -> list[str]:
    """Return the groups people pause between: 18-digit identities by 6-8-4, other long numbers by four."""
    if re.fullmatch(r"\d{17}[\dXx]", digits):
        return [digits[:6], digits[6:14], digits[14:]]
    if digits.isdigit() and len(digits) > 11:
        return [digits[start : start + 4] for start in range(0, len(digits), 4)]
    return [digits]


def _joined(*parts: str | None) -> str:
    return "，".join(_characters_and_hanzi(part) for part in parts if part)


def _characters_and_hanzi(part: str) -> str:
    return re.sub(r"[A-Za-z0-9_.+-]+", lambda match: characters(match[0]), part)


def _amount(digits: str) -> str:
    """Return 1,234,567 as 123万4567: two numbers that are short enough to pass for no code."""
    high, low = divmod(int(digits.replace(",", "")), 10_000)
    hundred_millions, ten_thousands = divmod(high, 10_000)
    gap = "零" if 0 < low < 1000 else ""
    head = (f"{hundred_millions}亿" if hundred_millions else "") + (f"{ten_thousands}万" if ten_thousands else "")
    return head + (f"{gap}{low}" if low else "")


def _money(yuan: str, decimals: str) -> str:
    """Return 3500.50 as 3500元五角: people say no decimal point in amounts."""
    tenths, hundredths = int(decimals[0]), int(decimals[1:] or 0)
    whole = f"{yuan}元" if int(yuan) or not (tenths or hundredths) else ""
    zero = "零" if whole and hundredths and not tenths else ""
    return (
        whole + zero + (f"{_TENTHS[tenths]}角" if tenths else "") + (f"{_TENTHS[hundredths]}分" if hundredths else "")
    )
