"""The rows of a release: ms-swift conversations and TeleAntiFraud's binary records.

Shapes: docs of ms-swift (`messages` with `<audio>`, `audios`) and the files of JimmyMa99/TeleAntiFraud.
"""

from __future__ import annotations

from typing import Any

import orjson

from antifraud.records import AnnotatedCall, Answer, Round

SYSTEM_PROMPT = "你是一名反电信诈骗的分析员，会听通话录音并判断来电是否为诈骗。"
BINARY_PROMPT = "请听这通电话录音，判断来电是否为诈骗。只回答 fraud 或 normal。"


def answer_json(answer: Answer) -> str:
    """Return an answer as the JSON that stands between the answer tags."""
    return orjson.dumps(answer.model_dump(mode="json", exclude_none=True)).decode()


def response(round_: Round) -> str:
    """Return what a model should say in a round."""
    return f"<think>{round_.think}</think><answer>{answer_json(round_.answer)}</answer>"


def sft_row(call: AnnotatedCall) -> dict[str, Any]:
    """Return a call as one conversation of two or three rounds; the audio stands in the first question."""
    messages = []
    for number, round_ in enumerate(call.rounds):
        question = ("<audio>" if number == 0 else "") + round_.question
        messages += [{"role": "user", "content": question}, {"role": "assistant", "content": response(round_)}]
    return {"messages": messages, "audios": [call.audio]}


def binary_row(call: AnnotatedCall) -> dict[str, Any]:
    """Return a call as TeleAntiFraud's binary record."""
    content = [{"type": "audio", "audio_url": call.audio}, {"type": "text", "text": BINARY_PROMPT}]
    return {
        "prompt": [{"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": content}],
        "answer": "fraud" if call.is_fraud else "normal",
    }


def metadata_row(call: AnnotatedCall, split: str) -> dict[str, Any]:
    """Return what users of a release need to know of a call without opening it."""
    row = call.model_dump(
        mode="json",
        include={
            *("id", "audio", "sha256", "sample_rate_hz", "channels", "duration_seconds", "is_fraud", "scene"),
            *("fraud_type", "official_category", "scenario", "storyline", "synthetic"),
        },
    )
    turns = [{"speaker": turn.speaker, "text": turn.text} for turn in call.turns]
    return {**row, "split": split, "outcome": call.ending.outcome, "turns": turns}
