"""Conversations of a release as the model reads them, and which of their tokens it learns to say."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

AUDIO_MARK = "<audio>"
"""Stands in a question for the next of `audios`."""
SPOKEN_BY = "<|im_start|>assistant\n"
END = "<|im_end|>"
IGNORED = -100
"""The label of tokens that the loss leaves out (PyTorch's cross entropy)."""


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file: `messages` and `audios`, one JSON object a line."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def render(row: Mapping[str, Any], processor: Any) -> str:
    """Return a conversation in the chat form of the processor; each recording is one audio token so far."""
    chat = []
    for message in row["messages"]:
        content: list[dict[str, str]] = []
        for number, text in enumerate(message["content"].split(AUDIO_MARK)):
            content += [{"type": "audio"}] if number else []
            content += [{"type": "text", "text": text}] if text else []
        chat.append({"role": message["role"], "content": content})
    return str(processor.apply_chat_template(chat, tokenize=False))


def load_sound(path: Path, sample_rate_hz: int) -> NDArray[np.float32]:
    """Return a recording as one channel, both sides of the line mixed, shape (samples,), values in [-1, 1]."""
    sound, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mixed = sound.mean(axis=1)
    return np.asarray(mixed if rate_hz == sample_rate_hz else soxr.resample(mixed, rate_hz, sample_rate_hz))


def encode(rows: Sequence[Mapping[str, Any]], release: Path, processor: Any) -> Any:
    """Return rows as one padded batch of tensors, without labels.

    What the feature extractor does not hear (past 30 s for Qwen2-Audio) is cut off.

    Args:
        release: folder that `audios` are relative to.
    """
    rate_hz = processor.feature_extractor.sampling_rate
    sounds = [load_sound(release / audio, rate_hz) for row in rows for audio in row["audios"]]
    texts = [render(row, processor) for row in rows]
    return processor(text=texts, audio=sounds, sampling_rate=rate_hz, padding=True, return_tensors="pt")


def labels_of(ids: Sequence[int], tokenizer: Any) -> list[int]:
    """Return ids where the assistant speaks, each time up to and including its <|im_end|>, and IGNORED elsewhere."""
    header = tokenizer.encode(SPOKEN_BY, add_special_tokens=False)
    end = tokenizer.convert_tokens_to_ids(END)
    labels, position = [IGNORED] * len(ids), 0
    while position < len(ids):
        if list(ids[position : position + len(header)]) != header:
            position += 1
            continue
        start = position + len(header)
        position = list(ids).index(end, start) + 1
        labels[start:position] = ids[start:position]
    return labels


def check_labels(row: Mapping[str, Any], labels: Sequence[int], tokenizer: Any) -> None:
    """Compare what is learnt of a conversation with what its assistant says.

    Raises:
        ValueError: the two differ, as for a tokenizer that joins the chat form with the words beside it.
    """
    learnt = tokenizer.decode([token for token in labels if token != IGNORED], clean_up_tokenization_spaces=False)
    answers = [message["content"] for message in row["messages"] if message["role"] == "assistant"]
    said = unicodedata.normalize("NFC", "".join(answer + END for answer in answers))  # as Qwen's tokenizer does
    if unicodedata.normalize("NFC", learnt) != said:
        raise ValueError(f"{row['audios']}: the labels read {learnt[:80]!r}; expected {said[:80]!r}.")
