"""`antifraud synthesize` through paid services: calls, the round trip, and a replay that pays nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from antifraud.labels import Speaker
from antifraud.records import Call, Dialogue, Rejected
from antifraud.store.files import sha256_of
from antifraud.store.lines import read_records
from tests.conftest import CommandLine
from tests.fakes.client import FakeService
from tests.fakes.fixtures import fake_service, fake_service_process

__all__ = ["fake_service", "fake_service_process"]

DIALOGUES = 3
EVERYDAY = ("--set", "generate.fraud.count=0")
"""No storylines: nothing but everyday calls."""
KEY = {"SILICONFLOW_API_KEY": "sk-Never-Shown-0123456789"}


def settings(service: FakeService) -> list[str]:
    values = {
        "synthesize.engine": "openai-speech",
        "synthesize.service.base_url": service.url,
        "synthesize.service.model": "fake/voice",
        "synthesize.transcription.base_url": service.url,
        "synthesize.transcription.model": "fake/ears",
        "run.rejected_limit": 1,
    }
    return [part for key, value in values.items() for part in ("--set", f"{key}={value}")]


def said(dialogue: Dialogue, speaker: Speaker) -> str:
    return "".join(turn.text for turn in dialogue.turns if turn.speaker is speaker)


@pytest.fixture
def dialogues(antifraud: CommandLine, tmp_path: Path) -> list[Dialogue]:
    assert antifraud("generate-normal", "--run", "paid", "-n", f"{DIALOGUES}", *EVERYDAY, "-q").returncode == 0
    return list(read_records(tmp_path / "data/runs/paid/dialogues.jsonl", Dialogue))


def test_what_is_heard_decides_and_a_replay_pays_nothing(
    antifraud: CommandLine, fake_service: FakeService, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    heard = {f"{d.id}-{speaker}": said(d, speaker) for d in dialogues for speaker in Speaker}
    misheard = dialogues[1].id
    heard[f"{misheard}-caller"] = "完全不相干的一段话。"
    fake_service.order(transcripts=heard, sensevoice_tags=True)
    done = antifraud("synthesize", "--run", "paid", "-q", "--json", *settings(fake_service), **KEY)
    assert done.returncode == 0, done.stderr
    assert "bytes spoken" in json.loads(done.stdout)["note"]
    assert "seconds heard" in json.loads(done.stdout)["note"]
    run = tmp_path / "data/runs/paid"
    calls = {call.id: call for call in read_records(run / "calls.jsonl", Call)}
    assert calls.keys() == {dialogue.id for dialogue in dialogues} - {misheard}
    assert all(call.quality.character_error_rate == 0 for call in calls.values())
    assert {voice.engine for call in calls.values() for voice in call.voices.values()} == {"openai-speech"}
    (rejected,) = read_records(run / "calls.rejected.jsonl", Rejected)
    assert (rejected.id, rejected.reason) == (misheard, "bad_audio")
    assert "character error rate" in rejected.detail

    kept = json.loads(antifraud("journal", "stats", "--speech", "--run", "paid", "--json").stdout)
    assert kept["answers"] == fake_service.stats()["requests"]

    paid = fake_service.stats()["requests"]
    again = antifraud(
        *("synthesize", "--run", "paid", "-q", "--json", "--replay", "-o", f"{run}/again/calls.jsonl"),
        *settings(fake_service),
    )
    assert again.returncode == 1
    assert "there is no journal to replay" in again.stderr
    (run / "again").mkdir(exist_ok=True)
    (run / "again/speech.sqlite").write_bytes((run / "speech.sqlite").read_bytes())
    again = antifraud(
        *("synthesize", "--run", "paid", "-q", "--json", "--replay", "-o", f"{run}/again/calls.jsonl"),
        *settings(fake_service),
    )
    assert json.loads(again.stdout)["accepted"] == DIALOGUES - 1
    assert fake_service.stats()["requests"] == paid
    for call in calls.values():
        assert sha256_of(run / "again" / call.audio) == call.sha256
    everything = [path.read_bytes() for path in run.rglob("*") if path.is_file()]
    assert not any(KEY["SILICONFLOW_API_KEY"].encode() in content for content in everything)


def test_without_a_key_it_is_one_clear_line(
    antifraud: CommandLine, fake_service: FakeService, dialogues: list[Dialogue]
) -> None:
    done = antifraud("synthesize", "--run", "paid", "-q", *settings(fake_service), SILICONFLOW_API_KEY="")
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "SILICONFLOW_API_KEY is not set" in done.stderr
    assert fake_service.stats()["requests"] == 0
