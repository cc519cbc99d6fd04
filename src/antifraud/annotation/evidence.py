"""Quotes: how one is taken from a turn, and the check that none was made up."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from antifraud.labels import Act, Speaker
from antifraud.records import Evidence, Round, Turn, TurnSound

QUOTED = re.compile(r"“([^”]*)”")
LONGEST_QUOTE = 36
MEASURED_WITHIN = 0.05
"""Of a measure, in its unit: what a rationale may round off."""
_SENTENCE = re.compile(r"[^。！？]+[。！？]?")
_FILLER = re.compile(r"^(?:(?:呃|嗯|啊|哎|欸|哦|噢|那个|这个|就是)[，…]+)+")
_CLAUSE = re.compile(r"[^，。！？…—]+")


def quote_from(text: str, cues: Iterable[str] = ()) -> str:
    """Return the part of a turn, at most 36 characters, that holds most of the cues; it occurs there word for word."""
    sentences = [part.strip() for part in _SENTENCE.findall(text) if _CLAUSE.search(part)]
    best: str = max(sentences or [text], key=lambda part: (_hits(part, cues), len(part)))
    best = _FILLER.sub("", best)
    if len(best) <= LONGEST_QUOTE:
        return best.rstrip("，。！？…—") or text
    clauses = list(_CLAUSE.finditer(best))
    first = max(range(len(clauses)), key=lambda at: (_hits(clauses[at][0], cues), -at))
    start, end = clauses[first].span()
    for clause in clauses[first + 1 :]:
        if clause.end() - start > LONGEST_QUOTE:
            break
        end = clause.end()
    return best[start : min(end, start + LONGEST_QUOTE)]


def evidence_of(
    turns: Sequence[Turn], speaker: Speaker, act: Act, cues: Iterable[str] = (), *, last: bool = False
) -> Evidence | None:
    """Return a quote from the first (or last) turn of a side that holds an act."""
    found = [turn for turn in turns if turn.speaker is speaker and act in turn.acts]
    if not found:
        return None
    turn = found[-1 if last else 0]
    return Evidence(turn=turn.index, quote=quote_from(turn.text, cues), act=act)


def unproven(
    rounds: Sequence[Round], turns: Sequence[Turn], sounds: Sequence[TurnSound] = (), *, loosely: bool = False
) -> str | None:
    """Return the first thing a rationale claims that the call does not hold, or None.

    Evidence must name a turn that exists, quote it word for word, name an act it has and a measure as it was taken;
    every quotation in the thinking and the reason must be one of the evidence's.

    Args:
        loosely: quotations in the thinking are not looked at.
    """
    by_turn = {sound.turn: sound for sound in sounds}
    for round_ in rounds:
        for item in round_.evidence:
            if item.turn >= len(turns):
                return f"{round_.task}: turn {item.turn} does not exist"
            if item.quote not in turns[item.turn].text:
                return f"{round_.task}: turn {item.turn} does not say {item.quote!r}"
            acts = turns[item.turn].acts  # of a call from elsewhere nobody knows them
            if item.act is not None and acts and item.act not in acts:
                return f"{round_.task}: turn {item.turn} does not {item.act}"
            if item.measure is not None and _differs(item, by_turn.get(item.turn)):
                return f"{round_.task}: turn {item.turn} was not measured with {item.measure} {item.value}"
        known = {item.quote for item in round_.evidence}
        for quote in QUOTED.findall(round_.answer.reason if loosely else round_.think + round_.answer.reason):
            if quote not in known:
                return f"{round_.task}: {quote!r} is quoted without evidence"
        if not round_.evidence:
            return f"{round_.task}: no evidence"
    return None


def _differs(item: Evidence, sound: TurnSound | None) -> bool:
    measured = getattr(sound, item.measure) if sound is not None and item.measure is not None else None
    return measured is None or item.value is None or abs(measured - item.value) > MEASURED_WITHIN


def _hits(text: str, cues: Iterable[str]) -> int:
    return sum(cue in text for cue in cues)
