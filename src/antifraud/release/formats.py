"""The files of each format of a release, and what a row of a call in them is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from antifraud.config import ReleaseFormat
from antifraud.records import AnnotatedCall
from antifraud.release.rows import (
    binary_row,
    grpo_rows,
    metadata_row,
    openai_row,
    prefix_rows,
    sft_row,
    sharegpt_row,
)

Rows = Callable[[AnnotatedCall, str, Path], Iterable[Mapping[str, Any]]]
"""Makes the rows of a call, given its split and its audio file."""


@dataclass(frozen=True)
class Table:
    """A file of rows."""

    path: str
    """Relative to the release, with {split} where each split has its own."""
    rows: Rows
    is_array: bool = False
    """One JSON array instead of one object a line."""


@dataclass(frozen=True)
class Format:
    """What a release holds for one kind of reader, beside the audio."""

    files: tuple[str, ...]
    """What the card says of its files, a line of Markdown each."""
    tables: tuple[Table, ...]
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Files that are the same in every release, as JSON."""


def _llamafactory_columns(split: str) -> dict[str, Any]:
    columns = {"messages": "conversations", "system": "system", "audios": "audios"}
    return {"file_name": f"{split}.jsonl", "formatting": "sharegpt", "columns": columns}


METADATA: Final = Table("metadata.jsonl", lambda call, split, _: [metadata_row(call, split)])
"""In every release, whatever the formats."""
FORMATS: Final[Mapping[ReleaseFormat, Format]] = {
    "taf": Format(
        (
            "`sft/train.jsonl`, `sft/test.jsonl`: conversations, `messages` with `<audio>` and `audios`.",
            "`binary_classification/train.json`, `test.json`: lists of `{prompt, answer}`: `fraud` or `normal`.",
        ),
        (
            Table("sft/{split}.jsonl", lambda call, *_: [sft_row(call)]),
            Table("binary_classification/{split}.json", lambda call, *_: [binary_row(call)], is_array=True),
        ),
    ),
    "swift": Format(
        (
            "`swift/train.jsonl`, `test.jsonl`: conversations for supervised training with ms-swift.",
            "`swift/grpo_train.jsonl`, `grpo_test.jsonl`: a question a line, with `task`, `solution`, `audio_seconds`"
            " for reward functions.",
        ),
        (
            Table("swift/{split}.jsonl", lambda call, *_: [sft_row(call)]),
            Table("swift/grpo_{split}.jsonl", lambda call, *_: grpo_rows(call)),
        ),
    ),
    "llamafactory": Format(
        (
            "`llamafactory/`: sharegpt conversations and `dataset_info.json`; give this folder as `dataset_dir` and the"
            " release as `media_dir`.",
        ),
        (Table("llamafactory/{split}.jsonl", lambda call, *_: [sharegpt_row(call)]),),
        {
            "llamafactory/dataset_info.json": {
                f"antifraud_{split}": _llamafactory_columns(split) for split in ("train", "test")
            }
        },
    ),
    "openai": Format(
        ("`openai/train.jsonl`, `test.jsonl`: chats with the recording inside (`input_audio`, base64; WAV or MP3).",),
        (Table("openai/{split}.jsonl", lambda call, _, sound: [openai_row(call, sound.read_bytes())]),),
    ),
    "prefixes": Format(
        (
            "`prefixes/train.jsonl`, `test.jsonl`: beginnings of calls by seconds and turns, their stage (early, late,"
            " complete) and the label, null while nothing has decided.",
        ),
        (Table("prefixes/{split}.jsonl", lambda call, *_: prefix_rows(call)),),
    ),
}
