"""An exported task asks as we do, and whether an answer is right is read by the same parser."""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import soundfile

from antifraud.errors import AntifraudError
from antifraud.evaluation.inspect_export.export import export_inspect
from antifraud.evaluation.inspect_export.grading import given_of
from antifraud.evaluation.records import Prediction
from antifraud.evaluation.score import score
from antifraud.store.lines import dump_line
from antifraud.store.sealed import seal
from tests.conftest import CommandLine
from tests.evaluation.benches import chained, item, predictions, references, write_predictions
from tests.fakes.inspect_double import Output, modules, run_sample

CALLS = references(24)
SAID = list(predictions(CALLS, chained(0.6, 0.15), model="m"))


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    return frozen(tmp_path / "frozen", "wav")


def frozen(folder: Path, suffix: str) -> Path:
    (folder / "audio").mkdir(parents=True)
    items = [item(call) for call in CALLS]
    items = [each.model_copy(update={"audio": each.audio.replace("wav", suffix)}) for each in items]
    for each in items:
        soundfile.write(folder / each.audio, np.zeros(80), 8000)
    (folder / "items.jsonl").write_bytes(b"".join(map(dump_line, items)))
    (folder / "references.jsonl").write_bytes(b"".join(map(dump_line, CALLS)))
    seal(folder, "manifest.json", {"snapshot": "frozen"})
    return folder


@pytest.fixture
def written(bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The task file, loaded with a double of Inspect."""
    assert export_inspect(bench, tmp_path / "inspect") == len(CALLS)
    for name, module in modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    spec = importlib.util.spec_from_file_location("antifraud_task", tmp_path / "inspect/antifraud_task.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def test_the_scorer_of_the_written_file_agrees_with_ours(
    written: ModuleType, bench: Path, tmp_path: Path
) -> None:
    task = written.antifraud()
    values, lines = [], []
    for sample, prediction in zip(task.dataset.held, SAID, strict=True):

        def answer(messages: list[Any], said: Prediction = prediction) -> Output:
            raw = str(said.answers[len(messages) // 2].raw)
            thought, closing, rest = raw.partition("</think>")
            return Output(rest, thought.removeprefix("<think>")) if closing else Output(raw)

        result, state = await run_sample(task, sample, answer)
        values.append(result.value)
        given = state.store["given"]
        assert [each["task"] for each in given] == [each.task for each in prediction.answers]
        lines.append(written.prediction_line(sample.id, given, "m"))
    (tmp_path / "from_log.jsonl").write_text("".join(lines))
    ours = [score(bench, write_predictions(tmp_path / "direct.jsonl", SAID), draws=5)]
    ours.append(score(bench, tmp_path / "from_log.jsonl", draws=5))
    for results in ours:
        for name, scores in results.strict.tasks.items():
            told = [value[name] for value in values if not math.isnan(value[name])]
            assert len(told) == scores.calls
            assert np.mean(told) == pytest.approx(scores.figures["accuracy"].value)
        joint = results.strict.chain["joint_accuracy"].value
        assert np.mean([value["joint"] for value in values]) == pytest.approx(joint)
    assert 0 < np.mean([value["fraud"] for value in values]) < 1


def test_a_sample_holds_the_recording_and_no_label_that_a_model_sees(written: ModuleType, bench: Path) -> None:
    task = written.antifraud()
    for sample in task.dataset.held:
        heard, asked = sample.input[0].content
        assert Path(heard.audio).samefile(bench / f"audio/{sample.id}.wav") and heard.format == "wav"
        assert asked.text == "?" and len(sample.input) == 1
    assert written.exact_labels.given["metrics"].keys() == {"scene", "fraud", "fraud_type", "joint"}
    assert task.metadata["seal"] == json.loads((bench / "manifest.json").read_text())["seal"]


async def test_what_is_cut_refused_or_fails_is_told_apart(written: ModuleType) -> None:
    given = {
        reason: given_of("fraud", '{"is_fraud": true', None, reason, None)
        for reason in ("stop", "max_tokens", "model_length", "content_filter", "tool_calls")
    }
    assert [each.finish for each in given.values()] == ["stop", "length", "length", "refused", "stop"]
    failed = given_of("fraud", "", "想", "unknown", "503")
    assert failed.finish == "error" and failed.raw is None and failed.error == "503"
    empty = written.answer_of("scene", Output("", error="no choices"))
    assert empty.finish == "error"


def test_what_inspect_cannot_take_is_refused(tmp_path: Path, bench: Path, antifraud: CommandLine) -> None:
    with pytest.raises(AntifraudError, match="Inspect takes wav and mp3"):
        export_inspect(frozen(tmp_path / "flac", "flac"), tmp_path / "inspect")
    assert not (tmp_path / "inspect").exists()
    done = antifraud("export-inspect", "frozen", "--output", "inspect")
    assert done.returncode == 0 and f"{len(CALLS)} calls" in done.stderr
    assert json.loads((tmp_path / "inspect/samples.json").read_text())["bench"] == "../frozen"
    (bench / "audio/call-000003.wav").write_bytes(b"other")
    refused = antifraud("export-inspect", "frozen", "--output", "inspect")
    assert refused.returncode == 1 and "call-000003.wav: changed" in refused.stderr
