from __future__ import annotations

from collections import Counter
from pathlib import Path

import orjson
import pytest

from antifraud.config import Config, load_config
from antifraud.errors import RecordError
from antifraud.intake.import_dialogues import import_dialogue, read_foreign
from antifraud.labels import Awareness, FraudType, Outcome, RejectReason, Scene, Speaker
from antifraud.records import Dialogue, Rejected
from antifraud.stages.intake import import_files
from antifraud.stages.job import Job
from antifraud.store.lines import read_records

OURS = Path(__file__).parent / "theirs.jsonl"
RELEASED = sorted((Path(__file__).parents[3] / "shared" / "reference").glob("*_dialogues.sample.jsonl"))
"""500 lines of the TeleAntiFraud repository, where they lie beside this checkout."""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load_config(None, {}, [f"run.folder={tmp_path}", "run.name=theirs"])


def results() -> list[Dialogue | Rejected]:
    return [import_dialogue(foreign, 1) for foreign in read_foreign(OURS)]


def test_turns_alternate_from_the_left() -> None:
    first = results()[0]
    assert isinstance(first, Dialogue)
    assert [turn.speaker for turn in first.turns] == [Speaker.CALLER, Speaker.CALLEE] * 2 + [Speaker.CALLER]
    assert first.turns[3].text == "验证码不能说的，我不弄了。"


def test_labels_and_endings_are_mapped_to_ours() -> None:
    fraud, lawful = results()[:2]
    assert isinstance(fraud, Dialogue)
    assert isinstance(lawful, Dialogue)
    assert (fraud.is_fraud, fraud.fraud_type, fraud.scene) == (True, FraudType.PHISHING, None)
    assert (lawful.is_fraud, lawful.fraud_type, lawful.scene) == (False, None, Scene.DINING)
    assert (fraud.ending.ended_by, lawful.ending.ended_by) == ("caller", "callee")
    assert fraud.ending.outcome is Outcome.UNKNOWN
    assert fraud.callee is not None
    assert (fraud.callee.age, fraud.callee.awareness) == (61, Awareness.MIDDLE)
    assert fraud.provenance.parents == ("tts_fraud_00001",)


def test_two_turns_of_one_side_in_a_row_are_joined() -> None:
    third, last = results()[2], results()[9]
    assert isinstance(third, Dialogue)
    assert [turn.text for turn in third.turns] == ["您好，您的快递丢了，可以三倍理赔。", "真的吗？那我不要了，再见。"]
    assert isinstance(last, Dialogue)
    assert [turn.text for turn in last.turns][2] == "您的车停在消防通道了，麻烦挪一下。"


@pytest.mark.parametrize(
    ("index", "reason", "said"),
    [
        (4, RejectReason.EMPTY_TURN, "turn 2 is empty"),
        (5, RejectReason.UNREADABLE, "fraud_type is '传销'"),
        (6, RejectReason.UNREADABLE, "age: input should be"),
        (7, RejectReason.UNREADABLE, "terminator is '不知道'"),
        (8, RejectReason.UNREADABLE, "expected a JSON object"),
    ],
)
def test_what_cannot_be_read_is_rejected_with_file_line_and_reason(index: int, reason: RejectReason, said: str) -> None:
    result = results()[index]
    assert isinstance(result, Rejected)
    assert result.reason is reason
    assert f"{OURS}:{index + 1}: " in result.detail
    assert said in result.detail


def test_a_json_document_is_read_like_its_lines(tmp_path: Path) -> None:
    lines = [orjson.loads(line) for line in OURS.read_bytes().splitlines() if line.startswith(b"{")]
    (tmp_path / "all.json").write_bytes(orjson.dumps(lines))
    (tmp_path / "one.json").write_bytes(orjson.dumps(lines[0]))
    assert len(list(read_foreign(tmp_path / "all.json"))) == 9
    (one,) = read_foreign(tmp_path / "one.json")
    assert isinstance(import_dialogue(one, 1), Dialogue)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="No such file"):
        list(read_foreign(tmp_path / "nothing.jsonl"))


@pytest.mark.parametrize("files", [[OURS], RELEASED or [OURS]], ids=["ours", "released"])
async def test_every_line_comes_out_accepted_or_rejected(config: Config, files: list[Path]) -> None:
    job = Job(config, quiet=True)
    tally = await import_files(job, files)
    lines = sum(len(file.read_bytes().splitlines()) for file in files)
    accepted = list(read_records(job.run.dialogues, Dialogue))
    rejected = list(read_records(job.run.path / "dialogues.rejected.jsonl", Rejected))
    assert tally.entered == lines == len(accepted) + len(rejected)
    assert tally.reasons == Counter(record.reason for record in rejected)
    assert len({record.id for record in [*accepted, *rejected]}) == lines
    assert accepted


@pytest.mark.skipif(not RELEASED, reason="the released dialogues do not lie beside this checkout")
async def test_the_released_dialogues_are_mostly_accepted(config: Config) -> None:
    tally = await import_files(Job(config, quiet=True), RELEASED)
    assert tally.entered == 500
    assert tally.accepted >= 250
    assert tally.reasons["placeholder"] > 0
