"""Who is who: names of speakers become caller and callee."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from antifraud.intake.utterances import Unfit, Utterance
from antifraud.labels import Emotion, RejectReason, Speaker

NAMES: Final[dict[str, Speaker]] = {
    **dict.fromkeys(("left", "caller", "主叫", "主叫方", "来电", "来电方", "骗子", "诈骗者"), Speaker.CALLER),
    **dict.fromkeys(("right", "callee", "被叫", "被叫方", "接听", "接听方", "用户", "受害人"), Speaker.CALLEE),
}
"""Left is the caller, as in the files of TeleAntiFraud; 客服, 坐席 and 客户 call as often as they are called."""


@dataclass(frozen=True)
class Sides:
    """How sides are told apart where their names do not say it."""

    caller_channel: Literal["left", "right"] = "left"
    first_speaker: Speaker = Speaker.CALLER

    def of_channel(self, name: str) -> Speaker:
        """Return who is heard on the channel `left` or `right`; caller and callee are themselves."""
        if name in (Speaker.CALLER, Speaker.CALLEE):
            return Speaker(name)
        return Speaker.CALLER if name == self.caller_channel else Speaker.CALLEE


@dataclass(frozen=True)
class Line:
    """An utterance whose speaker is still a name or a number."""

    speaker: str
    text: str
    start: float | None = None
    end: float | None = None
    emotion: Emotion | None = None


def with_sides(lines: Sequence[Line], sides: Sides) -> tuple[Utterance, ...]:
    """Return the utterances of lines whose speakers are named or numbered.

    Raises:
        Unfit: there are not two speakers.
    """
    found = list(dict.fromkeys(line.speaker for line in lines))
    known = {name: side for name in found if (side := NAMES.get(name.strip().lower()))}
    strangers = [name for name in found if name not in known]
    if len({*known.values()}) + len(strangers) != len(Speaker):
        raise Unfit(RejectReason.NOT_TWO_SIDES, f"{len(found)} speakers; expected 2")
    if len(strangers) == 1:
        (taken,) = {*known.values()}
        known[strangers[0]] = other_side(taken)
    elif strangers:
        known |= dict(zip(strangers, (sides.first_speaker, other_side(sides.first_speaker)), strict=True))
    return tuple(Utterance(known[line.speaker], line.text, line.start, line.end, line.emotion) for line in lines)


def other_side(side: Speaker) -> Speaker:
    """Return who is on the other end."""
    return Speaker.CALLEE if side is Speaker.CALLER else Speaker.CALLER
