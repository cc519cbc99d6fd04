from __future__ import annotations

from pathlib import Path

import pytest

from antifraud.errors import StoreError
from antifraud.store.runs import begin


def test_settings_of_records_that_exist_cannot_change(tmp_path: Path) -> None:
    output = tmp_path / "dialogues.jsonl"
    begin(output, {"seed": 1, "generate": {"mode": "turns", "weights": {}}})
    output.write_bytes(b"{}\n")
    begin(output, {"generate": {"mode": "turns", "weights": {}}, "seed": 1})
    with pytest.raises(StoreError, match=r"generate\.mode was 'turns' and is now 'script'"):
        begin(output, {"seed": 1, "generate": {"mode": "script", "weights": {}}})


def test_settings_may_change_while_nothing_was_made(tmp_path: Path) -> None:
    output = tmp_path / "dialogues.jsonl"
    begin(output, {"seed": 1})
    output.touch()
    begin(output, {"seed": 2})
    output.with_suffix(".rejected.jsonl").write_bytes(b"{}\n")
    with pytest.raises(StoreError, match="seed was 2"):
        begin(output, {"seed": 3})
