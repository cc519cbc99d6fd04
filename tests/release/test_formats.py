"""What each format of a release holds of a call, by the rules of those who read it."""

from __future__ import annotations

from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from typing import Any, get_args

import numpy as np
import orjson
import pytest
import soundfile

from antifraud.config import PackConfig, ReleaseFormat
from antifraud.labels import FraudType, Scene, Speaker
from antifraud.records import AnnotatedCall, Answer, Evidence, Prefix, Round
from antifraud.release.pack import pack
from tests.calls import a_call

CALLS = 12
CONTENT: dict[str, Any] = {"engines": [], "sample_rates_hz": [8000]}


def annotated(number: int, folder: Path) -> AnnotatedCall:
    """Return an annotated call whose recording lies in a folder."""
    call = a_call(
        turns=[(Speaker.CALLER, "您把验证码念给我。"), (Speaker.CALLEE, "我不念。"), (Speaker.CALLER, "那好吧。")],
        segments=[(0.0, 0.5), (0.6, 0.8), (0.8, 1.0)],
        duration_seconds=1.0,
        id=f"call-{number}",
        storyline=f"story-{number}",
        audio=f"audio/call-{number}.wav",
        scene=Scene.CONSULTATION,
        fraud_type=FraudType.BANKING,
    )
    soundfile.write(folder / call.audio, np.full((8000, 2), number / 100), 8000)
    proof = (Evidence(turn=0, quote="验证码"),)
    answers = (
        ("scene", Answer(reason="凭“验证码”", confidence=0.9, scene=Scene.CONSULTATION)),
        ("fraud", Answer(reason="凭“验证码”", confidence=0.9, is_fraud=True)),
        ("fraud_type", Answer(reason="凭“验证码”", confidence=0.9, fraud_type=FraudType.BANKING)),
    )
    rounds = [
        Round(task=task, question=f"{task}？", think="想。", answer=answer, evidence=proof) for task, answer in answers
    ]
    prefixes = (
        Prefix(turns=1, seconds=0.5, stage="late", is_fraud=True),
        Prefix(turns=3, seconds=1.0, stage="complete", is_fraud=True),
    )
    digest = sha256((folder / call.audio).read_bytes()).hexdigest()
    fields = {**dict(call), "sha256": digest, "rounds": rounds, "prefixes": prefixes}
    return AnnotatedCall(**fields, annotator="rules", attempts=1, agrees=True)


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """A release of twelve calls in every format."""
    (tmp_path / "audio").mkdir()
    calls = [annotated(number, tmp_path) for number in range(CALLS)]
    config = PackConfig(formats=get_args(ReleaseFormat), test_share=0.25)
    made = pack(lambda: calls, tmp_path, tmp_path / "release", config, seed=1, bench_share=0.0, content=CONTENT)
    assert {split: counts.calls for split, counts in made.splits.items()} == {"train": 9, "test": 3}
    return made.folder


def lines(path: Path) -> list[Any]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def test_swift_has_a_tag_for_each_audio_and_a_solution_for_each_prompt(release: Path) -> None:
    for row in lines(release / "swift/train.jsonl"):
        said = [message["content"] for message in row["messages"]]
        assert [message["role"] for message in row["messages"]] == ["user", "assistant"] * 3
        assert sum(text.count("<audio>") for text in said) == len(row["audios"]) == 1
        assert (release / row["audios"][0]).exists()
        assert all(text.startswith("<think>") and text.endswith("</answer>") for text in said[1::2])
    prompts = lines(release / "swift/grpo_test.jsonl")
    assert len(prompts) == 9
    assert {(row["task"], row["solution"]) for row in prompts} == {
        *(("scene", "咨询客服"), ("fraud", "fraud"), ("fraud_type", "银行诈骗"))
    }
    assert all([message["role"] for message in row["messages"]] == ["user"] for row in prompts)


def test_llamafactory_finds_its_files_columns_and_audio(release: Path) -> None:
    info = orjson.loads((release / "llamafactory/dataset_info.json").read_bytes())
    assert info.keys() == {"antifraud_train", "antifraud_test"}
    for entry in info.values():
        rows = lines(release / "llamafactory" / entry["file_name"])
        assert rows
        for row in rows:
            columns = entry["columns"]
            turns, audios = row[columns["messages"]], row[columns["audios"]]
            assert [turn["from"] for turn in turns] == ["human", "gpt"] * 3
            assert sum(turn["value"].count("<audio>") for turn in turns) == len(audios) == 1
            assert row[columns["system"]]


def test_openai_rows_hold_the_recording_itself(release: Path) -> None:
    by_id = {row["id"]: row for row in lines(release / "metadata.jsonl")}
    digests = {row["sha256"] for row in by_id.values() if row["split"] == "train"}
    heard = set()
    for row in lines(release / "openai/train.jsonl"):
        first = row["messages"][1]["content"][0]
        assert first["type"] == "input_audio"
        assert first["input_audio"]["format"] == "wav"
        heard.add(sha256(b64decode(first["input_audio"]["data"])).hexdigest())
    assert heard == digests


def test_beginnings_of_calls_are_labelled_by_what_was_heard(release: Path) -> None:
    rows = lines(release / "prefixes/test.jsonl")
    assert [(row["seconds"], row["conversation_stage"], row["is_fraud"]) for row in rows[:2]] == [
        *((0.5, "late", True), (1.0, "complete", True))
    ]
    assert {row["id"] for row in rows} == {
        row["id"] for row in lines(release / "metadata.jsonl") if row["split"] == "test"
    }


def test_the_card_names_the_files_that_are_there(release: Path) -> None:
    card = (release / "README.md").read_text(encoding="utf-8")
    for name in (
        "sft/train.jsonl",
        "swift/grpo_train.jsonl",
        "llamafactory/",
        "openai/train.jsonl",
        "prefixes/train.jsonl",
    ):
        assert f"`{name}`" in card
        assert (release / name).exists()


def test_a_split_without_calls_is_an_empty_file_of_its_form(tmp_path: Path) -> None:
    (tmp_path / "audio").mkdir()
    one = [annotated(0, tmp_path)]
    pack(lambda: one, tmp_path, tmp_path / "r", PackConfig(test_share=0.0), seed=1, bench_share=0.0, content=CONTENT)
    assert orjson.loads((tmp_path / "r/binary_classification/test.json").read_bytes()) == []
    assert len(orjson.loads((tmp_path / "r/binary_classification/train.json").read_bytes())) == 1
