"""The dialogue forms of the TeleAntiFraud project: `left`/`right` lists, `dialogue_history`, and config.jsonl.

Its files tell neither the order of turns nor, in half of the cases, who ended the call in the words they should:
turns alternate from `left[0]`, and every value found for `terminator` in the 10,006 released dialogues is known here.
The folders NEG-* and POS-* of its older releases name no label that can be relied on, so that none is read from them.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any, Final, Literal

from antifraud.labels import Speaker

EndedBy = Literal["caller", "callee", "natural"]

_SIDES: Final = {"left": Speaker.CALLER, "caller": Speaker.CALLER, "right": Speaker.CALLEE, "callee": Speaker.CALLEE}
ENDED_BY: Final[dict[str, EndedBy]] = {
    **dict.fromkeys(("left", "caller", "service", "service方结束", "诈骗者结束", "service_end"), "caller"),
    **dict.fromkeys(("right", "callee", "user_end", "user end", "user结束", "user", "用户结束"), "callee"),
    **dict.fromkeys(("natural", "endcall", ""), "natural"),
}


def is_dialogue(data: Any) -> bool:
    """Tell whether a value is one call of a file whose lines are calls."""
    if not isinstance(data, dict):
        return False
    lists = isinstance(data.get("left"), list) and isinstance(data.get("right"), list)
    texts = lists and all(isinstance(text, str) for text in [*data["left"], *data["right"]])
    return texts or isinstance(data.get("dialogue_history"), list)


def spoken_turns(data: dict[str, Any]) -> list[tuple[Speaker, str]] | None:
    """Return the turns in order as the file has them, or None where it has none that can be read."""
    history = data.get("dialogue_history")
    left, right = data.get("left"), data.get("right")
    if isinstance(history, list):
        said = [_from_history(item) for item in history]
    elif isinstance(left, list) and isinstance(right, list):
        said = [
            (side, str(text))
            for pair in zip_longest(left, right)
            for side, text in zip((Speaker.CALLER, Speaker.CALLEE), pair, strict=True)
            if text is not None
        ]
    else:
        return None
    known = [item for item in said if item is not None]
    return known if len(known) == len(said) else None


def _from_history(item: Any) -> tuple[Speaker, str] | None:
    if not isinstance(item, dict):
        return None
    side = _SIDES.get(str(item.get("role", item.get("speaker"))).lower())
    text = item.get("content", item.get("text"))
    return (side, text) if side is not None and isinstance(text, str) else None
