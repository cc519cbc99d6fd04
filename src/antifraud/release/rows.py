"""The conversations of a release, one function for each shape that something reads.

Shapes: docs of ms-swift (`messages` with `<audio>`, `audios`), of LLaMA-Factory (sharegpt), of OpenAI's chat
(`input_audio`), and the files of JimmyMa99/TeleAntiFraud.
"""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO
from typing import Any

import orjson
import soundfile

from antifraud.records import AnnotatedCall, Answer, Round
from antifraud.release.samples import Sample

SYSTEM_PROMPT = "你是一名反电信诈骗的分析员，会听通话录音并判断来电是否为诈骗。"
BINARY_PROMPT = "请听这通电话录音，判断来电是否为诈骗。只回答 fraud 或 normal。"


def answer_json(answer: Answer) -> str:
    """Return an answer as the JSON that stands between the answer tags."""
    return orjson.dumps(answer.model_dump(mode="json", exclude_none=True)).decode()


def response(round_: Round) -> str:
    """Return what a model should say in a round."""
    return f"<think>{round_.think}</think><answer>{answer_json(round_.answer)}</answer>"


def messages(call: AnnotatedCall) -> list[dict[str, str]]:
    """Return a call as one conversation of two or three rounds; the audio stands in the first question."""
    said = []
    for number, round_ in enumerate(call.rounds):
        question = ("<audio>" if number == 0 else "") + round_.question
        said += [{"role": "user", "content": question}, {"role": "assistant", "content": response(round_)}]
    return said


def sft_rows(sample: Sample) -> list[dict[str, Any]]:
    """Return the conversation about a sample; none where nothing can be told from it."""
    call = sample.call
    return [{"messages": messages(call), "audios": [call.audio]}] if call.rounds else []


def taf_rows(sample: Sample) -> list[dict[str, Any]]:
    """Return the conversation with TeleAntiFraud's column `answers`, the label."""
    return [{**row, "answers": verdict(sample.is_fraud)} for row in sft_rows(sample)]


def verdict(is_fraud: bool | None) -> str | None:
    """Return the label as TeleAntiFraud spells it."""
    return None if is_fraud is None else "fraud" if is_fraud else "normal"


def binary_rows(sample: Sample) -> list[dict[str, Any]]:
    """Return a sample as TeleAntiFraud's binary record; none where its label is open."""
    if sample.is_fraud is None:
        return []
    content = [{"type": "audio", "audio_url": sample.call.audio}, {"type": "text", "text": BINARY_PROMPT}]
    prompt = [{"role": "system", "content": SYSTEM_PROMPT}, {"role": "user", "content": content}]
    return [{"prompt": prompt, "answer": verdict(sample.is_fraud)}]


def grpo_rows(sample: Sample) -> list[dict[str, Any]]:
    """Return prompts for reinforcement learning, one a question, with what is right in columns of their own.

    Columns besides `messages` and `audios` reach a reward function of ms-swift by their names.
    """
    return [
        {
            "messages": [{"role": "user", "content": f"<audio>{round_.question}"}],
            "audios": [sample.call.audio],
            "task": round_.task,
            "solution": label_text(round_),
            "audio_seconds": round(sample.call.duration_seconds, 3),
        }
        for round_ in sample.answered
    ]


def label_text(round_: Round) -> str:
    """Return what a round concludes, as one word."""
    answer = round_.answer
    return str(answer.scene or answer.fraud_type or ("fraud" if answer.is_fraud else "normal"))


def sharegpt_rows(sample: Sample) -> list[dict[str, Any]]:
    """Return LLaMA-Factory's sharegpt conversation; `<audio>` stands once for each of `audios`."""
    who = {"user": "human", "assistant": "gpt"}
    return [
        {
            "conversations": [{"from": who[said["role"]], "value": said["content"]} for said in row["messages"]],
            "system": SYSTEM_PROMPT,
            "audios": row["audios"],
        }
        for row in sft_rows(sample)
    ]


def openai_rows(sample: Sample) -> list[dict[str, Any]]:
    """Return OpenAI's chat, the recording itself in the first question."""
    if not sample.call.rounds:
        return []
    sound, form = _playable(sample)
    heard = {"type": "input_audio", "input_audio": {"data": b64encode(sound).decode(), "format": form}}
    said: list[dict[str, Any]] = [{"role": "system", "content": SYSTEM_PROMPT}]
    for number, round_ in enumerate(sample.call.rounds):
        asked = {"type": "text", "text": round_.question}
        said.append({"role": "user", "content": [heard, asked] if number == 0 else [asked]})
        said.append({"role": "assistant", "content": response(round_)})
    return [{"messages": said}]


def _playable(sample: Sample) -> tuple[bytes, str]:
    """Return the recording in a form that OpenAI's chat takes, WAV or MP3, and its name; FLAC becomes WAV."""
    form = sample.file.suffix[1:]
    if form in ("wav", "mp3"):
        return sample.sound, form
    wave, rate_hz = soundfile.read(BytesIO(sample.sound), dtype="int16")
    buffer = BytesIO()
    soundfile.write(buffer, wave, rate_hz, "PCM_16", format="WAV")
    return buffer.getvalue(), "wav"


def prefix_rows(sample: Sample) -> list[dict[str, Any]]:
    """Return the beginnings of a call for models that listen while it goes on; the label is null while it is open."""
    return [
        {
            "id": sample.call.id,
            "audio": sample.call.audio,
            "seconds": prefix.seconds,
            "turns": prefix.turns,
            "conversation_stage": prefix.stage,
            "is_fraud": prefix.is_fraud,
        }
        for prefix in sample.call.prefixes
    ]
