"""Names of persons: by surname, by what is said before and after, and by what a dictionary says against it.

An audit of anonymised calls counts 何小龙 without what follows (先生, 吗), but 林主任, 小王 and 张总 whole: there the
title is part of how the person is named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from antifraud.privacy.dictionary import tags
from antifraud.privacy.kinds import Kind, Span
from antifraud.privacy.name_words import (
    COMMON,
    COMPOUND,
    DOUBTFUL,
    GIVEN,
    NAMING_CUES,
    NO_PERSONS,
    NO_WORD_BEGINS,
    SHORT_TITLES,
    STOP,
    SURNAMES,
    TAGGED_WRONGLY,
    TITLES,
    WEAK_CUES,
    words,
)

_SURNAME = re.compile("|".join(COMPOUND) + f"|[{''.join(sorted(SURNAMES))}]")
_CJK = re.compile(r"[\u4e00-\u9fff]")
_CJK_ENDS = re.compile(r"[^\u4e00-\u9fff]|$")
_LONGEST_TITLES: Final = sorted(TITLES, key=len, reverse=True)
_TITLE = re.compile("|".join(_LONGEST_TITLES))
_SHORT_TITLE = re.compile(rf"[{SHORT_TITLES}]")
_NAMING = re.compile(
    "(?:" + "|".join(sorted(NAMING_CUES, key=len, reverse=True)) + r")(?:就?是|叫|写的?是?|为)?[：:，,\s]?$"
)
_WEAK = re.compile("(?:" + "|".join(sorted(WEAK_CUES, key=len, reverse=True)) + ")$")
_LONG_CUES: Final = frozenset(cue for cue in WEAK_CUES if len(cue) > 1)
_NEVER_BEFORE_ALWAYS: Final = frozenset("钱高万金白")
_NICKNAME = re.compile(rf"[小老][{''.join(sorted(COMMON))}]")
_AFTER_NICKNAME = re.compile(
    r"[^\u4e00-\u9fff]|$|啊|呀|吗|呢|吧|您|你|他|她|说|帮|让|在[^\u4e00-\u9fff]|在吗|同志|那边|那里|给我|跟我"
    r"|找|问|过来|马上|已经|刚才|昨天|今天|明天|也|的|要|交|去|来|发|打|借|签|送|拿|安排|推荐|介绍|上次|不|没"
    r"|会|有|就|和|跟|把|那|先|能|今|上个|下个|下午|上午|正|又|还|都|确实|是|替|欠|出"
)
_ENDS_NAME = re.compile(
    r"[^\u4e00-\u9fff]|$|吗|吧|呢|啊|呀|么|的|在|是|本人|您|你|我|他|她|也|都|就|说|已|开的|开户|来|接|做"
    r"|负责|同学|联系|今天|今年|明天|昨天|给"
    r"|跟|和|与|联系|通知|不|没|有|要|会|能|让|把|被|请|到|去|对|刚|正|应该|那边|那里|这边|名下|现在|出|收|签"
    r"|打|寄|取|预约|电话|手机|身份证|先|这个|那个|涉嫌|因|于"
    r"|办|住|拨|男|女|一起|帮|转|借|欠|报|上|下|家属|家长|还|又|或|做|用|商量|聊|谈|联络"
)
_OWNS = re.compile("的(?:名字|签名|电话|手机|卡|件|快递|包裹|家属|账户|号)")
"""What a person has, behind a name that could be a word."""
_ENDS_GREETING = re.compile(r"(?:您好|你好|吗|吧|本人|你|您|，|,|。|$|？|\?|！|!|、|：)")
_NAMES_AND_WORDS: Final = frozenset(
    words("江涛 汪洋 石磊 金鑫 丁香 许诺 苏醒 陆遥 萧然 高峰 白雪 雷鸣 马超 高强 洪亮 马良 卓越 向东 黎明 田野")
)
_NAMES_OF_PLACES: Final = frozenset(("ns", "nz", "nt"))
"""Tags of names of three signs that are as well a person's; of two, 金华 and 苏宁, a person is meant more seldom."""
_BRAND = re.compile("李宁(?:的?鞋|的?衣服|牌|专卖|运动|体育|店|服装)")
_LONGEST_CUE: Final = 8
_RELATIVES: Final = frozenset(("叔叔", "阿姨", "大爷", "大妈", "大哥", "大姐", "奶奶", "爷爷", "大叔"))


def _is_common_word(word: str) -> bool:
    tag = tags().get(word)
    if word in TAGGED_WRONGLY:
        return True
    if tag is None or not tag.startswith("nr"):
        return tag is not None
    return len(word) == 2 and word[0] not in NO_WORD_BEGINS and word not in _NAMES_AND_WORDS


def people(text: str) -> Iterator[Span]:
    """Yield the persons named in a text, from left to right, none inside another."""
    place = 0
    while match := _next(text, place):
        start, end = match
        if end:
            yield Span(start, end, Kind.PERSON)
            place = end
        else:
            place = start + 1


def _next(text: str, place: int) -> tuple[int, int] | None:
    """Return the next place where a name may begin, and where it ends; 0 where it is none."""
    nickname, surname = _NICKNAME.search(text, place), _SURNAME.search(text, place)
    if nickname and (surname is None or nickname.start() < surname.start()):
        return nickname.start(), _end_of_nickname(text, nickname.start())
    if surname is None:
        return None
    return surname.start(), _end_of_name(text, surname.start(), surname.end())


def _end_of_nickname(text: str, start: int) -> int:
    """Return the end of 小王 or 老李; 0 for 小王子, 老王家烧烤, 大小王."""
    end = start + 2
    if title := _TITLE.match(text, end):
        return title.end() if title[0] not in _RELATIVES or text[start] == "老" else 0
    if not _AFTER_NICKNAME.match(text, end) or text[start:end] in NO_PERSONS:
        return 0
    return end if _left(text, start) else 0


def _left(text: str, start: int) -> str:
    """Return what stands before a name: a word for a name, a weak cue, nothing, or a word that says nothing"
    " (empty)."""
    before = text[max(0, start - _LONGEST_CUE) : start]
    if _NAMING.search(before):
        return "naming"
    if not before or not _CJK.match(before[-1]):
        return "edge"
    return "weak" if _WEAK.search(before) else ""


def _end_of_name(text: str, start: int, after: int) -> int:
    left = _left(text, start)
    if any(text.startswith(word, start) for word in NO_PERSONS) or _BRAND.match(text, start):
        return 0
    is_cued = left == "naming" or text[max(0, start - 2) : start] in _LONG_CUES
    if start and not is_cued and _is_common_word(text[start - 1 : start + 1]):
        return 0
    one_sign = _ENDS_NAME.match(text, after + 1)
    goes_on = one_sign is not None and len(one_sign[0]) > 1
    for end in (after + 1, after + 2) if goes_on else (after + 2, after + 1):
        if end <= len(text) and _is_name(text, start, after, end, left):
            return end
    title = _TITLE.match(text, after) or _SHORT_TITLE.match(text, after)
    if title is None:
        return 0
    if len(title[0]) == 1 and not _is_titled(text, start, after, left):
        return 0
    if _is_common_word(text[start : title.end()]):
        return 0
    return title.end() if left or text[start] in COMMON else 0


def _is_titled(text: str, start: int, after: int, left: str) -> bool:
    """Tell whether one sign after a surname is a title: 总 in 张总, but not in 钱总是不够 or 总共."""
    if not (left or text[start] in COMMON) or _is_common_word(text[start : after + 1]):
        return False
    follows = text[after : after + 2]
    return not _is_common_word(follows) or (
        follows == "总是" and bool(left) and text[start] not in _NEVER_BEFORE_ALWAYS
    )


@dataclass(frozen=True)
class _Candidate:
    """A surname with one or two more signs, and what stands around them."""

    text: str
    start: int
    end: int
    given: str
    left: str

    @property
    def name(self) -> str:
        return self.text[self.start : self.end]

    @property
    def is_usual(self) -> bool:
        """Whether people are given such names."""
        return all(sign in GIVEN for sign in self.given)

    @property
    def is_word(self) -> bool:
        """Whether it is, or begins with, a word of the dictionary."""
        places = _NAMES_OF_PLACES if len(self.given) == 2 else ()
        whole = _is_common_word(self.name) and tags().get(self.name) not in places
        return whole or (len(self.given) == 2 and _is_common_word(self.name[:-1]))

    @property
    def has_word(self) -> bool:
        """Whether the given name is a word by itself."""
        return len(self.given) == 2 and _is_common_word(self.given)

    @property
    def cuts_a_word(self) -> bool:
        return _is_common_word(self.text[self.end - 1 : self.end + 1])

    @property
    def is_asked(self) -> bool:
        return self.text[self.end : self.end + 1] in ("吗", "吧", "？", "?") or self.text.startswith("本人", self.end)

    @property
    def stands_alone(self) -> bool:
        """Whether no hanzi follows, or a question does."""
        return self.is_asked or _CJK_ENDS.match(self.text, self.end) is not None

    @property
    def ends(self) -> bool:
        """Whether what follows is no part of a name."""
        if _ENDS_NAME.match(self.text, self.end):
            return True
        is_cued = self.left in ("weak", "naming") and self.text[self.start] in COMMON and len(self.given) == 2
        return is_cued and not self.cuts_a_word and _is_common_word(self.text[self.end : self.end + 2])


def _is_name(text: str, start: int, after: int, end: int, left: str) -> bool:
    """Tell whether a surname and one or two more signs are a name, by what stands on both sides."""
    one = _Candidate(text, start, end, text[after:end], left)
    if not all(_CJK.match(sign) and sign not in STOP for sign in one.given):
        return False
    if _TITLE.match(text, after) or _TITLE.match(text, end - 1):
        return False
    if one.has_word and not one.is_usual:
        return left == "naming" and one.stands_alone
    if left == "naming":
        return _is_called(one, after)
    if _TITLE.match(text, end):
        return one.is_usual and (not one.is_word or (bool(left) and text[start] in NO_WORD_BEGINS))
    return _is_probable(one) if one.is_usual else _is_rare(one)


def _is_called(one: _Candidate, after: int) -> bool:
    """Judge what follows 我叫, 户名 and the like."""
    if not one.is_usual and len(one.given) == 2 and one.given[0] in GIVEN and _ENDS_NAME.match(one.text, after + 1):
        return False
    ends = one.ends or _TITLE.match(one.text, one.end) is not None
    return (ends and (one.is_usual or not one.is_word)) or (one.is_usual and len(one.given) == 2 and not one.is_word)


def _is_rare(one: _Candidate) -> bool:
    """Judge a name of unusual signs: nothing but a common surname and the words around it speak for it."""
    speaks = one.left == "weak" and one.stands_alone and one.text[one.start] in COMMON
    return speaks and len(one.given) == 2 and not (one.is_word or one.has_word or one.cuts_a_word)


def _is_probable(one: _Candidate) -> bool:
    """Judge a name of usual signs."""
    if not one.ends:
        return False
    if one.is_word:
        may_be = len(one.given) == 2 or one.name in tags()
        is_surname = one.text[one.start] in (COMMON if len(one.given) == 2 else NO_WORD_BEGINS)
        return one.left == "weak" and one.is_asked and is_surname and may_be
    is_plain = one.stands_alone or (len(one.given) == 2 and not one.has_word) or _OWNS.match(one.text, one.end)
    if one.text[one.start] in DOUBTFUL and not is_plain:
        return False
    if one.left == "edge":
        if len(one.given) == 2 and one.text[one.start] in COMMON and not one.cuts_a_word:
            return True
        is_likely = len(one.given) == 2 or _known(one.name) or one.name not in tags()
        return bool(_ENDS_GREETING.match(one.text, one.end)) and is_likely
    return one.left == "weak" or one.text.startswith("本人", one.end)


def whole_name(text: str, start: int, end: int) -> tuple[int, int]:
    """Return where a person that was found really ends: 孙悦 without 先生 behind it, but 王 with it."""
    name = text[start:end]
    title = next((title for title in _LONGEST_TITLES if name.endswith(title)), "")
    bare = name.removesuffix(title)
    is_surname = bare in COMPOUND or (len(bare) == 1 and bare in SURNAMES)
    if title and not is_surname and len(bare) > 1 and bare[0] not in "小老阿":
        return start, end - len(title)
    if not title and is_surname and (after := _TITLE.match(text, end)):
        return start, after.end()
    return start, end


def is_mere_word(name: str) -> bool:
    """Tell whether what was taken for a person is a word that nobody is called: 今天, 暴露; but not 高兴 or 春燕."""
    tag = tags().get(name, "nr")
    return name in TITLES or (not tag.startswith("nr") and name[0] not in COMMON and not _TITLE.search(name))


def is_no_word(name: str) -> bool:
    """Tell whether a name of two signs, 小李 as well, can be looked for anywhere because it is no word."""
    if _NICKNAME.fullmatch(name):
        return name not in NO_PERSONS
    return (name[0] in COMMON or name[0] in "小老阿") and not _is_common_word(name) and name[1] not in STOP


def _known(name: str) -> bool:
    return tags().get(name, "").startswith("nr")
