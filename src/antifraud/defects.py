"""What can be wrong with the form and the words of a dialogue; one copy for whoever writes, takes in or audits them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from antifraud.labels import RejectReason, Speaker
from antifraud.records import Turn

Defect = tuple[RejectReason, str]

MIN_TURNS = 3
"""One exchange is no call; 19 % of the released fraud dialogues are."""
MAX_TURNS = 200

_KNOWN_WORDS = "app apps vip etc nfc wifi ok kg km pos atm sim ktv gps id pdf usb hdmi gb mb mp logo pro"
KNOWN_LETTERS = frozenset([*_KNOWN_WORDS.split(), *"abcdefghijklmnopqrstuvwyz"])
"""Latin words that people say on a Chinese phone; single letters too (T恤, A座), but for x, which is a blank."""

TEXT_RULES: Final[tuple[tuple[RejectReason, re.Pattern[str]], ...]] = (
    (RejectReason.CONTROL_TOKEN, re.compile(r"##|<\||\|>|ENDCALL|TERMINATE|endofprompt", re.I)),
    (RejectReason.UNFILLED_SLOT, re.compile(r"\{[^}]*\}|<[^>]*>|\$\{")),
    (
        RejectReason.PLACEHOLDER,
        re.compile(
            r"某某|某(?=先生|女士|公司|银行|人|小姐|经理|市|路|区|酒店)|[XxＸ×✕]{2,}|\*{2,}|_{2,}|[\[【][^\]】]*[\]】]|○{2,}|[。.…]{7,}"
        ),
    ),
    (RejectReason.STAGE_DIRECTION, re.compile(r"[（(][^）)]*[）)]|^\s*(?:旁白|主叫|被叫|客服|用户|骗子)\s*[:：]")),
    (RejectReason.MARKUP, re.compile(r"[*#`~|\\]|^\s*[-•]\s|https?://|\n")),
)
_API_ERROR = re.compile(r"(?<![A-Za-z])(?:API|error|exception|traceback|rate limit|time ?out)(?![A-Za-z])", re.I)
_LETTERS = re.compile(r"[A-Za-z]+")
_FEWEST_LEAKED_LETTERS = 4
"""Small letters of a word that is taken for English rather than a brand or an abbreviation; calibrated on the
released dialogues, of which 2.8 % (fraud) and 1.9 % (normal) leak English: 3.3 and 2.5 % of the sample."""
_SPEAKABLE = re.compile(r"[\u3400-\u9fff0-9]")

TEXT_DEFECTS: Final = frozenset(
    {
        *(reason for reason, _ in TEXT_RULES),
        RejectReason.FOREIGN_LETTERS,
        RejectReason.ENGLISH_LEAK,
        RejectReason.API_ERROR,
        RejectReason.EMPTY_TURN,
    }
)
"""Defects of the words themselves; the others are of the form of a call."""


def form_defects(turns: tuple[Turn, ...]) -> Iterator[Defect]:
    """Yield what is wrong with the number and the order of turns."""
    if len(turns) < MIN_TURNS:
        yield RejectReason.TOO_SHORT, f"{len(turns)} turns; expected at least {MIN_TURNS}"
        return
    if len(turns) > MAX_TURNS:
        yield RejectReason.TOO_LONG, f"{len(turns)} turns; expected at most {MAX_TURNS}"
    yield from order_defects(turns)


def order_defects(turns: tuple[Turn, ...]) -> Iterator[Defect]:
    """Yield where the wrong side speaks; `turns` holds at least one."""
    if turns[0].speaker is not Speaker.CALLER:
        yield RejectReason.WRONG_OPENING, "the callee speaks first"
    for before, after in pairwise(turns):
        if before.speaker is after.speaker and not before.is_backchannel and not after.is_backchannel:
            yield RejectReason.DOUBLE_TURN, f"turns {before.index} and {after.index} are both the {after.speaker}'s"


def text_defects(turns: Iterable[Turn]) -> Iterator[Defect]:
    """Yield everything wrong with the words of some turns, turn by turn."""
    for turn in turns:
        for reason, pattern in TEXT_RULES:
            if found := pattern.search(turn.text):
                yield reason, f"turn {turn.index} holds {found[0]!r}"
        if word := next(unknown_words(turn.text), None):
            yield RejectReason.FOREIGN_LETTERS, f"turn {turn.index} holds {word!r}"
        if leak := english_leak(turn.text):
            yield RejectReason.ENGLISH_LEAK, f"turn {turn.index} holds {leak!r}"
        if message := api_error(turn.text):
            yield RejectReason.API_ERROR, f"turn {turn.index} holds {message!r}"
        if not _SPEAKABLE.search(turn.text):
            yield RejectReason.EMPTY_TURN, f"turn {turn.index} has nothing to say: {turn.text!r}"


def unknown_words(text: str) -> Iterator[str]:
    """Yield the Latin words of a text that nobody says on a Chinese phone."""
    return (word for word in _LETTERS.findall(text) if word.lower() not in KNOWN_LETTERS)


def english_leak(text: str) -> str | None:
    """Return the first English word that slipped in where Chinese should stand, or None."""
    leaked = (word for word in unknown_words(text) if word.islower() and len(word) >= _FEWEST_LEAKED_LETTERS)
    return next((word for word in leaked if set(word) != {"x"}), None)


def api_error(text: str) -> str | None:
    """Return what shows that a service's error message stands where speech should, or None."""
    found = _API_ERROR.search(text)
    return found[0] if found else None


@dataclass(frozen=True)
class Oddity:
    """A value in a foreign file outside its closed set, or a line that is no dialogue at all."""

    id: str
    field: str
    value: str
    is_readable: bool = True
