"""Emotion and way of talking become what ChatTTS can be told: speed, oral, laugh and break.

ChatTTS documents the tokens [speed_0-9], [oral_0-9], [laugh_0-2] and [break_0-7] without saying how they sound; every
number here is a design choice. Neutral speech is speed 5, a little oral, breaks in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass

from antifraud.labels import Emotion

MOST_SPEED, MOST_ORAL, MOST_LAUGH, MOST_BREAK = 9, 9, 2, 7


@dataclass(frozen=True)
class Style:
    """The levels of ChatTTS's control tokens."""

    speed: int
    """0 to 9, 5 is neutral."""
    oral: int
    """0 to 9: how much it sounds like talk instead of reading."""
    laugh: int
    """0 to 2."""
    pause: int
    """0 to 7: how many breaks."""


@dataclass(frozen=True)
class _Feeling:
    speed: int
    """Added to the rate of the voice."""
    oral: int
    laugh: int
    most_laugh: int
    pause: int


_FEELINGS = {
    Emotion.NEUTRAL: _Feeling(speed=0, oral=2, laugh=0, most_laugh=0, pause=4),
    Emotion.PROFESSIONAL: _Feeling(speed=0, oral=0, laugh=0, most_laugh=0, pause=3),
    Emotion.URGENT: _Feeling(speed=2, oral=1, laugh=0, most_laugh=0, pause=1),
    Emotion.FEARFUL: _Feeling(speed=1, oral=4, laugh=0, most_laugh=0, pause=5),
    Emotion.CONFUSED: _Feeling(speed=-1, oral=5, laugh=0, most_laugh=0, pause=6),
    Emotion.SUSPICIOUS: _Feeling(speed=-1, oral=3, laugh=0, most_laugh=0, pause=5),
    Emotion.ANGRY: _Feeling(speed=1, oral=1, laugh=0, most_laugh=0, pause=2),
    Emotion.RELIEVED: _Feeling(speed=0, oral=3, laugh=1, most_laugh=2, pause=4),
    Emotion.SAD: _Feeling(speed=-2, oral=3, laugh=0, most_laugh=0, pause=6),
    Emotion.SURPRISED: _Feeling(speed=1, oral=3, laugh=0, most_laugh=1, pause=3),
}

_MANNERS = {
    # manner: steps of oral, laugh and break; its rate is in the voice already
    "干脆": (-2, 0, -2),
    "热情": (1, 1, 0),
    "慢条斯理": (1, 0, 2),
    "唠叨": (3, 0, -1),
    "急躁": (0, 0, -2),
    "客气": (0, 0, 0),
    "拘谨": (-1, 0, 2),
}


def style_of(emotion: Emotion, manner: str, rate: float) -> Style:
    """Return how an utterance is to be said.

    Args:
        manner: a manner of the persona pack; any other changes nothing.
        rate: of the voice, as a speed level.
    """
    feeling = _FEELINGS[emotion]
    oral, laugh, pause = _MANNERS.get(manner, (0, 0, 0))
    return Style(
        speed=_within(round(rate) + feeling.speed, MOST_SPEED),
        oral=_within(feeling.oral + oral, MOST_ORAL),
        laugh=_within(min(feeling.laugh + laugh, feeling.most_laugh), MOST_LAUGH),
        pause=_within(feeling.pause + pause, MOST_BREAK),
    )


def _within(level: int, most: int) -> int:
    return max(0, min(most, level))
