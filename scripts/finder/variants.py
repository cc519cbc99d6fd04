"""Lines like a given one: other values, in other forms; a number told over several turns."""

from __future__ import annotations

from collections import Counter
from random import Random

from values import DRAWN, person

from antifraud.numerals import DIGITS
from antifraud.privacy.labelled_lines import LabelledLine, Spot

_NUMBERS = frozenset(("mobile", "landline", "id_card", "bank_card", "qq", "account"))
_WHOLE = {
    "mobile": 7,
    "landline": 7,
    "id_card": 15,
    "bank_card": 12,
    "qq": 5,
    "account": 6,
    "plate": 6,
    "email": 7,
    "url": 6,
    "wechat": 5,
    "birth_date": 5,
    "address": 5,
    "employer": 3,
}
"""Signs from which a value is taken for a whole one, not for a piece of it."""
_OTHER_FORM = 0.7
_OVER_TURNS = 0.25
_ENDS = ("。", "。", "。", "？", "！", "，", "…")
_STOPPED = 0.5
"""Share of variants whose turns end in a stop, as some recognisers and all writers have it."""
_ANSWERS = ("嗯", "好", "对", "嗯，你说", "继续", "嗯嗯", "好的", "然后呢", "您说", "等下我记", "")


def variant(rng: Random, line: LabelledLine) -> LabelledLine:
    """Return the line with other values, the same instead of the same."""
    seen: dict[str, str] = {}
    count = Counter(kind for spans in line.spans for _, _, kind in spans)
    turns, spots = [], []
    is_stopped = rng.random() < _STOPPED
    for text, spans in zip(line.turns, line.spans):
        new, place, moved = "", 0, []
        for start, end, kind in spans:
            new += text[place:start]
            said = text[start:end]
            if said not in seen:
                seen[said] = _other(rng, said, kind, is_lone=count[kind] == 1)
            moved.append((len(new), len(new) + len(seen[said]), kind))
            new, place = new + seen[said], end
        new += text[place:]
        turns.append(new + rng.choice(_ENDS) if is_stopped and new[-1:].isalnum() else new)
        spots.append(tuple(moved))
    if len(turns) == 1 and rng.random() < _OVER_TURNS:
        return _over_turns(rng, turns[0], spots[0])
    return LabelledLine(tuple(turns), tuple(spots))


def _other(rng: Random, said: str, kind: str, *, is_lone: bool) -> str:
    if kind == "person":
        return person(rng, said)
    if is_lone and len(said) >= _WHOLE[kind] and rng.random() < _OTHER_FORM:
        return DRAWN[kind](rng)
    return "".join(_other_digit(rng, sign) for sign in said) if kind in _NUMBERS or kind == "plate" else said


def _other_digit(rng: Random, sign: str) -> str:
    if sign in "23456789":
        return rng.choice("0123456789")
    if sign in DIGITS:
        return rng.choice(DIGITS)
    return rng.choice("幺二三四五六七八九零") if sign == "幺" else sign


def _over_turns(rng: Random, text: str, spans: tuple[Spot, ...]) -> LabelledLine:
    """Return a line whose number is told in two or three turns, with a word or an echo of the other side between."""
    long = [span for span in spans if span[2] in _NUMBERS and span[1] - span[0] >= _WHOLE["mobile"]]
    if not long:
        return LabelledLine((text,), (spans,))
    start, end, kind = rng.choice(long)
    number = text[start:end]
    cuts = sorted(rng.sample(range(2, len(number) - 1), rng.choice((1, 1, 2))))
    pieces = [piece for a, b in zip([0, *cuts], [*cuts, len(number)]) if (piece := number[a:b].strip(" -，"))]
    turns: list[str] = []
    spots: list[tuple[Spot, ...]] = []
    for at, piece in enumerate(pieces):
        is_last = at == len(pieces) - 1
        before = text[:start] if at == 0 else rng.choice(("", "", "嗯", "然后", "后面", "再"))
        told = (len(before), len(before) + len(piece), kind)
        earlier = [span for span in spans if span[1] <= start] if at == 0 else []
        shift = told[1] - end
        later = [(a + shift, b + shift, other) for a, b, other in spans if a >= end] if is_last else []
        turns.append(before + piece + (text[end:] if is_last else rng.choice(("", "，", ""))))
        spots.append((*earlier, told, *later))
        if not is_last:
            _answer(rng, piece, kind, turns, spots)
    return LabelledLine(tuple(turns), tuple(spots))


def _answer(rng: Random, piece: str, kind: str, turns: list[str], spots: list[tuple[Spot, ...]]) -> None:
    """Add what the other side says to a piece: an echo, a word or nothing."""
    if rng.random() < 0.4:
        before, after = rng.choice(("", "嗯，", "好，")), rng.choice(("", "，嗯", "，然后呢", "，继续"))
        turns.append(before + piece + after)
        spots.append(((len(before), len(before) + len(piece), kind),))
    elif answer := rng.choice(_ANSWERS):
        turns.append(answer)
        spots.append(())
