"""What the fake service says about a call of a benchmark: an answer in the form that was asked for, out of the blue."""

from __future__ import annotations

import json
import re
from random import Random
from typing import Any
from zlib import crc32

from .ledger import Message, text_of

_LABELS = re.compile(r"可选(?:场景|类型)：([^。]+)。")
AUDIO_TOKENS_A_KILOBYTE = 2
"""Charged for what comes as audio, in base64."""


def audio_tokens(messages: list[Message]) -> int:
    """Return what the audio of a prompt is charged as."""
    return sum(len(data) * AUDIO_TOKENS_A_KILOBYTE // 1000 for data in _heard(messages))


def judge(messages: list[Message], seed: int) -> str | None:
    """Return what a model that heard something else would say; None where no question of a benchmark is asked."""
    question = text_of(messages[-1])
    heard = [crc32(data.encode()) for data in _heard(messages)]
    rng = Random(f"{seed}:{[text_of(message) for message in messages]}:{heard}")
    if "只用一个词回答" in question:
        return rng.choice(("fraud", "normal"))
    if "字段为" not in question:
        return None
    if "is_fraud" in question:
        said: dict[str, Any] = {"reason": "听下来如此", "confidence": 0.8, "is_fraud": rng.random() < 0.6}
    else:
        field = "fraud_type" if "fraud_type" in question else "scene"
        labels = _LABELS.search(question)
        said = {field: rng.choice(labels[1].split("、") if labels else ["?"]), "reason": "如此", "confidence": 0.7}
    return f"<think>先听来意。</think><answer>{json.dumps(said, ensure_ascii=False)}</answer>"


def _heard(messages: list[Message]) -> list[str]:
    """Return the audio of a prompt as it was sent."""
    parts = [part for message in messages if isinstance(message.get("content"), list) for part in message["content"]]
    return [data for part in parts if (data := _data_of(part))]


def _data_of(part: dict[str, Any]) -> str:
    return str(part.get("input_audio", {}).get("data") or part.get("audio_url", {}).get("url") or "")
