"""From what lies in a folder to calls that are spoken again: recordings, transcripts and what is neither."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import soundfile

from antifraud.config import Config, load_config
from antifraud.errors import BudgetReached, EngineError, ServiceError
from antifraud.intake.recordings.activity import listen
from antifraud.intake.recordings.pieces import spans
from antifraud.intake.recordings.sound import open_recording
from antifraud.intake.sources import find_groups, find_sources
from antifraud.intake_config import IngestConfig
from antifraud.labels import Act, Emotion, FraudType, RejectReason, Speaker
from antifraud.records import Call, Dialogue, Rejected
from antifraud.stages.calls import synthesize
from antifraud.stages.imitations import imitate
from antifraud.stages.ingestion import JOURNAL_FILE, Delivery
from antifraud.stages.intake import ingest
from antifraud.stages.job import Job
from antifraud.store.lines import read_records
from tests.fakes.client import FakeService

from .conftest import KEYED, record

KEY = "sk-Never-Shown-0123456789"
Recorded = tuple[Path, list[Call]]
CHANNELS = {"left": Speaker.CALLER, "right": Speaker.CALLEE}


@pytest.fixture
def job(tmp_path: Path, fake_service: FakeService, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """Return a job whose transcription service is the fake one."""
    monkeypatch.setenv("SILICONFLOW_API_KEY", KEY)

    def make(**settings: Any) -> Job:
        service = {"base_url": fake_service.url, "model": "fake/ears", "timeout_seconds": 5, "attempts": 2}
        values = {f"ingest.service.{key}": value for key, value in service.items()} | settings
        values |= {"run.folder": str(tmp_path / "runs"), "synthesize.gates": "report"}
        return Job(load_config(None, {}, [f"{key}={value}" for key, value in values.items()]), quiet=True)

    return make


def what_is_heard(path: Path, call: Call, config: IngestConfig) -> dict[str, str]:
    """Return what the service is to hear in each piece of a recording, by the name it is sent under.

    The words of a turn are heard in the first piece that holds most of its beginning, and no word in others.
    """
    (source,) = find_sources(find_groups([path], None), KEYED, config)
    activity = listen(open_recording(path), config.longest_recording_seconds)
    left = {(segment.turn, segment.speaker): segment for segment in call.segments}
    heard = {}
    for span in sorted(
        spans(activity, config.pause_seconds, config.longest_piece_seconds), key=lambda span: span.first
    ):
        channel = ("left", "right")[span.channel]
        own = [
            turn
            for (turn, speaker), segment in left.items()
            if speaker is CHANNELS[channel] and segment.start_seconds < span.end_seconds - 0.1
        ]
        for turn in own:
            del left[turn, CHANNELS[channel]]
        name = f"{source.id}-{channel}-{round(span.start_seconds * 100):06d}"
        heard[name] = "".join(call.turns[turn].text for turn in own)
    assert not left, "every turn is heard in some piece"
    return heard


def transcript(call: Call) -> str:
    lines = [
        {"start": s.start_seconds, "end": s.end_seconds, "speaker": f"SPEAKER_0{int(s.speaker is Speaker.CALLEE)}"}
        | {"text": call.turns[s.turn].text}
        for s in call.segments
    ]
    return json.dumps({"segments": lines}, ensure_ascii=False)


async def test_calls_that_were_recorded_are_taken_in_and_spoken_again(
    job: Callable[..., Job], fake_service: FakeService, recorded: Recorded, tmp_path: Path
) -> None:
    folder, (first, second) = recorded
    given = tmp_path / "given-by-张三"
    given.mkdir()
    wave, rate_hz = soundfile.read(folder / first.audio, dtype="float32")
    other, _ = soundfile.read(folder / second.audio, dtype="float32")
    stereo = record(given / "stereo.wav", wave, rate_hz)
    mp3 = record(given / "other.mp3", other, rate_hz)
    record(given / "mono.flac", wave.sum(axis=1) / 2, rate_hz)
    (given / "mono.json").write_text(transcript(first), encoding="utf-8")
    (given / "alone.txt").write_bytes(b"PK\x03\x04 zip")
    record(given / "mono-alone.wav", wave.sum(axis=1) / 2, rate_hz)
    (given / "labels.csv").write_text("file,label,fraud_type\nstereo.wav,fraud,客服诈骗\n", encoding="utf-8")
    config = job().config.ingest
    fake_service.order(
        transcripts={**what_is_heard(stereo, first, config), **what_is_heard(mp3, second, config)}, sensevoice_tags=True
    )
    delivery = Delivery([given], given / "labels.csv", "lawful")

    tally, places = await ingest(job(), delivery, KEYED)
    assert (tally.entered, tally.accepted) == (5, 3)
    assert "seconds heard, 0.00 CNY" in (tally.note or "")
    assert tally.reasons == {"unreadable": 1, "not_two_sides": 1}
    assert {Path(places[record.id]).name for record in read_records(_rejected(job()), Rejected)} == {
        "alone.txt",
        "mono-alone.wav",
    }

    by_name = {Path(places[d.id]).name: d for d in read_records(job().run.dialogues, Dialogue)}
    assert set(by_name) == {"stereo.wav", "other.mp3", "mono.flac"}
    for name, call in (("stereo.wav", first), ("mono.flac", first), ("other.mp3", second)):
        heard = by_name[name]
        assert _said(heard) == _said(KEYED.anonymise(call).dialogue), name
        assert heard.timing is not None
        assert (heard.source, heard.synthetic) == ("transcribed", False)
    assert Act.BACKCHANNEL in by_name["mono.flac"].turns[1].acts, "what was said under another's turn still is"
    assert by_name["stereo.wav"].fraud_type is FraudType.CUSTOMER_SERVICE
    assert not by_name["other.mp3"].is_fraud
    assert by_name["stereo.wav"].provenance.model == "fake/ears"
    assert {turn.emotion for turn in by_name["stereo.wav"].turns} == {Emotion.NEUTRAL}

    written = "".join(path.read_text("utf-8") for path in job().run.path.rglob("*") if path.is_file())
    assert not any(name in written for name in ("stereo", "other.mp3", "张三", "mono-alone", KEY, "陈女士"))
    assert not (job().run.path / JOURNAL_FILE).exists(), "words that nobody anonymised do not stay"

    asked = fake_service.stats()["requests"]
    again, _ = await ingest(job(), delivery, KEYED)
    assert (again.resumed, again.accepted) == (5, 3)
    assert fake_service.stats()["requests"] == asked

    spoken = await synthesize(job())
    assert (spoken.entered, spoken.rejected) == (3, 0)
    for call in read_records(job().run.calls, Call):
        assert [segment.turn for segment in call.segments] == list(range(len(call.turns)))
        assert call.synthetic

    imitated = await imitate(job(**{"imitate.count": 2}), [job().run.dialogues])
    assert (imitated.entered, imitated.rejected) == (2, 0)
    told = replace(job(), input=job().run.imitations, output=job().run.path / "told" / "calls.jsonl")
    assert (await synthesize(told)).accepted == 2
    parents = {parent for call in read_records(job().run.imitations, Dialogue) for parent in call.provenance.parents}
    assert parents <= {dialogue.id for dialogue in by_name.values()}


def _said(dialogue: Dialogue) -> dict[Speaker, str]:
    """Return the words of each side, without the marks that joining adds."""
    return {
        side: "".join(turn.text for turn in dialogue.turns if turn.speaker is side).replace("，", "")
        for side in Speaker
    }


def _rejected(job: Job) -> Path:
    return job.run.path / "dialogues.rejected.jsonl"


TURNS = {"left": ["您好，我是客服。", "验证码发我。"], "right": ["你好。", "不发。"]}


async def refused(job: Job, path: Path, delivery: Delivery) -> Rejected:
    """Take in one file and return why it was refused."""
    tally, _ = await ingest(job, delivery, KEYED)
    assert tally.rejected == 1
    (rejected,) = read_records(_rejected(job), Rejected)
    assert path.stem not in rejected.model_dump_json()
    return rejected


async def test_a_call_that_nobody_labels_is_refused(job: Callable[..., Job], tmp_path: Path) -> None:
    path = tmp_path / "secret-name.json"
    path.write_text(json.dumps(TURNS), encoding="utf-8")
    assert (await refused(job(), path, Delivery([path]))).reason is RejectReason.NO_LABEL


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ({"left": ["您好。"], "right": ["你好。"]}, RejectReason.TOO_SHORT),
        ({"left": ["您好。", "喂？"], "right": ["。。。", "…"]}, RejectReason.NOT_TWO_SIDES),
        ({"left": ["您好，我是[姓名]。", "喂？"], "right": ["你好。", "说。"]}, RejectReason.PLACEHOLDER),
        ({"left": ["您好。"] * 101, "right": ["你好。"] * 101}, RejectReason.TOO_LONG),
        ({"left": ["您好。"] * 3000, "right": ["你好。"] * 3000}, RejectReason.TOO_LONG),
    ],
)
async def test_a_transcript_that_makes_no_call_is_refused(
    job: Callable[..., Job], turns: dict[str, list[str]], reason: RejectReason, tmp_path: Path
) -> None:
    path = tmp_path / "secret-name.json"
    path.write_text(json.dumps(turns), encoding="utf-8")
    rejected = await refused(job(), path, Delivery([path], label="fraud"))
    assert rejected.reason is reason
    assert "姓名" not in rejected.detail


async def test_a_piece_without_an_answer_refuses_its_call_without_quoting_the_service(
    job: Callable[..., Job], fake_service: FakeService, recorded: Recorded, tmp_path: Path
) -> None:
    folder, (_, call) = recorded
    fake_service.order(faults={"error_200": 1.0})
    rejected = await refused(job(), folder / call.audio, Delivery([folder / call.audio], label="lawful"))
    assert (rejected.reason, rejected.detail) == (
        RejectReason.NO_ANSWER,
        "the service gave no transcript in all attempts",
    )


async def test_a_run_that_stopped_keeps_what_it_paid_for_its_owner_alone_until_it_is_done(
    job: Callable[..., Job], fake_service: FakeService, recorded: Recorded
) -> None:
    folder, (_, call) = recorded
    delivery = Delivery([folder / call.audio], label="lawful")
    fake_service.order(transcripts=what_is_heard(folder / call.audio, call, job().config.ingest))
    dear = {"ingest.service.prices": "{fake/ears: {prompt: 1000000}}", "ingest.service.concurrency": 1}
    with pytest.raises(BudgetReached):
        await ingest(job(**dear, **{"ingest.service.budget": 7}), delivery, KEYED)
    journal = job().run.path / JOURNAL_FILE
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    paid = fake_service.stats()["requests"]
    assert paid > 0
    tally, _ = await ingest(job(), delivery, KEYED)
    assert tally.accepted == 1
    assert "0 replayed" not in (tally.note or "")
    assert not fake_service.doubly_paid()
    assert not journal.exists()


async def test_recordings_need_a_recogniser_that_works_and_transcripts_none(
    job: Callable[..., Job], recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, (_, call) = recorded
    monkeypatch.delenv("SILICONFLOW_API_KEY")
    with pytest.raises(ServiceError, match=r"recordings without a transcript .* SILICONFLOW_API_KEY is not set"):
        await ingest(job(), Delivery([folder / call.audio], label="lawful"), KEYED)
    with pytest.raises(EngineError, match=r"ingest\.whisper\.model is not set"):
        await ingest(
            job(**{"ingest.recogniser": "faster-whisper"}), Delivery([folder / call.audio], label="lawful"), KEYED
        )
    path = tmp_path / "a.json"
    path.write_text(json.dumps(TURNS), encoding="utf-8")
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04")
    tally, _ = await ingest(job(), Delivery([path, tmp_path / "b.zip"], label="fraud"), KEYED)
    assert (tally.accepted, tally.rejected) == (1, 1)


def test_the_settings_of_ingest_can_be_written_down(small_config: Config) -> None:
    assert "base_url" not in json.dumps(small_config.ingest.portable())
