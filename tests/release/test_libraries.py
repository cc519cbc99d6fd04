"""Releases read by the libraries they are made for."""

from __future__ import annotations

import gc
from collections import Counter
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import soundfile

from antifraud.records import AnnotatedCall
from antifraud.release.rows import response
from tests.release.conftest import SHARDED

Recorded = dict[str, AnnotatedCall]
Rows = dict[str, dict[str, Any]]
SPLITS = ("train", "test")


def check_fields(row: dict[str, Any], call: AnnotatedCall) -> None:
    """Compare what every format says of a call with its record."""
    for name in ("id", "sha256", "sample_rate_hz", "channels", "duration_seconds", "is_fraud", "scenario", "storyline"):
        assert row[name] == getattr(call, name), name
    for name in ("scene", "fraud_type", "official_category"):
        assert row[name] == getattr(call, name), name
    assert row["heard_seconds"] == call.duration_seconds
    assert (row["call_id"], row["call_is_fraud"], row["conversation_stage"]) == (call.id, call.is_fraud, "complete")
    assert (row["start_seconds"], row["first_turn"], row["outcome"]) == (0, 0, call.ending.outcome)
    assert row["synthetic"] is True
    assert row["turns"] == [
        {"speaker": t.speaker, "text": t.text, "start_seconds": s.start_seconds, "end_seconds": s.end_seconds}
        for t, s in zip(call.turns, call.segments)
    ]
    answers = [message["content"] for message in row["messages"] if message["role"] == "assistant"]
    assert answers == [response(round_) for round_ in call.rounds]


@pytest.fixture
def datasets() -> Any:
    import datasets as library

    library.disable_progress_bars()
    return library


def test_datasets_loads_shards_with_recordings_inside(
    datasets: Any, release: Path, recorded: Recorded, metadata: Rows, tmp_path: Path
) -> None:
    files = {split: str(release / f"data/{split}-*.parquet") for split in SPLITS}
    assert len(list((release / "data").glob("train-*.parquet"))) > 1
    loaded = datasets.load_dataset("parquet", data_files=files, cache_dir=str(tmp_path))
    seen = set()
    for split in SPLITS:
        assert loaded[split].features["audio"] == datasets.Audio()
        for row in loaded[split].cast_column("audio", datasets.Audio(decode=False)):
            call = recorded[row["id"]]
            check_fields(row, call)
            assert row["split"] == metadata[call.id]["split"] == split
            assert row["audio"]["path"] == Path(call.audio).name
            assert sha256(row["audio"]["bytes"]).hexdigest() == call.sha256
            sound, rate_hz = soundfile.read(BytesIO(row["audio"]["bytes"]))
            assert rate_hz == call.sample_rate_hz
            assert np.array_equal(sound, soundfile.read(release / call.audio)[0])
            seen.add(row["id"])
    assert seen == recorded.keys()


def test_datasets_loads_the_viewer_with_sound_and_the_tables_without(
    datasets: Any, release: Path, recorded: Recorded, tmp_path: Path
) -> None:
    shown = datasets.load_dataset("parquet", data_files=str(release / "viewer/train.parquet"), cache_dir=str(tmp_path))
    shown = shown["train"].cast_column("audio", datasets.Audio(decode=False))
    assert shown.column_names[:5] == ["id", "task", "audio_path", "instruction", "label"]
    for row in shown:
        call = recorded[row["id"]]
        assert (row["audio_path"], row["label"]) == (call.audio, "fraud" if call.is_fraud else "normal")
        assert sha256(row["audio"]["bytes"]).hexdigest() == call.sha256
    for table in ("sft/train.jsonl", "swift/grpo_train.jsonl", "llamafactory/train.jsonl", "metadata.jsonl"):
        rows = datasets.load_dataset("json", data_files=str(release / table), cache_dir=str(tmp_path))["train"]
        assert len(rows) == len((release / table).read_bytes().splitlines())


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # webdataset leaves its tars to the collector
def test_webdataset_reads_tars_in_its_own_way(release: Path, recorded: Recorded, metadata: Rows) -> None:
    import webdataset

    seen, bytes_in = set(), Counter[str]()
    for split in SPLITS:
        shards = sorted(str(path) for path in (release / "webdataset").glob(f"{split}-*.tar"))
        for sample in webdataset.WebDataset(shards, shardshuffle=False):
            row = orjson.loads(sample["json"])
            call = recorded[sample["__key__"]]
            check_fields(row, call)
            assert row["split"] == metadata[call.id]["split"] == split
            assert sample[Path(call.audio).suffix[1:]] == (release / call.audio).read_bytes()
            seen.add(sample["__key__"])
            bytes_in[sample["__url__"]] += len(sample[Path(call.audio).suffix[1:]])
    gc.collect()
    assert seen == recorded.keys()
    assert len(bytes_in) > len(SPLITS)
    assert max(bytes_in.values()) <= SHARDED * 1_000_000


def test_lhotse_reads_cuts_of_two_channels(release: Path, recorded: Recorded, metadata: Rows) -> None:
    import lhotse

    for split in SPLITS:
        cuts = lhotse.CutSet.from_file(release / f"lhotse/cuts_{split}.jsonl.gz")
        cuts = cuts.with_recording_path_prefix(release).to_eager()
        lhotse.validate(cuts, read_data=True)
        assert [cut.id for cut in cuts] == [name for name, row in metadata.items() if row["split"] == split]
        for cut in cuts:
            call = recorded[cut.id]
            assert (cut.sampling_rate, cut.num_channels) == (call.sample_rate_hz, 2)
            assert np.array_equal(cut.load_audio().T, soundfile.read(release / call.audio, dtype="float32")[0])
            assert (cut.custom["is_fraud"], cut.custom["scene"]) == (call.is_fraud, call.scene)
            for turn, segment, said in zip(call.turns, call.segments, cut.supervisions, strict=True):
                assert (said.text, said.custom["role"]) == (turn.text, turn.speaker)
                assert said.channel == [0 if turn.speaker == "caller" else 1]
                assert (said.start, said.end) == pytest.approx((segment.start_seconds, segment.end_seconds), abs=1e-5)
        parts = {
            "recordings": lhotse.RecordingSet.from_file(release / f"lhotse/recordings_{split}.jsonl.gz").to_eager(),
            "supervisions": lhotse.SupervisionSet.from_file(
                release / f"lhotse/supervisions_{split}.jsonl.gz"
            ).to_eager(),
        }
        lhotse.validate(parts["supervisions"])
        together = lhotse.CutSet.from_manifests(**parts)
        assert [cut.supervisions for cut in together] == [cut.supervisions for cut in cuts]
