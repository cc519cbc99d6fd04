"""Telephone numbers, ids, cards, QQ and account numbers in texts, in digits or spoken, also over several turns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Final

from antifraud.privacy.cues import NOBODYS, REACH, Cue, cue_before
from antifraud.privacy.digit_runs import Group, runs, value
from antifraud.privacy.kinds import Kind, Mention, Place
from antifraud.privacy.validity import looks_like_national_id, number_kind
from antifraud.privacy.windows import pick

_OF_VALID: Final = {"mobile": Kind.MOBILE, "landline": Kind.LANDLINE, "national_id": Kind.ID_CARD}
_OLD_ID = re.compile(r"[1-8]\d{5}\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}")
"""Ids of 15 digits, issued until 1999."""
_LOCAL = re.compile(r"[2-8]\d{6,7}")
_QQ = re.compile(r"[1-9]\d{4,10}")
_CARD_LENGTHS: Final = range(15, 20)
_ACCOUNT_LENGTHS: Final = range(6, 21)
_BANK_ACCOUNT_LENGTHS: Final = range(8, 31)
_LETTERS = re.compile(r"(?:[A-Za-z]{1,6}[- ]?)?$")
_FEWEST_DIGITS: Final = 5
_TRAIL = re.compile(r"[\s，,、。.！!…—-]*(?:嗯|啊|然后|呢)?[\s，,。…]*")
_LEAD = re.compile(r"[\s，,、…]*(?:(?:嗯|呃|啊|对|哦|然后|后面是?|接着是?|再来|剩下的?是?)[\s，,、…]*){0,3}")
_LONGEST_ANSWER: Final = 8
"""Characters of what the other says while a number is being told (嗯, 好的, 您继续说); a design choice."""
_MOST_PIECES: Final = 5


def number_mentions(texts: Sequence[str]) -> Iterator[Mention]:
    """Yield the numbers of a call, each turn a text: those told over turns, then valid ones, then those called so."""
    runs_of = [list(runs(text)) for text in texts]
    told = list(_over_turns(texts, runs_of))
    yield from told
    used = {(at.turn, at.start) for mention in told for at in mention.places}
    left: list[tuple[int, list[Group]]] = []
    for turn, found in enumerate(runs_of):
        for groups in found:
            if (turn, groups[0][0].start) in used:
                continue
            rest = groups
            for kind, number in pick(groups, partial(_valid, texts, turn)):
                place = rest.index(number[0])
                left.append((turn, rest[:place]))
                rest = rest[place + len(number) :]
                if isinstance(kind, Kind):
                    yield _mention(texts, turn, kind, number)
            left.append((turn, rest))
    for turn, groups in left:
        if groups and len(value(groups)) >= _FEWEST_DIGITS:
            for named, number in pick(groups, partial(_called, texts, turn)):
                yield _mention(texts, turn, named, number)


def _cue(texts: Sequence[str], turn: int, groups: list[Group]) -> Cue:
    """Return what is said before a number, in the turn or in the one before."""
    start = groups[0][0].start
    before = texts[turn - 1] if turn and start < REACH else ""
    return cue_before(f"{before}\n{texts[turn]}", len(before) + 1 + start)


def _mention(texts: Sequence[str], turn: int, kind: Kind, groups: list[Group]) -> Mention:
    """Return a number with the sign of a country code or the bracket of an area code before it."""
    start = groups[0][0].start
    opening = start - 1 if start and texts[turn][start - 1] in "+＋(（" else start
    if kind is Kind.ACCOUNT:
        opening = start - len(_LETTERS.search(texts[turn], 0, start)[0])  # type: ignore[index]
    return Mention(kind, (Place(turn, opening, groups[-1][-1].end),))


def _valid(texts: Sequence[str], turn: int, groups: list[Group]) -> Kind | str | None:
    return _strict(value(groups), _cue(texts, turn, groups))


def _called(texts: Sequence[str], turn: int, groups: list[Group]) -> Kind | None:
    if len(groups) > 1 and len(value(groups[-1:])) == 1:
        return None  # what is counted after a number, as in 77889900，3天
    return _loose(value(groups), _cue(texts, turn, groups))


def _strict(digits: str, cue: Cue) -> Kind | str | None:
    """Return the kind of a number; a plain string for a number that is nobody's, so that no part of it is taken."""
    kind = number_kind(digits)
    if kind is None or kind == "service_number":
        return kind
    if kind == "national_id":
        return Kind.ID_CARD
    if cue in NOBODYS:
        return "code"
    if cue == "account":
        return Kind.ACCOUNT
    if kind == "bank_card":
        return Kind.BANK_CARD if cue == "card" or digits.startswith("62") else None
    return _OF_VALID[kind]


def _loose(digits: str, cue: Cue) -> Kind | None:
    """Return what a number is because it is called so, whatever its check digit says."""
    if cue not in NOBODYS and looks_like_national_id(digits):
        return Kind.ID_CARD
    if cue == "id" and _OLD_ID.fullmatch(digits):
        return Kind.ID_CARD
    if cue == "card" and digits.isdigit():
        if len(digits) in _CARD_LENGTHS:
            return Kind.BANK_CARD
        return Kind.ACCOUNT if len(digits) in _BANK_ACCOUNT_LENGTHS else None
    if cue == "qq" and _QQ.fullmatch(digits):
        return Kind.QQ
    if cue == "account" and len(digits) in _ACCOUNT_LENGTHS:
        return Kind.ACCOUNT
    return Kind.LANDLINE if cue == "landline" and _LOCAL.fullmatch(digits) else None


def _over_turns(texts: Sequence[str], runs_of: list[list[list[Group]]]) -> Iterator[Mention]:
    """Yield numbers that begin at the end of one turn and go on at the beginning of later ones."""
    done: set[int] = set()
    for turn, text in enumerate(texts):
        tail = runs_of[turn][-1] if runs_of[turn] else None
        if turn in done or tail is None or not _TRAIL.fullmatch(text, tail[-1][-1].end):
            continue
        cue = _cue(texts, turn, tail)
        if any(isinstance(kind, Kind) for kind, _ in pick(tail, partial(_valid, texts, turn))):
            continue
        pieces = [(turn, tail)]
        best: tuple[Kind, int] | None = None
        for later, run in _continuations(texts, runs_of, turn):
            pieces.append((later, run))
            digits = "".join(value(groups) for _, groups in pieces)
            kind = _strict(digits, cue)
            if kind is None and _strict(value(run), "none") is None:
                kind = _loose(digits, cue)
            if isinstance(kind, Kind):
                best = kind, len(pieces)
        if best:
            kind, count = best
            done.update(place for place, _ in pieces[:count])
            yield Mention(kind, tuple(Place(at, run[0][0].start, run[-1][-1].end) for at, run in pieces[:count]))


def _continuations(
    texts: Sequence[str], runs_of: list[list[list[Group]]], turn: int
) -> Iterator[tuple[int, list[Group]]]:
    """Yield the runs that later turns begin with, as long as the talk is about nothing else."""
    quiet = 0
    last = value(runs_of[turn][-1])
    found = 0
    for later in range(turn + 1, len(texts)):
        run = runs_of[later][0] if runs_of[later] else None
        if run and _LEAD.fullmatch(texts[later], 0, run[0][0].start) and value(run) != last:
            yield later, run
            last, found, quiet = value(run), found + 1, 0
            if found == _MOST_PIECES or not _TRAIL.fullmatch(texts[later], run[-1][-1].end):
                return
            continue
        is_echo = run is not None and value(run) == last
        quiet += 1
        if quiet > 2 or not (is_echo or (run is None and len(texts[later]) <= _LONGEST_ANSWER)):
            return
