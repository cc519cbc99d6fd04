"""The whole flow on a real run, and what a kill at any moment may not change."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from antifraud.labels import Codec, FraudType, OfficialCategory, Scene, Speaker
from antifraud.records import AnnotatedCall
from antifraud.store.files import sha256_of
from antifraud.store.lines import read_records
from antifraud.store.sealed import differences, files_in
from tests.conftest import clean_environment, command

CONFIG = """
run: {name: small, seed: 11}
generate:
  fraud: {count: 4, weights: {彩票诈骗: 1, 绑架诈骗: 1, 冒充公检法: 1, 投资诈骗: 1}}
  lawful: {count: 7}
synthesize: {line: {keep_clean: true, codecs: {alaw: 8, amr-nb: 1, opus: 1}}}
bench: {snapshot: first, share: 0.4}
"""
KILLS = 10


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("run", "small.yaml", "-q", *more),
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def a_folder(parent: Path, name: str) -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / "small.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of a run that nobody disturbed."""
    folder = a_folder(tmp_path_factory.mktemp("undisturbed"), "run")
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder / "data/runs/small"


@pytest.fixture(scope="module")
def calls(undisturbed: Path) -> list[AnnotatedCall]:
    return list(read_records(undisturbed / "annotations.jsonl", AnnotatedCall))


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def without_times(value: Any) -> Any:
    return {key: inner for key, inner in value.items() if key != "times"} if isinstance(value, dict) else value


def content(folder: Path) -> dict[str, Any]:
    """Every visible file: manifests without their times, all else by checksum."""
    return {
        path: without_times(json.loads((folder / path).read_bytes()))
        if path.startswith("manifests/")
        else sha256_of(folder / path)
        for path in files_in(folder)
        if not Path(path).name.startswith(".")
    }


def test_every_label_and_scene_has_its_call(calls: list[AnnotatedCall]) -> None:
    labels = Counter(call.fraud_type or call.official_category for call in calls if call.is_fraud)
    told = (FraudType.LOTTERY, FraudType.KIDNAPPING, FraudType.INVESTMENT, OfficialCategory.AUTHORITIES)
    assert labels == dict.fromkeys(told, 1)
    assert Counter(call.scene for call in calls if call.family is None) == dict.fromkeys(Scene, 1)
    siblings = {call.storyline for call in calls if call.family and not call.is_fraud}
    assert siblings == {call.storyline for call in calls if call.is_fraud}


def test_every_wav_is_stereo_at_sixteen_kilohertz_with_each_side_on_its_channel(
    undisturbed: Path, calls: list[AnnotatedCall]
) -> None:
    for call in calls:
        wave, rate = soundfile.read(undisturbed / call.audio, dtype="float32", always_2d=True)
        assert (rate, wave.shape[1]) == (16000, 2)
        assert np.abs(wave).max() < 0.99
        assert sha256_of(undisturbed / call.audio) == call.sha256
        assert len(wave) / rate == pytest.approx(call.duration_seconds, abs=1e-4)
        for segment in call.segments:
            piece = wave[round(segment.start_seconds * rate) : round(segment.end_seconds * rate)]
            own = 0 if segment.speaker is Speaker.CALLER else 1
            assert float(np.sqrt((piece[:, own] ** 2).mean())) > 0.003


def test_before_the_line_a_channel_is_silent_outside_its_own_segments(
    undisturbed: Path, calls: list[AnnotatedCall]
) -> None:
    """Between the first word and the last; ringing and the busy tone lie outside."""
    for call in calls[:5]:
        assert call.clean_audio
        assert sha256_of(undisturbed / call.clean_audio) == call.clean_sha256
        wave, rate = soundfile.read(undisturbed / call.clean_audio, dtype="float32", always_2d=True)
        assert len(wave) / rate == call.duration_seconds
        first, last = call.segments[0].start_seconds, max(segment.end_seconds for segment in call.segments)
        for channel, speaker in enumerate((Speaker.CALLER, Speaker.CALLEE)):
            quiet = np.zeros(len(wave), bool)
            quiet[round(first * rate) : round(last * rate)] = True
            for segment in call.segments:
                if segment.speaker is speaker:
                    quiet[round(segment.start_seconds * rate) - 2 : round(segment.end_seconds * rate) + 2] = False
            assert np.abs(wave[quiet, channel]).max() < 1e-4


def test_every_call_went_through_a_line_that_its_record_tells(undisturbed: Path, calls: list[AnnotatedCall]) -> None:
    assert len({call.line.codec for call in calls}) > 1
    for call in calls:
        assert call.line.codec is not Codec.NONE
        wave, rate = soundfile.read(undisturbed / call.audio, dtype="float32", always_2d=True)
        for channel in wave.T:
            spectrum = np.abs(np.fft.rfft(channel)) ** 2
            beyond = np.fft.rfftfreq(len(channel), 1 / rate) > 3700
            assert spectrum[beyond].sum() < 1e-3 * spectrum.sum()


def test_no_voice_of_the_benchmark_is_heard_in_training(undisturbed: Path, calls: list[AnnotatedCall]) -> None:
    frozen = {row["id"] for row in rows_of(undisturbed / "bench/first/items.jsonl")}
    heard: dict[bool, set[str]] = {True: set(), False: set()}
    for call in calls:
        heard[call.id in frozen].update(voice.name for voice in call.voices.values())
        assert call.reserve == ("bench" if call.id in frozen else "train")
    assert not heard[True] & heard[False]
    assert "No voice of the benchmark is heard here." in (undisturbed / "release/README.md").read_text()


def test_segments_follow_the_turns_and_gaps_are_those_of_talk(calls: list[AnnotatedCall]) -> None:
    gaps = []
    for call in calls:
        assert [segment.turn for segment in call.segments] == [turn.index for turn in call.turns]
        floor = [s for s, turn in zip(call.segments, call.turns) if not turn.is_backchannel]
        gaps += [b.start_seconds - a.end_seconds for a, b in pairwise(floor) if a.speaker is not b.speaker]
        assert max(segment.end_seconds for segment in call.segments) <= call.duration_seconds
    assert 0.0 < float(np.median(gaps)) < 0.8
    assert len({round(gap, 3) for gap in gaps}) > 0.8 * len(gaps)


def test_release_and_benchmark_are_whole_and_share_no_storyline(undisturbed: Path, calls: list[AnnotatedCall]) -> None:
    release, bench = undisturbed / "release", undisturbed / "bench/first"
    assert list(differences(release)) == []
    assert list(differences(bench)) == []
    storyline = {call.id: call.storyline for call in calls}
    packed = {row["id"] for row in rows_of(release / "metadata.jsonl")}
    frozen = {row["id"] for row in rows_of(bench / "items.jsonl")}
    assert packed | frozen == storyline.keys()
    assert not {storyline[i] for i in packed} & {storyline[i] for i in frozen}
    assert 4 <= len(frozen) <= 8


def test_items_of_the_benchmark_tell_no_label(undisturbed: Path, calls: list[AnnotatedCall]) -> None:
    bench = undisturbed / "bench/first"
    items, references = rows_of(bench / "items.jsonl"), rows_of(bench / "references.jsonl")
    shown = {"id", "audio", "sha256", "sample_rate_hz", "channels", "duration_seconds", "label_set", "questions"}
    assert all(item.keys() == shown | {"cuts_seconds"} for item in items)
    assert all(item["questions"] == items[0]["questions"] for item in items)
    assert items[0]["questions"].keys() == {"scene", "fraud", "fraud_type"}
    assert (
        [item["id"] for item in items]
        == [reference["id"] for reference in references]
        == sorted(item["id"] for item in items)
    )
    truth = {call.id: call.is_fraud for call in calls}
    assert all(reference["is_fraud"] == truth[reference["id"]] for reference in references)
    for item in items:
        with soundfile.SoundFile(bench / item["audio"]) as sound:
            assert sound.comment.startswith("synthetic speech")
            assert sound.title == item["id"]


def test_sft_rows_are_conversations_of_two_or_three_rounds(undisturbed: Path, calls: list[AnnotatedCall]) -> None:
    by_audio = {call.audio: call for call in calls}
    rows = [row for split in ("train", "test") for row in rows_of(undisturbed / f"release/sft/{split}.jsonl")]
    assert len(rows) == len(rows_of(undisturbed / "release/metadata.jsonl"))
    for row in rows:
        (audio,) = row["audios"]
        call = by_audio[audio]
        assert (undisturbed / "release" / audio).is_file()
        assert [message["role"] for message in row["messages"]] == ["user", "assistant"] * (3 if call.fraud_type else 2)
        assert sum(message["content"].count("<audio>") for message in row["messages"]) == 1
        answers = [message["content"] for message in row["messages"][1::2]]
        parsed = [json.loads(text.split("<answer>")[1].removesuffix("</answer>")) for text in answers]
        assert parsed[0]["scene"] == call.scene
        assert parsed[1]["is_fraud"] is call.is_fraud
        assert not call.fraud_type or parsed[2]["fraud_type"] == call.fraud_type


def test_binary_records_have_the_released_shape(undisturbed: Path, calls: list[AnnotatedCall]) -> None:
    truth = {call.audio: "fraud" if call.is_fraud else "normal" for call in calls}
    for split in ("train", "test"):
        rows = json.loads((undisturbed / f"release/binary_classification/{split}.json").read_bytes())
        for row in rows:
            assert row.keys() == {"prompt", "answer"}
            assert row["answer"] == truth[row["prompt"][1]["content"][0]["audio_url"]]


def test_cards_and_manifests_name_the_embedded_voice(undisturbed: Path) -> None:
    card = (undisturbed / "release/README.md").read_text(encoding="utf-8")
    assert "| speech | espeak 1.52" in card
    assert "Synthetic." in card
    for name in ("release/dataset_manifest.json", "bench/first/manifest.json", "manifests/calls.json"):
        manifest = json.loads((undisturbed / name).read_bytes())
        assert manifest["synthetic"] is True
        assert "espeak" in {engine["name"] for engine in manifest["engines"]}
        assert all(engine["embedded"] for engine in manifest["engines"])


def test_the_same_command_again_changes_nothing(undisturbed: Path) -> None:
    before = content(undisturbed)
    assert run(undisturbed.parents[2]).returncode == 0
    assert content(undisturbed) == before


def test_concurrency_does_not_change_a_byte(undisturbed: Path, tmp_path: Path) -> None:
    folder = a_folder(tmp_path, "serial")
    assert run(folder, "--set", "run.concurrency=1", "--set", "synthesize.workers=1").returncode == 0
    mine, theirs = content(folder / "data/runs/small"), content(undisturbed)
    for settings in (mine, theirs):
        del settings["config.json"]
    assert mine == theirs


def test_a_snapshot_is_never_overwritten(undisturbed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(undisturbed.parents[2], folder)
    before = content(folder / "data/runs/small/bench")
    done = subprocess.run(
        command("build-bench", "-c", "small.yaml", "--set", "bench.share=0.6"),
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "snapshots are never overwritten" in done.stderr
    assert content(folder / "data/runs/small/bench") == before


def progress_of(folder: Path) -> int:
    """How far a run has come: lines, sounds and finished folders so far."""
    base = folder / "data/runs/small"
    lines = sum(
        path.read_bytes().count(b"\n") for path in base.glob("*.jsonl") if not path.name.endswith("rejected.jsonl")
    )
    sounds = sum(1 for _ in base.rglob("*.wav"))
    return lines + sounds + sum(1 for _ in base.rglob("*anifest*.json"))


@pytest.mark.parametrize(("concurrency", "kills"), [(1, range(0, KILLS, 2)), (8, range(1, KILLS, 2))])
def test_kill_nine_at_ten_moments_changes_no_byte(
    undisturbed: Path, tmp_path: Path, concurrency: int, kills: range
) -> None:
    """Each moment is a point of progress, spread evenly from the first record to the last file."""
    wanted = content(undisturbed)
    del wanted["config.json"]
    last = progress_of(undisturbed.parents[2])
    killed_early = 0
    for kill in kills:
        folder = a_folder(tmp_path, f"kill-{kill}")
        arguments = command("run", "small.yaml", "-q", "--set", f"run.concurrency={concurrency}")
        process = subprocess.Popen(arguments, cwd=folder, env=clean_environment(), stderr=subprocess.DEVNULL)
        moment = round(last * kill / KILLS)
        deadline = time.monotonic() + 120
        while process.poll() is None and progress_of(folder) < moment and time.monotonic() < deadline:
            time.sleep(0.002)
        killed_early += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        done = run(folder, "--set", f"run.concurrency={concurrency}")
        assert done.returncode == 0, done.stderr
        mine = content(folder / "data/runs/small")
        del mine["config.json"]
        assert mine == wanted, f"killed at {moment} of {last}"
        assert not [name for name in files_in(folder) if ".building" in name or ".tmp" in name]
        shutil.rmtree(folder)
    assert killed_early >= len(kills) - 1
