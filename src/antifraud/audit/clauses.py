"""A turn cut into sentences and clauses, without fillers and stammers, each traced to its literal words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PAUSE = "，,、：:…—～~ "
_FULL_STOP = "。？！；?!;\n"
_FILLER = re.compile(
    rf"(?:(?<=^)|(?<=[{_PAUSE}{_FULL_STOP}]))"
    rf"(?:呃|嗯|额|唔|啊|哎|唉|欸|哦|噢|喏|那个|这个|那什么|就是说|就是|怎么说呢|哈)+(?:[{_PAUSE}]+|$)"
)
_HUM = re.compile(r"[呃唔“”‘’「」\"]|(?<=[把您你])那个(?=您|你|把)")
_STAMMER = re.compile(
    rf"(?:^|(?<=[{_PAUSE}{_FULL_STOP}]))(.{{1,4}})[{_PAUSE}]+(?=\1)|(.{{1,4}})[…—]+(?=\2)|([把您你给到让])(?=\3)"
)
_DANGLING = re.compile(rf"(?<=[把将往让叫])[{_PAUSE}]+")
"""A pause after a word that cannot end a clause."""
_CUTS = re.compile(rf"[{_PAUSE}{_FULL_STOP}]+")
_NEW_SUBJECT = re.compile(
    r"(?<=[一-龥])(?<![让叫要用请烦需必得着给跟和问教求催劝逼议是怕说把为替帮到管对向等若果非信会能谁没还与骗及据])"
    r"(?:(?=您把|您就|您只|您直接|你把|你就|您现在|麻烦您|您先|您别|您念|您转|您报)|(?<=[台厅趟店])(?=把|念|转))"
)
"""Where a second clause may begin without a pause: 不用跑柜台|您把码念给我."""
_WHOLE = re.compile(r"不|别|甭|莫|没|用|让|叫|要是|谁|有人")
"""What the first of two such clauses holds; elsewhere 您 only takes up what stands before it."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a turn between two pauses."""

    text: str
    """What is said, without fillers."""
    start: int
    end: int
    """Where it stands in the turn, fillers included."""
    mark: str
    """The punctuation before it; empty at the start of the turn or where the speaker did not pause."""


def cut(text: str) -> list[list[Clause]]:
    """Return the sentences of a turn, each a list of clauses; empty stretches are left out."""
    kept = _without(_STAMMER, _without(_HUM, _without(_FILLER, list(range(len(text))), text), text), text)
    kept = _without(_DANGLING, kept, text)
    plain = "".join(text[at] for at in kept)
    sentences: list[list[Clause]] = [[]]
    for start, end, mark in _stretches(plain):
        if sentences[-1] and any(char in _FULL_STOP for char in mark):
            sentences.append([])
        sentences[-1].append(Clause(plain[start:end], kept[start], kept[end - 1] + 1, mark))
    return [sentence for sentence in sentences if sentence]


def _without(pattern: re.Pattern[str], kept: list[int], text: str) -> list[int]:
    """Return the places that are left when what a pattern matches is dropped."""
    plain = "".join(text[at] for at in kept)
    if not pattern.search(plain):
        return kept
    dropped = {at for match in pattern.finditer(plain) for at in range(*match.span())}
    return [place for at, place in enumerate(kept) if at not in dropped]


def _stretches(plain: str) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and the punctuation before, of every clause."""
    at, mark = 0, ""
    for stop in [*_CUTS.finditer(plain), None]:
        end = stop.start() if stop else len(plain)
        for border in [*_NEW_SUBJECT.finditer(plain, at, end), None]:
            to = border.start() if border else end
            if border and not _WHOLE.search(plain, at, to):
                continue
            if to > at:
                yield at, to, mark
                at, mark = to, ""
        if stop:
            at, mark = stop.end(), stop[0]
