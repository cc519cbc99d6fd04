"""Gates are data: every one names a figure that exists, a unit and a source."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from antifraud.records import Quality
from antifraud.speech.gates.figures import UtteranceFigures
from antifraud.speech.gates.limits import CALL_GATES, UTTERANCE_GATES, gates_table
from antifraud.speech.gates.summary import summarise


def quality(**figures: float | None) -> Quality:
    usual = {
        "peak": 0.5,
        "clipped_share": 0.0,
        "dc_offset": 0.0,
        "caller_level_dbfs": -26.0,
        "callee_level_dbfs": -26.0,
        "silence_share": 0.2,
        "overlap_share": 0.0,
        "slowest_characters_per_second": None,
        "fastest_characters_per_second": None,
        "least_modulation_db": 10.0,
        "least_snr_db": 30.0,
        "most_repetition": 0.1,
        "leakage_db": -100.0,
        "respoken": 0,
    }
    return Quality.model_validate(usual | figures)


def test_every_gate_limits_a_figure_that_is_measured() -> None:
    measured = {field.name for field in fields(UtteranceFigures)} | set(dir(UtteranceFigures))
    assert {gate.name for gate in UTTERANCE_GATES} <= measured
    assert {gate.name for gate in CALL_GATES} <= {*Quality.model_fields, "duration_seconds"}
    for gate in (*UTTERANCE_GATES, *CALL_GATES):
        assert gate.unit
        assert gate.source
        assert gate.low is not None or gate.high is not None
        assert gate.low is None or gate.high is None or gate.low < gate.high


def test_the_table_shows_every_gate_with_its_limits() -> None:
    table = gates_table()
    assert len(table) == len(UTTERANCE_GATES) + len(CALL_GATES)
    assert {len(row) for row in table} == {5}
    rate = next(row for row in table if row[0] == "utterance: characters_per_second")
    assert rate[1:4] == ("characters/s", "2.5", "9")
    assert next(row for row in table if row[0] == "call: leakage_db")[2:4] == ("", "-25")


def test_many_calls_are_summed_up_figure_by_figure_from_a_stream() -> None:
    calls = (quality(peak=peak, leakage_db=leak) for peak, leak in ((0.1, None), (0.9, -40), (0.3, -60), (0.2, None)))
    summary = summarise(calls)
    assert summary["peak"] == pytest.approx((0.1, 0.25, 0.9))
    assert summary["leakage_db"] == (-60, -50, -40)
    assert "character_error_rate" not in summary
    assert summarise([]) == {}


def test_the_page_for_users_holds_the_table_as_it_is() -> None:
    page = (Path(__file__).parents[3] / "docs/speech.md").read_text(encoding="utf-8")
    for row in gates_table():
        assert f"| {' | '.join(row)} |" in page, row[0]
