"""`antifraud ingest` as a user meets it."""

from __future__ import annotations

import json
from pathlib import Path

from tests.conftest import CommandLine

KEY = {"ANTIFRAUD_PRIVACY_KEY": "0f" * 32}
PHONE = "13812345678"


def test_rejected_files_are_named_on_the_terminal_and_nowhere_else(antifraud: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    turns = {"left": ["您好，我是客服。", "好的。"], "right": [f"你好，我电话是{PHONE}。"]}
    (tmp_path / "given" / "call-of-today.json").write_text(json.dumps(turns), encoding="utf-8")
    (tmp_path / "given" / "bundle-of-li.zip").write_bytes(b"PK\x03\x04")
    done = antifraud("ingest", "given", "--label", "lawful", "--run", "real", "-q", **KEY)
    assert done.returncode == 3, done.stderr
    assert "given/bundle-of-li.zip" in done.stderr
    assert "call-of-today" not in done.stderr
    assert "replaced: mobile 1" in done.stderr
    written = "".join(path.read_text("utf-8") for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert "客服" in written
    for hidden in ("bundle-of-li", "call-of-today", PHONE, KEY["ANTIFRAUD_PRIVACY_KEY"]):
        assert hidden not in written + done.stdout
    again = antifraud(
        *("ingest", "given", "--label", "lawful", "--run", "real", "-q", "--json", "--set", "run.rejected_limit=1"),
        **KEY,
    )
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["resumed"] == 2


def test_without_a_key_nothing_is_read_or_written(antifraud: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("主叫：喂\n被叫：你好\n主叫：您好\n", encoding="utf-8")
    done = antifraud("ingest", "a.txt", "--label", "fraud")
    assert done.returncode in (1, 2)
    assert "ANTIFRAUD_PRIVACY_KEY" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "data" / "runs" / "default" / "dialogues.jsonl").exists()
