"""What SenseVoice writes besides words: language, emotion and events, as tags or as the emoji they become.

Tags as in `<|zh|><|HAPPY|><|Speech|><|withitn|>`; FunASR's rich post-processing, which some services run, turns
them into emoji. Both lists are those of FunASR's `postprocess_utils.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from antifraud.labels import Emotion

TAG: Final = re.compile(r"<\|([^|<>]*)\|>")
EMOTIONS: Final[dict[str, Emotion | None]] = {
    "NEUTRAL": Emotion.NEUTRAL,
    "SAD": Emotion.SAD,
    "ANGRY": Emotion.ANGRY,
    "FEARFUL": Emotion.FEARFUL,
    "SURPRISED": Emotion.SURPRISED,
    "HAPPY": None,
    "DISGUSTED": None,
    "EMO_UNKNOWN": None,
}
"""None where none of ours says the same."""
_EMOJI: Final = {"😊": "HAPPY", "😔": "SAD", "😡": "ANGRY", "😰": "FEARFUL", "🤢": "DISGUSTED", "😮": "SURPRISED"}
_EVENT_EMOJI: Final = {"🎼": "bgm", "👏": "applause", "😀": "laughter", "😭": "cry", "🤧": "cough", "❓": ""}
_EVENTS: Final = frozenset({"bgm", "applause", "laughter", "cry", "sneeze", "breath", "cough"})
_ANY_EMOJI: Final = re.compile("|".join([*_EMOJI, *_EVENT_EMOJI]))


@dataclass(frozen=True)
class Tagged:
    """A text without its tags, and what they said."""

    text: str
    emotion: Emotion | None = None
    events: tuple[str, ...] = ()


def read_tags(text: str) -> Tagged:
    """Return a text apart from its tags; of several emotions the first that is one of ours and not neutral."""
    names = [*TAG.findall(text), *(_EMOJI.get(sign) or _EVENT_EMOJI[sign] for sign in _ANY_EMOJI.findall(text))]
    known = [emotion for name in names if (emotion := EMOTIONS.get(name.upper())) is not None]
    moved = [emotion for emotion in known if emotion is not Emotion.NEUTRAL]
    events = tuple(dict.fromkeys(name.lower() for name in names if name.lower() in _EVENTS))
    words = _ANY_EMOJI.sub("", TAG.sub("", text)).strip()
    return Tagged(words, next(iter([*moved, *known]), None), events)
