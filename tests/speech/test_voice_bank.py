"""The file that holds a voice bank."""

from __future__ import annotations

from pathlib import Path

import pytest

from antifraud.errors import RecordError
from antifraud.speech.voices.bank import BankVoice, read_bank
from antifraud.store.lines import dump_line

VOICE = BankVoice(
    name="voice-1",
    engine="chattts",
    speaker="蘀凰丙欀丛玄桠一",
    gender="女",
    youngest=18,
    oldest=40,
    f0_hz=210.0,
    characters_per_second=4.9,
    level_dbfs=-23.5,
)


def test_a_bank_is_read_in_its_order(tmp_path: Path) -> None:
    voices = [VOICE.model_copy(update={"name": name}) for name in ("b", "a")]
    (tmp_path / "bank.jsonl").write_bytes(b"".join(map(dump_line, voices)))
    assert read_bank(tmp_path / "bank.jsonl") == voices


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "holds no voices"),
        (dump_line(VOICE) * 2, "voice-1 is there more than once"),
        (dump_line(VOICE).replace("女".encode(), "他".encode()), "gender"),
        (dump_line(VOICE).replace(b"voice-1", b"../voice"), "name"),
    ],
)
def test_a_bank_that_does_not_fit_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "bank.jsonl").write_bytes(content)
    with pytest.raises(RecordError, match=why):
        read_bank(tmp_path / "bank.jsonl")
