"""The files of each format of a release, and what writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from antifraud.release.columns import PARQUET, VIEWER, metadata_row, parquet_row, viewer_row, webdataset_row
from antifraud.release.manifests import cut, recording, supervisions
from antifraud.release.parquet import parquet
from antifraud.release.rows import binary_rows, grpo_rows, openai_rows, prefix_rows, sft_rows, sharegpt_rows, taf_rows
from antifraud.release.writers import Open, array, first, lines, recordings, sharded, tar, zipped
from antifraud.release_config import PackConfig, ReleaseFormat


@dataclass(frozen=True)
class Part:
    """A file of a format, or a row of shards."""

    path: str
    """Relative to the release, with {split} where each split has its own."""
    open: Open
    is_wanted: Callable[[PackConfig], bool] = lambda _: True


@dataclass(frozen=True)
class Format:
    """What a release holds for one kind of reader, beside the audio."""

    files: tuple[str, ...]
    """What the card says of its files, a line of Markdown each."""
    parts: tuple[Part, ...]
    """Opened in this order and closed in the reverse, so that a zip is written when what goes into it is whole."""
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Files that are the same in every release, as JSON."""


def _zip(folder: str) -> Part:
    return Part(f"{folder}.zip", zipped, lambda config: config.zips)


def _llamafactory_columns(split: str) -> dict[str, Any]:
    columns = {"messages": "conversations", "system": "system", "audios": "audios"}
    return {"file_name": f"{split}.jsonl", "formatting": "sharegpt", "columns": columns}


METADATA: Final = Part("metadata.jsonl", lines(lambda sample: [metadata_row(sample)]))
"""In every release, whatever the formats."""
FORMATS: Final[Mapping[ReleaseFormat, Format]] = {
    "taf": Format(
        (
            "`sft/train.jsonl`, `sft/test.jsonl`: conversations, `messages` with `<audio>`, `audios` and `answers`.",
            "`binary_classification/train.json`, `test.json`: lists of `{prompt, answer}`: `fraud` or `normal`.",
            "`viewer/train.parquet`, `test.parquet`: the first calls with their recordings, to be played in a browser;"
            " `preview/`: a few recordings to listen to.",
        ),
        (
            *map(_zip, ("audio", "sft", "binary_classification")),
            Part("sft/{split}.jsonl", lines(taf_rows)),
            Part("binary_classification/{split}.json", array(binary_rows)),
            Part(
                "viewer/{split}.parquet",
                first(lambda config: config.viewer_calls, parquet(VIEWER, viewer_row)),
                lambda config: config.viewer_calls > 0,
            ),
            Part("preview", recordings, lambda config: config.preview_calls > 0),
        ),
    ),
    "swift": Format(
        (
            "`swift/train.jsonl`, `test.jsonl`: conversations for supervised training with ms-swift.",
            "`swift/grpo_train.jsonl`, `grpo_test.jsonl`: a question a line, with `task`, `solution`, `audio_seconds`"
            " for reward functions.",
        ),
        (Part("swift/{split}.jsonl", lines(sft_rows)), Part("swift/grpo_{split}.jsonl", lines(grpo_rows))),
    ),
    "llamafactory": Format(
        (
            "`llamafactory/`: sharegpt conversations and `dataset_info.json`; give this folder as `dataset_dir` and the"
            " release as `media_dir`.",
        ),
        (Part("llamafactory/{split}.jsonl", lines(sharegpt_rows)),),
        {
            "llamafactory/dataset_info.json": {
                f"antifraud_{split}": _llamafactory_columns(split) for split in ("train", "test")
            }
        },
    ),
    "openai": Format(
        ("`openai/train.jsonl`, `test.jsonl`: chats with the recording inside (`input_audio`, base64; WAV or MP3).",),
        (Part("openai/{split}.jsonl", lines(openai_rows)),),
    ),
    "prefixes": Format(
        (
            "`prefixes/train.jsonl`, `test.jsonl`: beginnings of calls by seconds and turns, their stage (early, late,"
            " complete) and the label, null while nothing has decided.",
        ),
        (Part("prefixes/{split}.jsonl", lines(prefix_rows)),),
    ),
    "parquet": Format(
        (
            "`data/train-00000.parquet` and on, `data/test-…`: everything in one table for Hugging Face's datasets:"
            " recording (feature Audio), labels, turns, conversation.",
        ),
        (Part("data/{split}", sharded(parquet(PARQUET, parquet_row), ".parquet")),),
    ),
    "webdataset": Format(
        ("`webdataset/train-00000.tar` and on, `test-…`: of each sample its recording and its JSON, for WebDataset.",),
        (Part("webdataset/{split}", sharded(tar(webdataset_row), ".tar")),),
    ),
    "lhotse": Format(
        (
            "`lhotse/recordings_train.jsonl.gz`, `supervisions_train.jsonl.gz`, `cuts_train.jsonl.gz`, and the same for"
            " test: manifests for lhotse, a supervision for each turn on the channel of its speaker.",
        ),
        (
            Part("lhotse/recordings_{split}.jsonl.gz", lines(lambda sample: [recording(sample)])),
            Part("lhotse/supervisions_{split}.jsonl.gz", lines(supervisions)),
            Part("lhotse/cuts_{split}.jsonl.gz", lines(lambda sample: [cut(sample)])),
        ),
    ),
}
