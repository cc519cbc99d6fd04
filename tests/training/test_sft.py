"""The folder that `antifraud sft` writes, and what it refuses; nothing here needs torch."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import soundfile
import yaml

from antifraud.errors import AntifraudError, IntegrityError, RecordError, StoreError, UsageError
from antifraud.store.sealed import seal
from antifraud.training.fitting import Limits
from antifraud.training.sft import write_sft
from antifraud.training.token_counts import audio_tokens, text_tokens
from tests.conftest import CommandLine

ROOMY = Limits(8192, "refuse", "keep")
RATE_HZ = 8000


def rows_of(path: Path) -> list[Any]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]


def row(audio: str = "audio/a.wav", answer: str = "是诈骗。") -> dict[str, Any]:
    return {
        "messages": [{"role": "user", "content": "<audio>听录音。"}, {"role": "assistant", "content": answer}],
        "audios": [audio],
    }


def small_release(folder: Path, rows: Sequence[Any], seconds: dict[str, float]) -> Path:
    """A sealed release of a few rows, with noise for recordings."""
    for name in ("audio", "sft"):
        (folder / name).mkdir(parents=True)
    noise = np.random.default_rng(1)
    for audio, length in seconds.items():
        soundfile.write(folder / audio, noise.uniform(-0.1, 0.1, round(length * RATE_HZ)), RATE_HZ)
    (folder / "sft/train.jsonl").write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in rows))
    seal(folder, "dataset_manifest.json", {"name": "small"})
    return folder


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """One conversation that fits, one with an answer of 500 characters, one with 40 s of audio."""
    rows = [row(), row("audio/b.wav", "是" * 500), row("audio/c.wav")]
    lengths = {"audio/a.wav": 2.0, "audio/b.wav": 2.0, "audio/c.wav": 40.0}
    return small_release(tmp_path / "release", rows, lengths)


def test_swift_reads_the_rows_of_the_release_and_finds_its_recordings(release: Path, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "sft"
    found = write_sft(release, folder, "swift", ROOMY, gpus=4)
    assert (folder / "data/train.jsonl").read_bytes() == (release / "sft/train.jsonl").read_bytes()
    root = re.search(r"RELEASE:-(.*?)}", (folder / "run.sh").read_text())
    assert root
    rows = rows_of(folder / "data/train.jsonl")
    assert all((folder / root[1] / audio).is_file() for each in rows for audio in each["audios"])
    settings = yaml.safe_load((folder / "swift.yaml").read_text())
    assert (settings["tuner_type"], settings["gradient_accumulation_steps"]) == ("lora", 8)
    assert found.samples == found.kept == len(rows) > 1


def test_what_is_not_heard_of_a_call_is_told_to_the_second(release: Path, tmp_path: Path) -> None:
    write_sft(release, tmp_path / "sft", "swift", ROOMY)
    lengths = {
        audio: soundfile.info(release / audio).duration
        for audio in ("audio/" + p.name for p in (release / "audio").iterdir())
    }
    cut = rows_of(tmp_path / "sft/check.jsonl")
    assert cut
    for each in cut:
        assert each["lost_seconds"] == pytest.approx(lengths[each["audios"][0]] - 30, abs=0.001)
        where, _, number = each["sample"].rpartition(":")
        assert rows_of(release / where)[int(number) - 1]["audios"] == each["audios"]
    told = json.loads((tmp_path / "sft/recipe.json").read_bytes())["audio"]
    assert told["lost_hours"] == pytest.approx(sum(each["lost_seconds"] for each in cut) / 3600, abs=1e-4)
    assert told["cut"] == len(cut)


@pytest.mark.parametrize(("seconds", "tokens"), [(10, 250), (29, 725), (30, 750), (31, 750), (62, 750)])
def test_a_recording_has_the_tokens_that_were_measured(seconds: float, tokens: int) -> None:
    assert audio_tokens(seconds) == tokens


def test_a_text_is_estimated_by_characters_and_by_thirds_of_latin_letters() -> None:
    assert text_tokens("是诈骗，95%") == 7
    assert text_tokens("confidence") == 4


def test_too_long_is_refused_by_name_and_nothing_is_written(three: Path, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"train\.jsonl:2: 5\d\d tokens") as refused:
        write_sft(three, tmp_path / "sft", "swift", Limits(500, "refuse", "keep"))
    assert "--too-long drop" in str(refused.value)
    assert "train.jsonl:1" not in str(refused.value)
    assert not (tmp_path / "sft").exists()


def test_what_does_not_fit_can_be_left_out(three: Path, tmp_path: Path) -> None:
    found = write_sft(three, tmp_path / "sft", "transformers", Limits(500, "drop", "drop"))
    assert (found.kept, found.dropped) == (1, {"too_long": 2})
    assert [each["audios"] for each in rows_of(tmp_path / "sft/data/train.jsonl")] == [["audio/a.wav"]]
    assert [each["is_kept"] for each in rows_of(tmp_path / "sft/check.jsonl")] == [False, False]
    found = write_sft(three, tmp_path / "roomy", "transformers", Limits(2000, "drop", "drop"))
    assert (found.kept, found.dropped) == (2, {"cut_audio": 1})
    with pytest.raises(RecordError, match=r"train\.jsonl:3: .* 10\.0 of 40\.0 s not heard"):
        write_sft(three, tmp_path / "strict", "transformers", Limits(2000, "drop", "refuse"))
    with pytest.raises(RecordError, match="none of 3 conversations is left"):
        write_sft(three, tmp_path / "none", "transformers", Limits(20, "drop", "keep"))


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({**row(), "messages": row()["messages"][:1]}, "rounds of user and assistant"),
        ({**row(), "audios": ["audio/a.wav", "audio/a.wav"]}, "one <audio> for each of 2 audios, found 1"),
        (row(answer="是<|im_end|>"), "expected no <|"),
        (row("audio/none.wav"), "cannot be read as audio"),
    ],
)
def test_a_row_that_is_no_conversation_is_named(tmp_path: Path, broken: Any, why: str) -> None:
    release = small_release(tmp_path / "release", [row(), broken], {"audio/a.wav": 1.0})
    with pytest.raises(RecordError, match=r"train\.jsonl:2.*" + re.escape(why)):
        write_sft(release, tmp_path / "sft", "swift", ROOMY)


def test_recordings_are_copied_when_asked_and_never_a_changed_one(three: Path, tmp_path: Path) -> None:
    write_sft(three, tmp_path / "sft", "transformers", ROOMY, copies_audio=True)
    for audio in ("audio/a.wav", "audio/b.wav", "audio/c.wav"):
        assert (tmp_path / "sft" / audio).read_bytes() == (three / audio).read_bytes()
    assert yaml.safe_load((tmp_path / "sft/settings.yaml").read_text())["release"] == "."
    (three / "audio/a.wav").write_bytes((three / "audio/b.wav").read_bytes())
    with pytest.raises(IntegrityError, match=r"a\.wav: changed"):
        write_sft(three, tmp_path / "again", "transformers", ROOMY, copies_audio=True)


def test_a_folder_that_is_there_and_a_release_without_conversations_are_refused(three: Path, tmp_path: Path) -> None:
    write_sft(three, tmp_path / "sft", "swift", ROOMY)
    (tmp_path / "sft/output").mkdir()
    with pytest.raises(StoreError, match="may hold a trained model"):
        write_sft(three, tmp_path / "sft", "swift", ROOMY)
    (three / "sft/train.jsonl").unlink()
    with pytest.raises(AntifraudError, match=r"no sft/train\.jsonl or swift/train\.jsonl here"):
        write_sft(three, tmp_path / "other", "swift", ROOMY)


def test_swift_refuses_a_model_folder_without_ignore_index(three: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model/config.json").write_text("{}")
    with pytest.raises(UsageError, match='Add "ignore_index": -100'):
        write_sft(three, tmp_path / "sft", "swift", ROOMY, model=str(tmp_path / "model"))


def test_the_pins_of_the_folder_are_the_versions_tested_here(three: Path, tmp_path: Path) -> None:
    write_sft(three, tmp_path / "sft", "transformers", ROOMY)
    pins = (tmp_path / "sft/requirements.txt").read_text().split("\n")
    named = dict(pin.split("==") for pin in pins if pin and not pin.startswith("#"))
    assert {name: version(name).partition("+")[0] for name in named} == named


def test_the_script_of_the_folder_needs_nothing_of_antifraud(three: Path, tmp_path: Path) -> None:
    write_sft(three, tmp_path / "sft", "transformers", ROOMY)
    for module in (tmp_path / "sft/recipe").iterdir():
        assert not re.search(r"^\s*(from|import) antifraud", module.read_text(), re.MULTILINE)


def test_the_command_needs_no_torch_and_tells_what_is_lost(antifraud: CommandLine, three: Path, tmp_path: Path) -> None:
    done = antifraud("sft", str(three), "-o", "made", "--framework", "transformers", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0, done.stderr
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time")}
    assert "soundfile" in imported
    assert not {"torch", "transformers", "peft"} & imported
    assert "1 have audio beyond the 30 s that are heard: 0.00 of 0.01 hours are lost" in done.stderr
    assert (tmp_path / "made/run.sh").stat().st_mode & 0o100
    refused = antifraud("sft", str(three), "-o", "other", "--max-tokens", "300")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
