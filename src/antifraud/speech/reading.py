"""Written Mandarin becomes spoken Mandarin: marks, addresses and letters here, numbers next door.

Rules come first: they know a phone number, a code or a card from an amount. wetext reads what they leave: counts,
dates, times, percentages, units. It loads for a second, so a text without digits never reaches it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from antifraud.speech.numerals import DIGITS, characters, letters, number_rules

_SPEAKABLE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fffA-Za-z0-9]")
_WIDE = re.compile(r"[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a％＋－／＝＃＠＆．＄＿]|(?<=\d)：(?=\d)")
_TAG = re.compile(r"<[A-Za-z/!|][^<>]*>|[\[【][A-Za-z_][A-Za-z0-9_ ]*[\]】]")
_KEY = re.compile(r"[*#]号?键")
_AREA_CODE = re.compile(r"[(（](0\d{2,3})[)）]\s*(?=\d)")
_PAUSE = re.compile(
    r"—+|…+|\.{2,}|。{2,}|-{2,}|(?<!\d)[~～]+|[~～]+(?!\d)"
    r"|(?<=[\u4e00-\u9fff])-(?=[\u4e00-\u9fff])|[()（）{}<>|\[\]【】\n\r\t]+"
)
_REFUSED = re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fffA-Za-z0-9，。！？、；： ,.!?;:%+/@&$￥¥~～×*=℃°_-]")

_EMAIL = re.compile(r"([A-Za-z0-9][\w.+-]*)@((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})", re.ASCII)
_URL = re.compile(r"(?:https?://)?((?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,})(?::\d+)?(?:/[\w./?=&%-]*)?", re.ASCII)
_FOR_WETEXT = re.compile(r"[0-9℃°]")

_SAID = {"〇": "零", "≥": "大于等于", "≤": "小于等于", "≈": "约", "±": "正负"}
_MARKS = str.maketrans(
    {",": "，", "!": "！", "?": "？", ";": "；", ":": "：", "@": "艾特", "&": "和", "+": "加", "/": "，"}
)
_LEFT_OVER = re.compile(r"[^\u3400-\u4dbf\u4e00-\u9fffA-Za-z，。！？、；： ]")
_USELESS_SPACE = re.compile(r"(?<![A-Za-z]) +| +(?![A-Za-z])")
_MARKS_AT_AN_END = re.compile(r"[，、；：]*([。！？])[，。！？、；：]*")
_MARKS_IN_A_ROW = re.compile(r"[，、；：]{2,}")


def speakable(text: str) -> bool:
    """Return whether anything of `text` can be said."""
    return _SPEAKABLE.search(_cleaned(text)) is not None


def spoken(text: str) -> str:
    """Return `text` as it is said; '' where nothing of it can be said.

    The result holds hanzi, Latin words or single letters, spaces between letters, and the marks ，。！？、；：.
    A 1 among digits that are said one by one is 幺; a dash or dots become a short pause.
    """
    clean = _cleaned(text)
    if not _SPEAKABLE.search(clean):
        return ""
    read = number_rules(_addresses(clean))
    if _FOR_WETEXT.search(read):
        read = str(_wetext().normalize(read))
    return _tidied(letters(read))


@cache
def _wetext() -> Any:
    import wetext

    return wetext.Normalizer(lang="zh", operator="tn")


def _cleaned(text: str) -> str:
    """Return `text` without tags, brackets, emoji and controls; what stood between brackets stays, with pauses."""
    text = _WIDE.sub(_narrow, "".join(map(_plain, text)))
    text = _KEY.sub(lambda match: "星号键" if match[0][0] == "*" else "井号键", text)
    text = _AREA_CODE.sub(r"\1-", _TAG.sub("", text))
    return _REFUSED.sub("", _PAUSE.sub("，", text))


def _narrow(match: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", match[0])


def _plain(character: str) -> str:
    """Return ② as 2, Ⅷ as VIII and 〇 as 零; all else as it is."""
    if character in _SAID:
        return _SAID[character]
    if unicodedata.category(character) in ("No", "Nl"):
        return unicodedata.normalize("NFKC", character)
    return character


def _addresses(text: str) -> str:
    """Return `text` with mail and web addresses as they are dictated; the path of a web address is left out."""
    text = _EMAIL.sub(lambda match: f"{characters(match[1])}艾特{_host(match[2])}", text)
    return _URL.sub(lambda match: _host(match[1]), text)


def _host(host: str) -> str:
    return "点".join(map(characters, host.split(".")))


def _tidied(text: str) -> str:
    """Return `text` with nothing but what `spoken` promises, one mark at a time, and none at its start."""
    text = _LEFT_OVER.sub("", text.translate(DIGITS).translate(_MARKS))
    text = _USELESS_SPACE.sub("", text)
    text = _MARKS_IN_A_ROW.sub("，", _MARKS_AT_AN_END.sub(r"\1", text))
    return text.strip("，、；： ").lstrip("。！？，")
