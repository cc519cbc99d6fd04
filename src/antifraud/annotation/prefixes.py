"""Labels for the beginnings of a call: what a listener can know after so many turns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from antifraud.records import Call, Prefix


def prefixes(call: Call, cuts: Iterable[float]) -> tuple[Prefix, ...]:
    """Return the beginnings of a call that end where a turn ends, the whole call last.

    A label is known from the end of the decisive turn on. A call without one, as an everyday call, shows what it is
    by what never comes, so that its label stays open until the whole is heard.

    Args:
        cuts: shares of the length of the call; the turn that is spoken there is heard to its end.
    """
    ends = [segment.end_seconds for segment in sorted(call.segments, key=lambda segment: segment.turn)]
    wanted = dict.fromkeys(_heard_by(call, ends, cuts))
    return (*(_prefix(call, ends, turns) for turns in wanted), _whole(call, ends))


def _heard_by(call: Call, ends: list[float], cuts: Iterable[float]) -> Iterator[int]:
    for cut in sorted(cuts):
        turns = next((at for at, end in enumerate(ends, 1) if end >= cut * call.duration_seconds), len(ends))
        if turns < len(ends):
            yield turns


def _prefix(call: Call, ends: list[float], turns: int) -> Prefix:
    is_decided = call.decisive is not None and call.decisive.turn < turns
    return Prefix(
        turns=turns,
        seconds=max(ends[:turns]),
        stage="late" if is_decided else "early",
        is_fraud=call.is_fraud if is_decided else None,
    )


def _whole(call: Call, ends: list[float]) -> Prefix:
    return Prefix(turns=len(ends), seconds=max(ends), stage="complete", is_fraud=call.is_fraud)
