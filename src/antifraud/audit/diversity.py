"""How varied the language of a set is: distinct-n, self-BLEU-4, reuse of openings.

Tokens are jieba words without punctuation. Calibrated on the released dialogues, whose figures (fraud / normal) are
distinct-2 .325 / .397, self-BLEU-4 69.4 / 64.9, ten stems 27.5 / 30.3 %, first line verbatim 1.5 / 52.6 %. Of the
sample of 300 + 200, words give distinct-2 .321 / .432 (34,705 tokens), characters .205 / .262; self-BLEU of words
65.0 (n = 300) and 55.7 (n = 200), growing by 7 a doubling, of characters 81.7 and 71.5; stems of 12 characters
without punctuation 27.3 / 38.0 %, of 8 characters 39.7 / 55.5 %. Shares of openings grow on small sets.
"""

from __future__ import annotations

import logging
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from tempfile import TemporaryDirectory
from typing import Any, Final

from antifraud.audit.texts import drawn, first_line, view
from antifraud.likeness.characters import bare
from antifraud.records import Dialogue, Record

BUDGET_TOKENS: Final = 50_000
BLEU_DIALOGUES: Final = 500
STEM_CHARACTERS: Final = 12
COMMONEST_STEMS: Final = 10
_BLEU_ORDER: Final = 4
_WORD = re.compile(r"\w")

Grams = Counter[tuple[str, ...]]


class Diversity(Record):
    """Figures of variety; those of a set that is smaller than the budget look better than they are."""

    tokens: int
    """Words that distinct-n was counted on, at most 50,000."""
    distinct_1: float
    distinct_2: float
    bleu_dialogues: int
    """Dialogues of self-BLEU, at most 500."""
    self_bleu_4: float | None
    """0 to 100; None for fewer than two dialogues."""
    verbatim_opening_share: float
    """Share of openings that another storyline has word for word; siblings share theirs on purpose."""
    top_stems_share: float
    """Share of openings that begin with one of the ten commonest stems of 12 characters."""
    top_stems: dict[str, int]


def diversity(dialogues: Sequence[Dialogue], seed: int) -> Diversity:
    """Measure at least one dialogue; which ones are read is drawn by the seed."""
    order = drawn(dialogues, seed)
    tokens, distinct = distinct_shares(_words_of(order), BUDGET_TOKENS)
    sample = order[: min(BLEU_DIALOGUES, len({dialogue.storyline for dialogue in dialogues}))]
    lines = [line for _, line in sorted({(dialogue.storyline, first_line(dialogue)) for dialogue in dialogues})]
    stems = Counter(bare(line)[:STEM_CHARACTERS] for line in lines).most_common(COMMONEST_STEMS)
    reused = sum(count for count in Counter(lines).values() if count > 1)
    return Diversity(
        tokens=tokens,
        distinct_1=distinct[0],
        distinct_2=distinct[1],
        bleu_dialogues=len(sample),
        self_bleu_4=self_bleu([words(view(dialogue, "full")) for dialogue in sample]),
        verbatim_opening_share=reused / len(lines),
        top_stems_share=sum(count for _, count in stems) / len(lines),
        top_stems=dict(stems),
    )


def words(text: str) -> list[str]:
    """Return the words of a text, without punctuation."""
    return [word for word in _tokenizer().lcut(text) if _WORD.match(word)]


@cache
def _tokenizer() -> Any:
    """Build the dictionary anew, which takes a second: jieba's cache lies where every user may write."""
    import jieba

    jieba.setLogLevel(logging.WARNING)  # it tells on stderr where it keeps its dictionary
    with TemporaryDirectory() as folder:
        tokenizer = jieba.Tokenizer()
        tokenizer.tmp_dir = folder
        tokenizer.initialize()
    return tokenizer


def distinct_shares(texts: Iterable[list[str]], budget: int) -> tuple[int, tuple[float, float]]:
    """Return the tokens read and the shares of different ones among all 1- and 2-grams; no gram crosses two texts."""
    read, totals = 0, [0, 0]
    seen: tuple[set[tuple[str, ...]], ...] = (set(), set())
    for tokens in texts:
        taken = tokens[: budget - read]
        read += len(taken)
        for size in (1, 2):
            grams = list(_grams(taken, size))
            totals[size - 1] += len(grams)
            seen[size - 1].update(grams)
        if read >= budget:
            break
    return read, (len(seen[0]) / max(1, totals[0]), len(seen[1]) / max(1, totals[1]))


def self_bleu(texts: Sequence[list[str]]) -> float | None:
    """Return the mean BLEU-4 of each text against all others, 0 to 100; without smoothing.

    Clipped counts need the largest count of an n-gram among the others: the two largest of all are kept, and whose
    the largest is.
    """
    if len(texts) < 2:
        return None
    logs, void = [0.0] * len(texts), [False] * len(texts)
    for size in range(1, _BLEU_ORDER + 1):
        for place, precision in enumerate(_precisions([Counter(_grams(text, size)) for text in texts])):
            void[place] |= precision == 0
            logs[place] += math.log(precision or 1) / _BLEU_ORDER
    scores = [
        0.0 if void[place] else math.exp(logs[place] + min(0.0, 1 - _nearest(texts, place) / len(texts[place])))
        for place in range(len(texts))
    ]
    return 100 * sum(scores) / len(scores)


def _precisions(counted: Sequence[Grams]) -> Iterator[float]:
    top: dict[tuple[str, ...], tuple[int, int, int]] = {}
    for place, grams in enumerate(counted):
        for gram, count in grams.items():
            first, owner, second = top.get(gram, (0, -1, 0))
            if count > first:
                top[gram] = (count, place, first)
            elif count > second:
                top[gram] = (first, owner, count)
    for place, grams in enumerate(counted):
        matched = 0
        for gram, count in grams.items():
            first, owner, second = top[gram]
            matched += min(count, second if owner == place else first)
        yield matched / max(1, grams.total())


def _nearest(texts: Sequence[list[str]], place: int) -> int:
    """Return the length of the other text that is nearest in length, the shorter of two."""
    own = len(texts[place])
    return min((abs(len(text) - own), len(text)) for other, text in enumerate(texts) if other != place)[1]


def _grams(tokens: Sequence[str], size: int) -> Iterable[tuple[str, ...]]:
    return zip(*(tokens[start:] for start in range(size)))


def _words_of(dialogues: Iterable[Dialogue]) -> Iterator[list[str]]:
    return (words(view(dialogue, "full")) for dialogue in dialogues)
