from __future__ import annotations

from pathlib import Path

import soundfile

from antifraud.annotation.annotate import disagreement
from antifraud.annotation.evidence import unproven
from antifraud.records import AnnotatedCall
from antifraud.store.lines import read_records

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


def test_the_sample_is_still_what_the_tool_reads_and_proves() -> None:
    calls = list(read_records(SAMPLE / "annotations.jsonl", AnnotatedCall))
    assert sum(call.is_fraud for call in calls) == len(calls) - 2 == 2
    for call in calls:
        assert unproven(call.rounds, call.turns) is None
        assert disagreement(call.rounds, call, call.label_set) is None
    heard = {path.stem: soundfile.info(path) for path in SAMPLE.glob("*.ogg")}
    assert heard.keys() < {call.id for call in calls}
    for call in calls:
        if call.id in heard:
            assert heard[call.id].channels == 2
            assert abs(heard[call.id].duration - call.duration_seconds) < 0.5
