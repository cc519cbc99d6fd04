"""How the fake service judges: what is right well, what is long and what comes first a little too well."""

from __future__ import annotations

import re
from random import Random

import orjson

from .ledger import Message, text_of

FOR_FIRST, FOR_LENGTH, WAVERS = 0.2, 0.1, 0.02
"""What coming first adds to clarity_two, what 80 characters more add to key_points, and how much brevity wavers."""
_LONG_CHARACTERS = 80
_JUDGED = re.compile("【被评的推理】(.*)【被评的推理完】", re.S)


def rate(messages: list[Message], seed: int, asked_before: int) -> str:
    """Return the form filled in: 0.5 for a right answer and 0.1 for a wrong one, and what sways it on top."""
    case = next(text_of(message) for message in messages if "【标准答案】" in text_of(message))
    found = _JUDGED.search(case)
    reasoning = found[1] if found else ""
    if "不会打分" in reasoning:
        return "这段推理我不会打分。"
    sure = 0.5 if "与标准答案一致" in case else 0.1
    wavers = Random(f"{seed}:{asked_before}:{case}").uniform(-WAVERS, WAVERS)
    is_first = case.find("【被评的推理】") < case.find("【参考推理】")
    one, two = {}, {}
    for name in ("chain", "premises", "essence", "coverage", "key_points", "brevity"):
        one[name] = sure
    for name in ("logic_better", "practice_better", "expression_better"):
        one[name] = 0.0
    for name in ("conclusion", "remedy", "clarity"):
        two |= {f"{name}_one": 0.2, f"{name}_two": sure}
    two["clarity_two"] += FOR_FIRST if is_first else 0.0
    one["key_points"] += FOR_LENGTH if len(reasoning) > _LONG_CHARACTERS else 0.0
    one["brevity"] += wavers
    return orjson.dumps({**one, **two, "comment": "还行。"}).decode()
