"""The rows of a release, one function for each shape that something reads.

Shapes: docs of ms-swift (`messages` with `<audio>`, `audios`), of LLaMA-Factory (sharegpt), of OpenAI's chat
(`input_audio`), and the files of JimmyMa99/TeleAntiFraud.
"""

from __future__ import annotations

from base64 import b64encode
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


def grpo_rows(call: AnnotatedCall) -> list[dict[str, Any]]:
    """Return a call as prompts for reinforcement learning, one a question, with what is right in columns of their own.

    Columns besides `messages` and `audios` reach a reward function of ms-swift by their names.
    """
    return [
        {
            "messages": [{"role": "user", "content": f"<audio>{round_.question}"}],
            "audios": [call.audio],
            "task": round_.task,
            "solution": label_text(round_),
            "audio_seconds": round(call.duration_seconds, 3),
        }
        for round_ in call.rounds
    ]


def label_text(round_: Round) -> str:
    """Return what a round concludes, as one word."""
    answer = round_.answer
    return str(answer.scene or answer.fraud_type or ("fraud" if answer.is_fraud else "normal"))


def sharegpt_row(call: AnnotatedCall) -> dict[str, Any]:
    """Return a call as LLaMA-Factory's sharegpt conversation; `<audio>` stands once for each of `audios`."""
    turns = []
    for number, round_ in enumerate(call.rounds):
        turns.append({"from": "human", "value": ("<audio>" if number == 0 else "") + round_.question})
        turns.append({"from": "gpt", "value": response(round_)})
    return {"conversations": turns, "system": SYSTEM_PROMPT, "audios": [call.audio]}


def openai_row(call: AnnotatedCall, sound: bytes) -> dict[str, Any]:
    """Return a call as OpenAI's chat, the recording itself in the first question.

    Args:
        sound: the audio file of the call.
    """
    data = b64encode(sound).decode()
    heard = {"type": "input_audio", "input_audio": {"data": data, "format": call.audio.rpartition(".")[2]}}
    messages: list[dict[str, Any]] = [{"role": "system", "content": SYSTEM_PROMPT}]
    for number, round_ in enumerate(call.rounds):
        asked = {"type": "text", "text": round_.question}
        messages.append({"role": "user", "content": [heard, asked] if number == 0 else [asked]})
        messages.append({"role": "assistant", "content": response(round_)})
    return {"messages": messages}


def prefix_rows(call: AnnotatedCall) -> list[dict[str, Any]]:
    """Return the beginnings of a call for models that listen while it goes on; the label is null while it is open."""
    return [
        {
            "id": call.id,
            "audio": call.audio,
            "seconds": prefix.seconds,
            "turns": prefix.turns,
            "conversation_stage": prefix.stage,
            "is_fraud": prefix.is_fraud,
        }
        for prefix in call.prefixes
    ]


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
