"""What a tagger sees of each sign of a call: itself, its neighbours, words, surnames, digits, and what is said around.

The turns of a call are one text, a line each, so that a number said over turns is seen whole.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

from antifraud.privacy.dictionary import LONGEST_WORD, name_signs, tags
from antifraud.privacy.digit_runs import runs
from antifraud.privacy.kinds import Mention
from antifraud.privacy.name_words import COMMON, COMPOUND, GIVEN, SHORT_TITLES, STOP, SURNAMES, TITLES

_TITLE = re.compile("|".join(sorted([*TITLES, *SHORT_TITLES], key=len, reverse=True)))
_COMPOUND_BEGINS: Final = frozenset(name[0] for name in COMPOUND)
_SAID: Final = frozenset("零〇洞一幺二两三四五六拐七八九勾十")
_SPELLS: Final = frozenset(
    "阿依古丽热木买提江艾山尔扎西多吉卓玛洛桑丹增次仁旦央金才让拉姆顿珠索朗达瓦尼措乌云其格图雅娜巴特斯琴日苏和孟克肯吾孜汗帕提玛萨迪克里克亚森努库"
    "班麦合卜杜外力吐逊沙依玉苏甫祖丽胡塞因哈桑赛迪穆罕默德罕"
)
"""Signs that spell names of other languages."""
_CUE = re.compile(
    "微信|薇信|威信|vx|VX|wx|加我|加您|扣扣|QQ|qq|邮箱|邮件|艾特|圈[aA]|网址|官网|网站|链接|浏览器|网页|点com|车牌|车号|牌照|挪车|车主"
    "|生日|出生|哪年|几月|几号|生的|生人|属|周岁|满月|身份证|证件|卡号|银行卡|储蓄卡|信用卡|开户|账号|账户|对公|尾号|末尾|末[四位]|[前后][三四五六八]位"
    "|手机|电话|号码|座机|固话|总机|区号|传真|分机|转|办公室|回拨|拨|打给|打我|联系|保单|社保|医保|公积金|户号|用户|客户|会员|合同|贷款|缴费|电表|水表|燃气"
    "|护照|学号|病历|订单|快递|运单|单号|验证码|工号|警号|编号|取件码|提货|航班|车次|房间|会议|热线|客服|密码|型号|批次|流水|票|元|块|万|点|分|度|楼|层"
    "|地址|住|小区|家里|老家|门口|送到|寄到|收货|户籍|搬|上班|工作|单位|公司|入职|任职|就职|在职|读书|上学|念|毕业|同事|老板|干活|厂"
    "|我叫|名叫|叫|姓名|名字|户名|本人|收件人|联系人|找|姓|贵姓|是吗|吗|叫什么|哪位|谁|儿子|女儿|老公|老婆|班主任|家长"
)
_THINGS: Final = {
    "code": "订单|快递单|运单|单号|编号|验证码|校验码|动态码|工号|警号|取件码|提货码|取餐|兑换码|航班|车次|会议号?|热线"
    "|客服电话|密码|型号|批次|流水|邀请码|案件|立案|文号|税号|房间|座位|口令|编码|金额|余额|价|票|货号|款号",
    "id": "身份证|证件|身份号",
    "card": "银行卡|储蓄卡|信用卡|借记卡|工资卡|卡号|[这那]张卡|的卡|卡[里上尾]|建行|工行|农行|招行|中行|开户行|存折",
    "landline": "座机|固话|总机|区号|传真|分机|办公室|家里电话|单位电话|前台",
    "mobile": "手机|电话|号码|联系方式|来电|回拨|拨|打给|打我|机主|本机|预留|小号|短信",
    "account": "保单|社保|医保|公积金|户号|客户号|客户编号|用户|会员|合同|贷款编号|借据|缴费|电表|水表|燃气|宽带"
    "|护照|学号|学籍|病历|就诊|住院号|档案|驾驶证|油卡|ETC|账号|账户|低保|学员编号|用户编号|个人编号|会员编号",
    "qq": "QQ|qq|扣扣|企鹅",
    "wechat": "微信|薇信|vx|VX|wx|加我|搜",
    "plate": "车牌|车号|牌照|挪车|车主|尾气|违章",
    "email": "邮箱|邮件|艾特",
    "url": "网址|官网|网站|链接|浏览器|网页",
    "birth": "生日|出生|哪年|生的|生人|周岁|满月|属",
}
"""What a number or a word in Latin letters may belong to, by what is said of it."""
_THING = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _THINGS.items()))
_FAR: Final = 24
"""Signs in which a word before a place is still seen; a design choice."""
_AFTER: Final = 10
_NO_MORE: Final = 80
"""Signs in which what a number belongs to is still remembered, other turns included."""


def features(texts: Sequence[str], found: Iterable[Mention]) -> list[list[str]]:
    """Return the features of every sign of a call, the ends of turns among them.

    Args:
        found: what rules find in the turns.
    """
    text = "\n".join(texts)
    seen = _Seen(text, _by_rules(texts, found))
    return [seen.at(place) for place in range(len(text))]


def _by_rules(texts: Sequence[str], found: Iterable[Mention]) -> list[str]:
    starts = [0]
    for text in texts:
        starts.append(starts[-1] + len(text) + 1)
    labels = ["O"] * max(0, starts[-1] - 1)
    for mention in found:
        for at in mention.places:
            for place in range(starts[at.turn] + at.start, starts[at.turn] + at.end):
                labels[place] = ("B" if place == starts[at.turn] + at.start else "I") + mention.kind
    return labels


_PAD: Final = 3
"""Signs on either side of one that are looked at."""


class _Seen:
    """A text with what is looked up of it once."""

    def __init__(self, text: str, by_rules: list[str]) -> None:
        self._text = text
        self._count = len(text)
        self._tags = tags()
        self._kinds = [_class_of(sign) for sign in text]
        self._signs = _padded(list(text), "^", "$")
        self._classes = _padded(self._kinds)
        self._rules = _padded(by_rules, "_", "_")
        self._pairs = _padded([self._tags.get(text[at : at + 2], "-")[:2] for at in range(self._count)])
        self._threes = _padded([self._tags.get(text[at : at + 3], "-")[:2] for at in range(self._count)])
        self._titles = [0] * (self._count + 4)
        for match in _TITLE.finditer(text):
            self._titles[match.start()] = len(match[0])
        self._names = _padded(self._as_names())
        self._words, self._word_at = self._parted()
        self._digits = self._digit_runs()
        self._left, self._right = self._cues()
        self._things = [(match.start(), match.end(), match.lastgroup or "") for match in _THING.finditer(text)]
        self._thing_ends = [end for _, end, _ in self._things]

    def _as_names(self) -> list[str]:
        """Return how usual each sign is as a surname, as a first and as a second sign after one; T where it spells."""
        surname, first, second = name_signs()
        return [
            f"{surname.get(sign, 0)}{first.get(sign, 0)}{second.get(sign, 0)}{'T' if sign in _SPELLS else ''}"
            for sign in self._text
        ]

    def _parted(self) -> tuple[list[tuple[int, int]], list[int]]:
        """Return words by longest match, and the word that each sign is in."""
        words: list[tuple[int, int]] = []
        word_at = [0] * self._count
        place = 0
        while place < self._count:
            size = next(
                (size for size in range(LONGEST_WORD, 1, -1) if self._text[place : place + size] in self._tags), 1
            )
            word_at[place : place + size] = [len(words)] * size
            words.append((place, place + size))
            place += size
        return words, word_at

    def _digit_runs(self) -> dict[int, str]:
        """Return, for each sign of a run of digits, how many digits run and group have, and how the run begins."""
        seen: dict[int, str] = {}
        place = 0
        for line in self._text.split("\n"):
            for groups in runs(line):
                digits = "".join(unit.digits for group in groups for unit in group)
                for number, group in enumerate(groups):
                    size = sum(len(unit.digits) for unit in group)
                    last = "e" if number + 1 == len(groups) else ""
                    told = f"{min(len(digits), 20)}/{min(size, 12)}/{min(number, 3)}{last}"
                    for sign in range(place + group[0].start, place + group[-1].end):
                        seen[sign] = f"{told}|{digits[0]}"
            place += len(line) + 1
        return seen

    def _cues(self) -> tuple[list[list[tuple[str, int]]], list[tuple[str, int] | None]]:
        """Return the last words before each sign that say what a value is, with their distance, and the next one."""
        matches = list(_CUE.finditer(self._text))
        left: list[list[tuple[str, int]]] = [[] for _ in range(self._count)]
        right: list[tuple[str, int] | None] = [None] * self._count
        last: list[tuple[str, int]] = []
        following = iter(matches)
        upcoming = next(following, None)
        for place in range(self._count):
            while upcoming and upcoming.end() <= place:
                last = [*last[-2:], (upcoming[0], upcoming.end())]
                upcoming = next(following, None)
            left[place] = [(word, place - end) for word, end in reversed(last) if place - end <= _FAR]
            if upcoming and place < upcoming.start() <= place + _AFTER:
                right[place] = upcoming[0], upcoming.start() - place
        return left, right

    def at(self, place: int) -> list[str]:
        """Return the features of a sign."""
        around = slice(place, place + 2 * _PAD + 1)
        third, second, before, here, after, later, last = self._signs[around]
        _, class_2, class_1, kind, class1, class2, _ = self._classes[around]
        _, _, rule_1, rule, rule1, _, _ = self._rules[around]
        told = [
            f"0{here}",
            f"-1{before}",
            f"+1{after}",
            f"-2{second}",
            f"+2{later}",
            f"-10{before}{here}",
            f"01{here}{after}",
            f"-2-1{second}{before}",
            f"12{after}{later}",
            f"23{later}{last}",
            f"-3-2{third}{second}",
            f"k0{kind}",
            f"k012{kind}{class1}{class2}",
            f"k-101{class_1}{kind}{class1}",
            f"k-2-10{class_2}{class_1}{kind}",
            f"r-{rule_1}{rule}",
            f"r+{rule}{rule1}",
        ]
        told += self._name_features(place)
        told += self._word_features(place)
        told += self._cue_features(place)
        return told

    def _name_features(self, place: int) -> list[str]:
        _, earlier, before, here, after, second, _ = self._names[place : place + 2 * _PAD + 1]
        pair, following = self._pairs[place + _PAD : place + _PAD + 2]
        whole = f"{here[:1]}{after[1:2]}{second[2:3]}"
        told = [f"n{here}", f"n3{whole}", f"n2{here[:1]}{after[1:2]}", f"n-{before[:1]}{here[1:2]}"]
        told += [f"n3{whole}{pair}{following}", f"n2{here[:1]}{after[2:3]}{pair}"]
        told.append(f"n-2{earlier[:1]}{before[1:2]}{here[2:3]}")
        if here.endswith("T"):
            told.append(f"T{before.endswith('T')}{after.endswith('T')}")
        return told

    def _word_features(self, place: int) -> list[str]:
        _, pair_2, pair_1, pair, pair1, pair2, _ = self._pairs[place : place + 2 * _PAD + 1]
        three_2, three_1, three = self._threes[place + _PAD - 2 : place + _PAD + 1]
        titles, kind = self._titles, self._kinds[place]
        number = self._word_at[place]
        start, end = self._words[number]
        before = self._text[slice(*self._words[number - 1])] if number else "^"
        after = self._text[slice(*self._words[number + 1])] if number + 1 < len(self._words) else "$"
        tag = self._tags.get(self._text[start:end], "?")
        told = [
            f"w2{pair}",
            f"w2-101{pair_1}{pair}{pair1}",
            f"w3{three}|{three_1}|{three_2}",
            f"w2+2{pair2}",
            f"w2-2{pair_2}",
            f"w2+1k{pair1}{kind}",
            f"w2+2k{pair2}{kind}",
            f"t{titles[place]}",
            f"t+1{titles[place + 1]}{kind}",
            f"t+2{titles[place + 2]}{kind}",
            f"p{place == start}{min(4, end - start)}{tag}",
            f"nw{after}",
            f"pw{before}{place == start}",
            f"nw{after}{place + 1 == end}",
        ]
        if number > 1:
            told.append(f"ppw{self._text[slice(*self._words[number - 2])]}|{before}")
        return told

    def _cue_features(self, place: int) -> list[str]:
        told = []
        digits = self._digits.get(place, "")
        kind = self._kinds[place][0]
        for rank, (word, distance) in enumerate(self._left[place][:2]):
            told.append(f"l{rank}{word}{kind}{min(distance, 12) // 4}")
            if digits:
                told.append(f"l{rank}d{word}{digits}")
        if following := self._right[place]:
            told.append(f"r0{following[0]}{kind}{following[1] // 5}")
        if digits:
            told += [f"d{digits}", f"d{digits[:-2]}"]
        if digits or kind == "a":
            told += self._thing_features(place, digits[:-2] or kind)
        return told

    def _thing_features(self, place: int, told: str) -> list[str]:
        """Return what the nearest words before, and the one after, say a number belongs to."""
        number = bisect_right(self._thing_ends, place)
        before = [(kind, place - end) for _, end, kind in reversed(self._things[max(0, number - 2) : number])]
        near = [f"{kind}{min(distance, 39) // 8}" for kind, distance in before if distance <= _NO_MORE]
        first, second = [*near, "", ""][:2]
        after = ""
        if number < len(self._things) and 0 < self._things[number][0] - place <= _AFTER:
            after = self._things[number][2]
        return [f"i{first}", f"i{first}{told}", f"i{first[:-1]}/{second[:-1]}", f"i{first[:-1]}{told}", f"ia{after}"]


def _padded(values: list[str], before: str = "-", behind: str = "-") -> list[str]:
    return [before] * _PAD + values + [behind] * _PAD


def _class_of(sign: str) -> str:
    """Return script, surname, given name and stop word of a sign, a letter each."""
    if sign in _SAID:
        script = "n"
    elif "\u4e00" <= sign <= "\u9fff":
        script = "h"
    elif sign.isdigit():
        script = "d"
    elif sign.isalpha():
        script = "a"
    else:
        script = "/" if sign == "\n" else "p"
    surname = "C" if sign in COMMON else "S" if sign in SURNAMES else "K" if sign in _COMPOUND_BEGINS else "-"
    return script + surname + ("g" if sign in GIVEN else "-") + ("x" if sign in STOP else "-")
