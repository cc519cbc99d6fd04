"""Windows of calls that are longer than a model hears."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from antifraud.config import load_config
from antifraud.errors import ConfigError
from antifraud.labels import Speaker
from antifraud.records import AnnotatedCall
from antifraud.release.counts import Counts
from antifraud.release.pack import pack
from antifraud.release.windows import windows, within
from antifraud.release_config import PackConfig, WindowConfig
from antifraud.store.sealed import differences
from tests.calls import a_call
from tests.release.recorded_calls import CONTENT, annotated

Rows = list[dict[str, Any]]
SPANS = [(at * 5.0 + 0.5, at * 5.0 + 5) for at in range(12)]
"""Twelve turns of 4.5 s, half a second apart."""
HEARD = 20.0
"""Room for four of them."""


def packed(calls: list[AnnotatedCall], folder: Path, **settings: Any) -> tuple[Rows, Counts, Path]:
    config = PackConfig(
        formats=("taf", "swift", "parquet", "webdataset", "lhotse"),
        test_share=0.0,
        windows=WindowConfig(cut=True, heard_seconds=HEARD, **settings),
    )
    release = pack(lambda: calls, folder, folder / "release", config, seed=1, bench_share=0.0, content=CONTENT)
    rows = [orjson.loads(line) for line in (release.folder / "metadata.jsonl").read_bytes().splitlines()]
    return rows, release.splits["train"], release.folder


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 30), st.floats(-0.5, 3)), min_size=1, max_size=30),
    st.integers(0, 4),
)
def test_windows_hold_every_turn_in_order_and_are_heard_whole(lengths: list[tuple[float, float]], overlap: int) -> None:
    spans, now = [], 0.5
    for seconds, gap in lengths:
        spans.append((now, now + seconds))
        now += seconds + max(gap, -seconds / 2)
    call = a_call([(Speaker.CALLER, "好")] * len(spans), spans, max(end for _, end in spans))
    cut = list(windows(call, WindowConfig(cut=True, heard_seconds=HEARD, overlap_turns=overlap)))
    assert (cut[0].turns.start, cut[-1].turns.stop) == (0, len(spans))
    for one, following in pairwise(cut):
        assert one.turns.start < following.turns.start <= one.turns.stop < following.turns.stop
        assert one.turns.stop - following.turns.start <= overlap
    for window in cut:
        assert len(window.turns) == 1 or window.duration_seconds <= HEARD
        heard = [spans[turn] for turn in window.turns]
        assert (window.start_seconds, window.end_seconds) == (heard[0][0], max(end for _, end in heard))


def test_each_window_is_a_sample_with_its_own_sound_turns_and_times(tmp_path: Path) -> None:
    call = annotated(1, tmp_path, SPANS)
    rows, counts, folder = packed([call], tmp_path)
    assert [row["first_turn"] for row in rows] == [0, 3, 6, 9]
    assert [len(row["turns"]) for row in rows] == [4, 4, 4, 3]
    original, rate_hz = soundfile.read(tmp_path / call.audio, dtype="int16")
    for number, row in enumerate(rows):
        assert (row["id"], row["call_id"]) == (f"{call.id}-w{number:02d}", call.id)
        sound, rate = soundfile.read(folder / row["audio"], dtype="int16")
        start, turns = round(row["start_seconds"] * rate_hz), range(row["first_turn"], 12)
        assert (rate, len(sound) / rate) == (rate_hz, row["duration_seconds"])
        assert np.array_equal(sound, original[start : start + len(sound)])
        with soundfile.SoundFile(folder / row["audio"]) as file:
            assert (file.title, file.comment) == (row["id"], "synthetic speech")
        for turn, index in zip(row["turns"], turns):
            assert turn["text"] == call.turns[index].text
            heard = (turn["start_seconds"] + row["start_seconds"], turn["end_seconds"] + row["start_seconds"])
            assert heard == pytest.approx(SPANS[index])
    assert not (folder / call.audio).exists()
    assert list(differences(folder)) == []
    assert (counts.calls, counts.recordings, counts.longer, counts.unheard_hours) == (1, 4, 1, 0)


def test_a_window_has_the_label_only_where_the_evidence_is_heard(tmp_path: Path) -> None:
    fraud, lawful, short = annotated(0, tmp_path, SPANS), annotated(3, tmp_path, SPANS), annotated(4, tmp_path)
    rows, counts, folder = packed([fraud, lawful, short], tmp_path)
    told = {row["id"]: (row["is_fraud"], row["conversation_stage"], row["scene"], row["fraud_type"]) for row in rows}
    nothing = (None, "early", None, None)
    assert told == {
        "call-0-w00": (True, "late", "咨询客服", "银行诈骗"),
        **dict.fromkeys(("call-0-w01", "call-0-w02", "call-0-w03"), nothing),
        "call-3-w00": (None, "early", "咨询客服", None),
        **dict.fromkeys(("call-3-w01", "call-3-w02", "call-3-w03"), nothing),
        "call-4": (True, "complete", "咨询客服", "银行诈骗"),
    }
    assert {row["id"]: row["outcome"] for row in rows if row["outcome"]} == dict.fromkeys(
        ("call-0-w03", "call-3-w03", "call-4"), "refused"
    )
    assert (counts.unlabelled, counts.unproven, counts.lost_samples) == (7, 1, 1)
    binary = orjson.loads((folder / "binary_classification/train.json").read_bytes())
    assert [row["answer"] for row in binary] == ["fraud", "fraud"]
    talks = [orjson.loads(line) for line in (folder / "sft/train.jsonl").read_bytes().splitlines()]
    assert [(row["audios"], len(row["messages"]), row["answers"]) for row in talks] == [
        (["audio/call-0-w00.wav"], 6, "fraud"),
        (["audio/call-3-w00.flac"], 2, None),
        (["audio/call-4.wav"], 6, "fraud"),
    ]
    prompts = [orjson.loads(line) for line in (folder / "swift/grpo_train.jsonl").read_bytes().splitlines()]
    assert [row["task"] for row in prompts] == [*(full := ["scene", "fraud", "fraud_type"]), "scene", *full]


def test_a_round_that_quotes_what_is_not_heard_is_left_out(tmp_path: Path) -> None:
    call = annotated(0, tmp_path, [(0.5, 9), (9.5, 18), (19, 29), (30, 38)])
    rows, counts, folder = packed([call], tmp_path, overlap_turns=0)
    assert [(row["first_turn"], row["is_fraud"], row["fraud_type"]) for row in rows] == [
        (0, None, None),
        (2, True, None),
    ]
    talks = [orjson.loads(line) for line in (folder / "sft/train.jsonl").read_bytes().splitlines()]
    assert [[message["content"] for message in row["messages"]][::2] for row in talks] == [
        *(["<audio>场景？"], ["<audio>诈骗？"])
    ]
    assert (counts.unproven, counts.lost_samples) == (0, 1)


def test_a_turn_longer_than_what_is_heard_is_marked_and_counted(tmp_path: Path) -> None:
    call = annotated(0, tmp_path, [(0.5, 5), (6, 10), (11, 46), (47, 50)])
    rows, counts, _ = packed([call], tmp_path)
    assert [(row["first_turn"], row["duration_seconds"], row["heard_seconds"]) for row in rows] == [
        *((0, 9.5, 9.5), (2, 35, HEARD), (3, 3, 3))
    ]
    assert rows[1]["is_fraud"] is True
    assert round(counts.unheard_hours * 3600, 6) == 15
    assert counts.unproven == 1


def test_windows_of_an_mp3_lose_nothing_a_second_time(tmp_path: Path) -> None:
    call = annotated(2, tmp_path, SPANS, file_format="mp3")
    rows, _, folder = packed([call], tmp_path)
    original, rate_hz = soundfile.read(tmp_path / call.audio, dtype="float32")
    for row in rows:
        assert row["audio"].endswith(".flac")
        sound = soundfile.read(folder / row["audio"], dtype="float32")[0]
        start = round(row["start_seconds"] * rate_hz)
        assert np.abs(sound - original[start : start + len(sound)]).max() <= 1 / 32768


def test_windows_of_a_long_id_have_ids_of_their_own(tmp_path: Path) -> None:
    call = annotated(0, tmp_path, SPANS)
    cut = list(windows(call, WindowConfig(cut=True, heard_seconds=HEARD)))
    names = {
        AnnotatedCall.model_validate(within(call.model_copy(update={"id": name}), window, 10).model_dump()).id
        for name in ("c" * 64, "c" * 63 + "d")
        for window in cut
    }
    assert len(names) == 2 * len(cut)


def test_beginnings_of_calls_need_whole_calls() -> None:
    with pytest.raises(ConfigError, match="the format prefixes needs whole calls"):
        load_config(None, {}, ["pack.formats=[taf, prefixes]", "pack.windows.cut=true"])
