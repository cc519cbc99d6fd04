"""How many dialogues carry a defect of their words, of their form, or a value outside its closed set."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from antifraud.defects import TEXT_DEFECTS, Defect, Oddity, api_error, order_defects, text_defects
from antifraud.labels import RejectReason
from antifraud.records import Dialogue, Record

_DIGITS = re.compile(r"[0-9]")
_SHOWN_OF_A_KIND: Final = 3


class Example(Record):
    """One defect and where it stands."""

    id: str
    kind: str
    detail: str


class Defects(Record):
    """Shares of dialogues, each counted once a kind."""

    any_text_share: float
    """Dialogues with any defect of their words."""
    text_shares: dict[str, float]
    form_shares: dict[str, float]
    """Two turns of one side in a row, the callee speaks first."""
    arabic_digits_share: float
    """No defect: numbers are written as digits."""
    out_of_set_share: float
    """Dialogues of foreign files with a value outside its closed set."""
    out_of_set_values: dict[str, int]
    """Dialogues by field=value, commonest first."""
    unreadable: int
    """Lines that are no dialogue, or without a known label; they are in no other figure."""
    repeated_id_share: float
    """Dialogues whose id in their own file is also another's."""
    examples: tuple[Example, ...]


def defects(dialogues: Sequence[Dialogue], oddities: Sequence[Oddity] = ()) -> Defects:
    """Count the defects of at least one dialogue.

    Args:
        oddities: what a lenient reader found outside the closed sets while it read these dialogues.
    """
    counts, with_text_defect = Counter[RejectReason](), 0
    examples: list[Example] = []
    for dialogue in dialogues:
        kinds: dict[RejectReason, str] = {}
        for reason, detail in _all_of(dialogue):
            kinds.setdefault(reason, detail)
        with_text_defect += not TEXT_DEFECTS.isdisjoint(kinds)
        for reason, detail in kinds.items():
            counts[reason] += 1
            if counts[reason] <= _SHOWN_OF_A_KIND:
                examples.append(Example(id=dialogue.id, kind=reason, detail=detail))
    shares = {str(reason): count / len(dialogues) for reason, count in counts.most_common()}
    outside = [oddity for oddity in oddities if oddity.is_readable]
    values = Counter(f"{oddity.field}={oddity.value}" for oddity in outside)
    return Defects(
        any_text_share=with_text_defect / len(dialogues),
        text_shares={kind: share for kind, share in shares.items() if kind in TEXT_DEFECTS},
        form_shares={kind: share for kind, share in shares.items() if kind not in TEXT_DEFECTS},
        arabic_digits_share=sum(map(_has_digits, dialogues)) / len(dialogues),
        out_of_set_share=len({oddity.id for oddity in outside}) / len(dialogues),
        out_of_set_values=dict(values.most_common()),
        unreadable=len(oddities) - len(outside),
        repeated_id_share=_repeated_ids(dialogues) / len(dialogues),
        examples=tuple(sorted(examples, key=lambda example: example.kind)),
    )


def _all_of(dialogue: Dialogue) -> Iterator[Defect]:
    yield from text_defects(dialogue.turns)
    if found := api_error(dialogue.ending.reason):
        yield RejectReason.API_ERROR, f"the reason of the ending holds {found!r}"
    if dialogue.turns:
        yield from order_defects(dialogue.turns)


def _has_digits(dialogue: Dialogue) -> bool:
    return any(_DIGITS.search(turn.text) for turn in dialogue.turns)


def _repeated_ids(dialogues: Sequence[Dialogue]) -> int:
    """Count by the id in the file that a dialogue was imported from, else by its own."""
    ids = Counter(
        dialogue.provenance.parents[:1] if dialogue.provenance.engine == "import" else (dialogue.id,)
        for dialogue in dialogues
    )
    return sum(count for name, count in ids.items() if name and count > 1)
