"""What the fake service thinks of a call: it takes words at their face, and names the labels that occur in them."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import orjson

from .ledger import Message, text_of

TITLE = "任务：听懂一通电话"
SPOILS = frozenset({"wrong_label", "outside_set", "made_up_quote", "missing_tags", "reasoning_only"})
"""Faults of an argument alone."""
_LINE = re.compile(r"^(\d+) \[[^\]]*\] (主叫|被叫)（[^）]*）(.*)$", re.MULTILINE)
_OPTIONS = re.compile(r"可选\w+：([^。]+)。")
_ASKS = re.compile(r"[^，。？]*(?:给我|转到)[^，。？]*")
_PARTS = re.compile(r"<think>(.*)</think><answer>(.*)</answer>", re.S)
_OTHERWISE = {
    "wrong_label": {"scene": "打车服务", "is_fraud": None, "fraud_type": "彩票诈骗"},
    "outside_set": {"scene": "聊天服务", "is_fraud": "也许", "fraud_type": "杀猪盘"},
}


def argue(messages: list[Message], seed: int, asked_before: int) -> str:
    """Return thinking and answer to the question asked last; asked again, it thinks longer or shorter."""
    told = text_of(messages[0])
    question = [text_of(message) for message in messages if "先写思考过程" in text_of(message)][-1]
    turns = [(int(at), side, text) for at, side, text in _LINE.findall(told)]
    words = "".join(text for _, _, text in turns)
    options = _OPTIONS.search(question)
    labels = options[1].split("、") if options else []
    named = next((label for label in labels if label in words), labels[0] if labels else "")
    asked = next(((at, found[0]) for at, side, text in turns if side == "主叫" and (found := _ASKS.search(text))), None)
    at, quote = asked or (turns[0][0], turns[0][2])
    fields: dict[str, Any] = {"is_fraud": asked is not None}
    if "场景" in question and labels:
        fields = {"scene": named}
    elif labels:
        fields = {"fraud_type": named}
    more = "再想一遍。" * Random(f"{seed}:{asked_before}:{told}").randint(0, 4)
    think = f"主叫说“{quote}”，{more}照这句看。"
    evidence = [{"turn": at, "quote": quote, "act": None, "measure": None, "value": None}]
    answer = {**fields, "reason": f"凭“{quote}”这句", "confidence": 0.8, "evidence": evidence}
    return f"<think>{think}</think><answer>{orjson.dumps(answer).decode()}</answer>"


def spoil_argument(content: str, fault: str) -> str:
    """Return an argument as a fault leaves it."""
    found = _PARTS.search(content)
    if found is None:
        return content
    think, answer = found[1], orjson.loads(found[2])
    if fault == "reasoning_only":
        return f"<think>{think}</think>"
    if fault == "missing_tags":
        return found[2]
    if fault == "made_up_quote":
        answer["evidence"][0]["quote"] = "请把您家的门钥匙放在门口"
    for name, value in _OTHERWISE.get(fault, {}).items():
        if name in answer:
            answer[name] = not answer[name] if value is None else value
    return f"<think>{think}</think><answer>{orjson.dumps(answer).decode()}</answer>"
