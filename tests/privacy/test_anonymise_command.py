from __future__ import annotations

import json
from pathlib import Path

import pytest

from antifraud.audit.gates import gate
from antifraud.audit_config import AuditConfig
from antifraud.config import Config, load_config
from antifraud.errors import BelowStandard, ConfigError, RecordError
from antifraud.intake.lenient import read_any
from antifraud.privacy.anonymiser import Anonymiser
from antifraud.stages.anonymisation import anonymise_file, span_lines
from tests.audit.calls import call
from tests.fakes.client import FakeService

KEY = b"a key of this test, 32 bytes ..."
THEIRS = {
    "tts_id": "tts_fraud_00001",
    "left": ["您好，是何小龙吗？我手机13812345678。"],
    "right": ["我是，我住河对岸第三家。"],
    "user_age": 30,
    "user_awareness": "低",
    "fraud_type": "银行诈骗",
    "occupation": "教师",
    "termination_reason": "何小龙挂断",
    "terminator": "right",
}


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    path = tmp_path / "theirs.jsonl"
    path.write_text(json.dumps(THEIRS, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def chatting(url: str) -> Config:
    return load_config(None, {}, ["privacy.chat=true", "llm.preset=openai", f"llm.base_url={url}"])


async def test_a_foreign_file_is_written_without_its_values_and_the_report_tells_kinds(
    theirs: Path, tmp_path: Path
) -> None:
    output, review = tmp_path / "new.jsonl", tmp_path / "review.html"
    result = await anonymise_file(Config(), Anonymiser(KEY), theirs, output, review)
    assert (result.calls, result.counts) == (1, {"mobile": 1, "person": 2})
    report = (tmp_path / "new.privacy.json").read_text(encoding="utf-8")
    assert json.loads(report)["replaced"] == result.counts
    for text in (output.read_text(encoding="utf-8"), report):
        assert "何小龙" not in text
        assert "13812345678" not in text
    assert "<del>何小龙</del><ins>" in review.read_text(encoding="utf-8")
    assert len(read_any(output)[0]) == 1


async def test_a_local_model_adds_what_it_quotes_and_nothing_it_makes_up(
    theirs: Path, tmp_path: Path, fake_service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-key-of-the-loopback")
    result = await anonymise_file(chatting(fake_service.url), Anonymiser(KEY), theirs, tmp_path / "new.jsonl")
    assert result.counts == {"address": 1, "mobile": 1, "person": 2}
    assert "对岸" not in (tmp_path / "new.jsonl").read_text(encoding="utf-8")
    with pytest.raises(ConfigError, match="not anonymised yet"):
        await anonymise_file(chatting("https://api.example.com/v1"), Anonymiser(KEY), theirs, tmp_path / "no.jsonl")


def test_spans_are_printed_as_audits_read_them_and_a_bad_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_text('{"text": "加微信happy_2023x领红包。"}\n\n{"txt": 1}\n', encoding="utf-8")
    lines = span_lines(path)
    assert json.loads(next(lines))["spans"] == [{"start": 3, "end": 14, "type": "wechat"}]
    with pytest.raises(RecordError, match=r"lines.jsonl:3: expected a JSON object"):
        next(lines)


async def test_a_file_is_not_written_over_itself(theirs: Path) -> None:
    with pytest.raises(RecordError, match="give another one"):
        await anonymise_file(Config(), Anonymiser(KEY), theirs, theirs)


@pytest.mark.parametrize("source", ["transcribed", "imitated"])
def test_the_gates_refuse_a_finding_in_calls_that_came_from_recordings(source: str) -> None:
    made = call("a", "您好，我这边是物业。", "我手机13812345678，您打。").model_copy(update={"source": source})
    with pytest.raises(BelowStandard, match="number to dial"):
        gate([made], AuditConfig(), seed=1)
    gate([Anonymiser(KEY).anonymise(made).dialogue], AuditConfig(), seed=1)
