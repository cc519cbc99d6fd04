"""Which part of a dialogue a figure looks at, and in which order dialogues are drawn for it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Final, Literal

from antifraud.labels import Speaker
from antifraud.records import Dialogue, Turn

View = Literal["full", "caller", "callee", "first_caller_turn", "first_two_exchanges"]
VIEWS: Final[tuple[View, ...]] = ("full", "caller", "callee", "first_caller_turn", "first_two_exchanges")

_OPENING_EXCHANGES = 2


def view(dialogue: Dialogue, part: View) -> str:
    """Return a part of a dialogue, one turn a line; empty where nobody of that side speaks."""
    return "\n".join(turn.text for turn in _turns(dialogue, part))


def first_line(dialogue: Dialogue) -> str:
    """Return the first turn of the caller, empty where there is none."""
    return view(dialogue, "first_caller_turn")


def floor_turns(dialogue: Dialogue) -> list[Turn]:
    """Return the turns that take the floor: all but back-channels spoken under the other's turn."""
    return [turn for turn in dialogue.turns if not turn.is_backchannel]


def drawn(dialogues: Sequence[Dialogue], seed: int) -> list[Dialogue]:
    """Return the dialogues in an order drawn by a seed: one of each storyline first, then the second of each, …

    Calls of a storyline share an opening on purpose; figures of variety on a sample are not to count that as
    repetition before every storyline has been heard.
    """
    rng = Random(f"{seed}:audit")
    order = list(range(len(dialogues)))
    rng.shuffle(order)
    heard: dict[str, int] = {}
    rank: dict[int, int] = {}
    for place in order:
        name = dialogues[place].storyline
        rank[place] = heard[name] = heard.get(name, -1) + 1
    return [dialogues[place] for place in sorted(order, key=rank.__getitem__)]


def _turns(dialogue: Dialogue, part: View) -> Sequence[Turn]:
    match part:
        case "caller" | "callee":
            return [turn for turn in dialogue.turns if turn.speaker is Speaker(part)]
        case "first_caller_turn":
            return [turn for turn in dialogue.turns if turn.speaker is Speaker.CALLER][:1]
        case "first_two_exchanges":
            return _first_exchanges(dialogue)
        case _:
            return dialogue.turns


def _first_exchanges(dialogue: Dialogue) -> Sequence[Turn]:
    """Return the turns before the caller takes the floor for the third time; back-channels take no floor."""
    begun = 0
    last: Speaker | None = None
    for place, turn in enumerate(dialogue.turns):
        if turn.is_backchannel:
            continue
        if turn.speaker is Speaker.CALLER and last is not Speaker.CALLER:
            begun += 1
            if begun > _OPENING_EXCHANGES:
                return dialogue.turns[:place]
        last = turn.speaker
    return dialogue.turns
