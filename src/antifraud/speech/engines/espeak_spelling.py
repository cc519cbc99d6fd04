"""What espeak-ng 1.52 misreads in Mandarin, written so that it does not.

Two kinds of syllables fall out of its Mandarin into its English voice, which then spells out their pinyin, digits
included: 点儿 becomes "dian three r five" in two seconds. Found because such utterances failed the rate gate; over
8,772 turns of real and generated dialogues and every hanzi of GB 2312 nothing else is left.
"""

from __future__ import annotations

import re

_ARTICLE = re.compile(r"(?<![A-Za-z])A(?= [A-Za-z])")
"""The first letter of A P P, taken for the English article; Mandarin names that letter 诶."""
_ERHUA = re.compile(r"(?<=[\u4e00-\u9fff])(?<![女婴幼孤胎少妻孩])儿(?![子童女媳科孙歌])")
"""A 儿 that colours the syllable before it; 而 is the same sound as a syllable of its own, the nearest there is."""
_IONG = {
    **dict.fromkeys("兄凶胸匈汹芎胷兇洶讻訩詾", "S;j'ong55"),
    **dict.fromkeys("熊雄", "S;j'ong35"),
    **dict.fromkeys("穷琼穹邛茕窮瓊蛩筇跫", "tS;hj'ong35"),
    "銎": "tS;hj'ong55",
    **dict.fromkeys("冂扃", "tS;j'ong55"),
    **dict.fromkeys("窘炯迥囧冏", "tS;j'ong214"),
}
"""Syllables in xiong, qiong and jiong, in espeak's phonemes; it takes those between double brackets."""
_IONG_HANZI = re.compile(f"[{''.join(_IONG)}]")


def spelled(text: str) -> str:
    """Return a text for espeak-ng; what stands between double brackets are phonemes."""
    text = _ERHUA.sub("而", _ARTICLE.sub("诶", text))
    return _IONG_HANZI.sub(lambda match: f"[[{_IONG[match[0]]}]]", text)
