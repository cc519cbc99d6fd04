"""What each format of a release holds of a call, by the rules of those who read it."""

from __future__ import annotations

from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any, get_args
from zipfile import ZIP_STORED, ZipFile

import numpy as np
import orjson
import pytest
import soundfile

from antifraud.errors import IntegrityError
from antifraud.records import AnnotatedCall
from antifraud.release.pack import pack
from antifraud.release.rows import response
from antifraud.release_config import PackConfig, ReleaseFormat
from antifraud.store.sealed import differences, read_manifest
from tests.release.conftest import SHARDED
from tests.release.recorded_calls import CONTENT, annotated

Recorded = dict[str, AnnotatedCall]
SPLITS = ("train", "test")


def lines(path: Path) -> list[Any]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def by_audio(calls: Recorded) -> Recorded:
    return {call.audio: call for call in calls.values()}


def check_conversation(said: list[tuple[str, str]], call: AnnotatedCall) -> None:
    """Compare (role, content) with the rounds of a call."""
    assert said == [
        item
        for number, round_ in enumerate(call.rounds)
        for item in (
            ("user", ("" if number else "<audio>") + round_.question),
            ("assistant", response(round_)),
        )
    ]


def swift_accepts(row: dict[str, Any], release: Path) -> None:
    """Hold a row against what ms-swift refuses.

    Source: `RowPreprocessor.check_messages` and `MessagesPreprocessor.to_std_messages` of ms-swift 3 (after a leading
    system message users and assistants alternate, no assistant says nothing), and its page Custom-dataset (a tag for
    each of `audios`, which are files).
    """
    messages = row["messages"][1:] if row["messages"][0]["role"] == "system" else row["messages"]
    assert messages
    for asks, answers in zip(messages[::2], messages[1::2]):
        assert (asks["role"], answers["role"]) == ("user", "assistant")
        assert answers["content"]
    assert sum(message["content"].count("<audio>") for message in messages) == len(row["audios"])
    assert all((release / audio).is_file() for audio in row["audios"])


def test_swift_accepts_every_row_and_finds_the_solution_of_each_prompt(release: Path, recorded: Recorded) -> None:
    calls = by_audio(recorded)
    for split in SPLITS:
        for row in lines(release / f"swift/{split}.jsonl"):
            swift_accepts(row, release)
            check_conversation([(m["role"], m["content"]) for m in row["messages"]], calls[row["audios"][0]])
        prompts = lines(release / f"swift/grpo_{split}.jsonl")
        for row in prompts:
            swift_accepts(row, release)
            assert [message["role"] for message in row["messages"]] == ["user"]
            call = calls[row["audios"][0]]
            right = {
                "scene": call.scene,
                "fraud": "fraud" if call.is_fraud else "normal",
                "fraud_type": call.fraud_type,
            }
            assert row["solution"] == right[row["task"]]
        assert len(prompts) == sum(len(calls[row["audios"][0]].rounds) for row in lines(release / f"sft/{split}.jsonl"))


def test_llamafactory_finds_its_files_columns_and_audio(release: Path, recorded: Recorded) -> None:
    """Its rules: `SharegptDatasetConverter` (human and gpt alternate, even in number), `MMPluginMixin` (a tag for each
    audio), `DatasetAttr` (tags from, value, human, gpt by default), of LLaMA-Factory 0.9."""
    info = orjson.loads((release / "llamafactory/dataset_info.json").read_bytes())
    assert info.keys() == {"antifraud_train", "antifraud_test"}
    for entry in info.values():
        rows = lines(release / "llamafactory" / entry["file_name"])
        assert rows
        assert entry["formatting"] == "sharegpt"
        for row in rows:
            columns = entry["columns"]
            turns, audios = row[columns["messages"]], row[columns["audios"]]
            assert [turn["from"] for turn in turns] == ["human", "gpt"] * (len(turns) // 2)
            assert sum(turn["value"].count("<audio>") for turn in turns) == len(audios) == 1
            assert (release / audios[0]).is_file()
            assert row[columns["system"]]
            said = [({"human": "user", "gpt": "assistant"}[turn["from"]], turn["value"]) for turn in turns]
            check_conversation(said, by_audio(recorded)[audios[0]])


def test_openai_rows_hold_the_recording_in_a_form_that_it_takes(
    release: Path, recorded: Recorded, metadata: dict[str, Any]
) -> None:
    """OpenAI's reference: `input_audio` is base64 of wav or mp3."""
    rows = lines(release / "openai/train.jsonl")
    expected = [call for call in recorded.values() if metadata[call.id]["split"] == "train"]
    assert len(rows) == len(expected)
    for row, call in zip(rows, expected):
        heard = row["messages"][1]["content"][0]
        assert heard["type"] == "input_audio"
        assert heard["input_audio"]["format"] == "wav"
        sound, rate_hz = soundfile.read(BytesIO(b64decode(heard["input_audio"]["data"])), dtype="int16")
        assert rate_hz == call.sample_rate_hz
        assert np.array_equal(sound, soundfile.read(release / call.audio, dtype="int16")[0])
        assert [message["role"] for message in row["messages"]] == ["system", *["user", "assistant"] * len(call.rounds)]
        assert [m["content"] for m in row["messages"][2::2]] == [response(round_) for round_ in call.rounds]


def test_teleantifraud_finds_its_files_and_fields(release: Path, recorded: Recorded, metadata: dict[str, Any]) -> None:
    for split in SPLITS:
        expected = [call for call in recorded.values() if metadata[call.id]["split"] == split]
        labels = ["fraud" if call.is_fraud else "normal" for call in expected]
        talks = lines(release / f"sft/{split}.jsonl")
        assert [(row["audios"], row["answers"]) for row in talks] == [([c.audio], x) for c, x in zip(expected, labels)]
        for row, call in zip(talks, expected):
            check_conversation([(m["role"], m["content"]) for m in row["messages"]], call)
        binary = orjson.loads((release / f"binary_classification/{split}.json").read_bytes())
        assert [row["answer"] for row in binary] == labels
        assert [row["prompt"][1]["content"][0] for row in binary] == [
            {"type": "audio", "audio_url": call.audio} for call in expected
        ]
    assert sorted(file.name for file in (release / "preview").iterdir()) == ["call-0.wav", "call-3.flac"]


def test_zips_hold_the_files_beside_them_stored(release: Path) -> None:
    for folder in ("audio", "sft", "binary_classification"):
        with ZipFile(release / f"{folder}.zip") as archive:
            assert archive.testzip() is None
            assert {entry.compress_type for entry in archive.infolist()} == {ZIP_STORED}
            held = {name: archive.read(name) for name in archive.namelist()}
        assert held == {f"{folder}/{file.name}": file.read_bytes() for file in (release / folder).iterdir()}


def test_beginnings_of_calls_are_labelled_by_what_was_heard(release: Path, recorded: Recorded) -> None:
    rows = lines(release / "prefixes/test.jsonl") + lines(release / "prefixes/train.jsonl")
    found = {(row["id"], row["seconds"], row["turns"], row["conversation_stage"], row["is_fraud"]) for row in rows}
    assert found == {
        (call.id, prefix.seconds, prefix.turns, prefix.stage, prefix.is_fraud)
        for call in recorded.values()
        for prefix in call.prefixes
    }


def test_metadata_says_how_much_of_a_call_is_heard(tmp_path: Path) -> None:
    turns = [(at * 10.0, at * 10.0 + 9) for at in range(6)]
    calls = [annotated(0, tmp_path, turns), annotated(3, tmp_path)]
    made = pack(
        lambda: calls, tmp_path, tmp_path / "r", PackConfig(test_share=0), seed=1, bench_share=0.0, content=CONTENT
    )
    long, short = lines(tmp_path / "r/metadata.jsonl")
    assert (long["duration_seconds"], long["heard_seconds"]) == (59, 30)
    assert (short["duration_seconds"], short["heard_seconds"]) == (1, 1)
    counts = made.splits["train"]
    assert (counts.longer, counts.unproven, round(counts.unheard_hours * 3600, 6)) == (1, 0, 29)


def test_the_card_names_the_files_that_are_there(release: Path) -> None:
    card = (release / "README.md").read_text(encoding="utf-8")
    for name in (
        "sft/train.jsonl",
        "swift/grpo_train.jsonl",
        "llamafactory/",
        "openai/train.jsonl",
        "prefixes/train.jsonl",
        "viewer/train.parquet",
        "data/train-00000.parquet",
        "webdataset/train-00000.tar",
    ):
        assert f"`{name}`" in card
        assert (release / name).exists()


@pytest.mark.parametrize("name", ["binary_classification/test.json", "data/test-00000.parquet"])
def test_a_split_without_calls_is_an_empty_file_of_its_form(tmp_path: Path, name: str) -> None:
    one, config = [annotated(0, tmp_path)], PackConfig(formats=("taf", "parquet"), test_share=0.0)
    pack(lambda: one, tmp_path, tmp_path / "r", config, seed=1, bench_share=0.0, content=CONTENT)
    file = tmp_path / "r" / name
    if file.suffix == ".json":
        assert orjson.loads(file.read_bytes()) == []
    else:
        from pyarrow.parquet import read_table

        assert read_table(file).num_rows == 0


def test_a_changed_recording_leaves_no_release_in_any_format(tmp_path: Path) -> None:
    calls = [annotated(number, tmp_path) for number in range(4)]
    (tmp_path / calls[2].audio).write_bytes(b"something else")
    config = PackConfig(formats=get_args(ReleaseFormat), zips=True, shard_megabytes=0.01)
    with pytest.raises(IntegrityError, match=r"call-2\.wav: changed since it was made"):
        pack(lambda: calls, tmp_path, tmp_path / "r", config, seed=1, bench_share=0.0, content=CONTENT)
    assert {path.name for path in tmp_path.iterdir()} == {"audio", ".r.lock"}


def test_the_manifest_holds_every_file_as_it_is(release: Path) -> None:
    assert list(differences(release)) == []


def test_the_same_calls_give_the_same_bytes(release: Path, recorded: Recorded, recorded_folder: Path) -> None:
    config = PackConfig(
        formats=("lhotse", "parquet", "taf", "webdataset"),
        test_share=0.25,
        shard_megabytes=SHARDED,
        zips=True,
        preview_calls=1,
    )
    again = recorded_folder / "again"
    pack(recorded.values, recorded_folder, again, config, seed=1, bench_share=0.0, content=CONTENT)
    first, second = (read_manifest(folder)[1]["files"] for folder in (release, again))
    assert len(second) > 2 * len(recorded)
    for name in ("README.md", "SHA256SUMS", "croissant.json"):  # these tell which formats there are
        del second[name]
    assert {name: first[name] for name in second} == second
