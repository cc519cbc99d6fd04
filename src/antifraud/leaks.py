"""What may not stand on two sides of a split, and what may stand on none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal

import numpy as np

from antifraud.errors import Leak
from antifraud.likeness.near_pairs import NearPair, near_pairs
from antifraud.lineage import Lineage
from antifraud.privacy.handles import handles
from antifraud.privacy.kinds import Kind
from antifraud.privacy.windows import valid_numbers
from antifraud.records import Call

Side = Literal["train", "test", "bench"]
_OTHER_SEED: Final = 2
"""Of the sketches: what the grouping missed by chance, this does not."""
_RESERVED: Final = "example"
"""Surrogates of e-mail and web addresses lie under example.com (RFC 2606)."""


def refuse_leaks(seen: Lineage, sides: Sequence[Side], *, tested_apart: bool = False) -> None:
    """Look at calls where they went; how that was decided is not asked.

    Args:
        seen: the calls.
        sides: where each of them went.
        tested_apart: whether no voice may be heard in training and test.

    Raises:
        Leak: calls of one storyline, seed call or recording, nearly the same calls, or one voice that was to be kept
            apart are on two sides.
    """
    refuse_shared(seen, sides, tested_apart=tested_apart)
    numbers = {side: number for number, side in enumerate(sorted(set(sides)))}
    groups = np.array([numbers[side] for side in sides], np.int64)
    refuse_near(seen, sides, near_pairs(seen.texts, groups, seed=_OTHER_SEED))


def refuse_shared(seen: Lineage, sides: Sequence[Side], *, tested_apart: bool = False) -> None:
    """Look at storylines, origins and voices alone, as `refuse_leaks` does.

    Raises:
        Leak: one of them is on two sides.
    """
    names = _names(seen, sides)
    _refuse_shared(names, sides, ((each.storyline,) for each in seen.members), "are of one storyline")
    _refuse_shared(names, sides, (each.origins for each in seen.members), "come from one call or recording")
    if any(each.reserve for each in seen.members):
        benched = ["bench" if side == "bench" else "training" for side in sides]
        _refuse_shared(names, benched, (each.voices for each in seen.members), "share a voice kept for the benchmark")
    if tested_apart:
        outside = (() if side == "bench" else each.voices for each, side in zip(seen.members, sides, strict=True))
        _refuse_shared(names, sides, outside, "share a voice that was to be kept apart")


def refuse_near(seen: Lineage, sides: Sequence[Side], pairs: Iterable[NearPair]) -> None:
    """Look at near-duplicates that were found.

    Raises:
        Leak: a pair is on two sides.
    """
    names = _names(seen, sides)
    for pair in pairs:
        if sides[pair.one] != sides[pair.other]:
            _refuse(names[pair.one], names[pair.other], f"are nearly the same (Jaccard index {pair.jaccard:.2f})")


def _names(seen: Lineage, sides: Sequence[Side]) -> list[str]:
    return [f"{each.id} ({side})" for each, side in zip(seen.members, sides, strict=True)]


def _refuse_shared(names: Sequence[str], sides: Sequence[str], held: Iterable[Iterable[str]], what: str) -> None:
    first: dict[str, int] = {}
    for number, things in enumerate(held):
        for thing in things:
            earliest = first.setdefault(thing, number)
            if sides[earliest] != sides[number]:
                _refuse(names[earliest], names[number], f"{what} ({thing})")


def _refuse(one: str, other: str, what: str) -> None:
    raise Leak(
        f"{one} and {other} {what}, and would stand on two sides of the split; nothing was written."
        " Remove one of them from the calls, or run synthesize again."
    )


def refuse_personal(call: Call) -> None:
    """Look for numbers, addresses and ids in a call that is not synthetic.

    Raises:
        Leak: something in it could be somebody's.
    """
    if not call.synthetic and (found := next(_personal(call), None)):
        turn, kind = found
        raise Leak(
            f"{call.id}: turn {turn} of a real call holds personal data ({kind}); nothing was written."
            " Run ingest or anonymise on it, then synthesize again."
        )


def _personal(call: Call) -> Iterator[tuple[int, str]]:
    """Yield turn and kind of what could be somebody's; surrogates never are."""
    for turn in call.turns:
        yield from ((turn.index, kind) for kind, _ in valid_numbers(turn.text))
        for span in handles(turn.text):
            is_reserved = _RESERVED in turn.text[span.start : span.end]
            if span.kind is Kind.WECHAT or (span.kind in (Kind.EMAIL, Kind.URL) and not is_reserved):
                yield turn.index, span.kind


def heard_on_both(seen: Lineage, sides: Sequence[Side], one: Side, *others: Side) -> list[str]:
    """Return the voices that are heard on one side and on any of the others."""
    heard: dict[bool, set[str]] = {True: set(), False: set()}
    for each, side in zip(seen.members, sides, strict=True):
        if side == one or side in others:
            heard[side == one].update(each.voices)
    return sorted(heard[True] & heard[False])
