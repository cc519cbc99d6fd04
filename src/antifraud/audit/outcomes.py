"""How a call ended: as its record tells, or guessed where a foreign file gives no outcome but a reason in words.

A guess reads `termination_reason` alone, which a model wrote: indicative, no more. Calibrated on the 300 fraud calls
of the reference sample, of which it finds 36 % complied, 26 % refused, 38 % undecided, and V = .46 with awareness; a
hand-checked heuristic on all 7,507 gave 28.5, 34.8, 34.4 % and .42.
"""

from __future__ import annotations

import re
from typing import Final

from antifraud.labels import Outcome
from antifraud.records import Dialogue

_COMPLIED: Final = re.compile(
    r"已经?(?:提供|同意|表示愿意|表示同意|表现出愿意)|(?:表示|表现出)愿意|诈骗已?经?明显成功|成功(?:获取|引导)"
    r"|同意(?:支付|提供|转账|了|当面)|提供了?[^，。]{0,12}后"
)
_NOT_SO: Final = re.compile(r"未果|没有提供|未提供|不愿|无法成功")
_REFUSED: Final = re.compile(r"拒绝|识破|警惕|警觉|不信任|防范意识|明显的怀疑")


def outcome_of(dialogue: Dialogue) -> tuple[Outcome, bool]:
    """Return the outcome and whether it was guessed; UNKNOWN where nothing tells, and for lawful calls of others."""
    outcome, reason = dialogue.ending.outcome, dialogue.ending.reason
    if outcome is not Outcome.UNKNOWN or not dialogue.is_fraud or not reason:
        return outcome, False
    if _COMPLIED.search(reason) and not _NOT_SO.search(reason):
        return Outcome.COMPLIED, True
    return (Outcome.REFUSED if _REFUSED.search(reason) else Outcome.UNRESOLVED), True
