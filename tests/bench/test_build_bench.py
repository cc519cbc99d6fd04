"""What is frozen, what it holds, and that nobody changes it afterwards."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
import soundfile

from antifraud.errors import IntegrityError, StoreError
from antifraud.labels import Noise, Outcome, Speaker
from antifraud.records import AnnotatedCall, Ending, Line, Side
from antifraud.snapshot import open_snapshot
from antifraud.store.files import sha256_of, write_atomic
from antifraud.store.sealed import differences, seal
from tests.bench.freezing import annotated, freeze


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("annotated")


@pytest.fixture(scope="module")
def calls(source: Path) -> list[AnnotatedCall]:
    """A fraud call with its sibling and a sale, a late one on a lossy line, and an everyday one on a noisy line."""
    noisy = Line(sides={Speaker.CALLEE: Side(noise=Noise.STREET, snr_db=12.0)})
    early = {"decisive": None}
    return [
        annotated(1, source, storyline="story-1"),
        annotated(2, source, storyline="story-1", branch="lawful", line=noisy),
        annotated(3, source, storyline="story-1", branch="sales", **early),
        annotated(4, source, line=Line(lost_share=0.01)),
        annotated(5, source, branch="lawful", **early),
    ]


@pytest.fixture
def snapshot(calls: list[AnnotatedCall], source: Path, tmp_path: Path) -> Path:
    return freeze(calls, source, tmp_path / "bench" / "v1").folder


def test_items_tell_no_label_and_references_tell_all(snapshot: Path, calls: list[AnnotatedCall]) -> None:
    opened = open_snapshot(snapshot)
    pairs = list(opened.pairs())
    assert [item.id for item, _ in pairs] == [call.id for call in calls]
    for (item, reference), call in zip(pairs, calls, strict=True):
        assert set(dict(item)) & {"is_fraud", "scene", "fraud_type", "branch", "turns"} == set()
        assert item.questions == pairs[0][0].questions
        assert item.cuts_seconds == (10.0, 20.0)
        assert sha256_of(opened.audio_of(item)) == call.sha256
        assert (reference.is_fraud, reference.branch, reference.turns) == (call.is_fraud, call.branch, call.turns)
    assert pairs[0][1].decisive_seconds == 19.0
    assert pairs[4][1].decisive_seconds is None


def test_every_call_is_in_the_hard_parts_that_it_belongs_to(snapshot: Path) -> None:
    found = {reference.id: reference.subsets for reference in open_snapshot(snapshot).references()}
    assert found == {
        "call-1": ("siblings", "late_fraud", "line_clean"),
        "call-2": ("siblings", "line_noisy"),
        "call-3": ("pushy_sales", "line_clean"),
        "call-4": ("late_fraud", "line_lossy"),
        "call-5": ("line_clean",),
    }


def test_late_and_noisy_are_what_the_config_says(calls: list[AnnotatedCall], source: Path, tmp_path: Path) -> None:
    made = freeze(calls, source, tmp_path / "v1", late_share=0.8, noisy_below_db=10.0, cuts_seconds=[30.0, 5.0])
    opened = open_snapshot(made.folder)
    held = {name for reference in opened.references() for name in reference.subsets}
    assert held == {"siblings", "pushy_sales", "line_clean", "line_lossy"}
    assert {item.cuts_seconds for item in opened.items()} == {(5.0,)}


def test_the_same_again_is_found_and_anything_else_is_refused(
    snapshot: Path, calls: list[AnnotatedCall], source: Path
) -> None:
    before = {path: sha256_of(path) for path in snapshot.rglob("*") if path.is_file()}
    assert freeze(calls, source, snapshot).existed
    with pytest.raises(StoreError, match="snapshots are never overwritten"):
        freeze(calls, source, snapshot, late_share=0.5)
    assert {path: sha256_of(path) for path in snapshot.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("place", ["results.json", "audio/extra.wav", "results/model/scores.json"])
def test_nothing_is_written_into_a_snapshot(snapshot: Path, place: str) -> None:
    with pytest.raises(StoreError, match="frozen snapshot"):
        write_atomic(snapshot / place, b"{}")
    assert list(differences(snapshot)) == []


@pytest.mark.parametrize("damage", ["flipped byte", "swapped label", "extra file", "missing file", "other manifest"])
def test_whatever_was_changed_is_found_when_it_is_opened(snapshot: Path, damage: str) -> None:
    audio, references, manifest = (
        snapshot / name for name in ("audio/call-1.wav", "references.jsonl", "manifest.json")
    )
    if damage == "flipped byte":
        sound = bytearray(audio.read_bytes())
        sound[1000] ^= 1
        audio.write_bytes(sound)
    elif damage == "swapped label":
        lines = references.read_bytes().replace(b'"is_fraud":true', b'"is_fraud":false', 1)
        references.write_bytes(lines)
    elif damage == "extra file":
        (snapshot / "audio" / "call-9.wav").write_bytes(audio.read_bytes())
    elif damage == "missing file":
        audio.unlink()
    else:
        manifest.write_bytes(manifest.read_bytes().replace(b'"seed": 1', b'"seed": 2'))
    with pytest.raises(IntegrityError, match=r"call-1|call-9|references|manifest"):
        open_snapshot(snapshot)


def test_audio_that_will_not_be_opened_must_still_be_there(snapshot: Path) -> None:
    assert open_snapshot(snapshot, with_audio=False).name == "v1"
    (snapshot / "audio/call-1.wav").unlink()
    with pytest.raises(IntegrityError, match=r"audio/call-1\.wav: missing"):
        open_snapshot(snapshot, with_audio=False)


def test_items_and_references_that_do_not_belong_together_are_refused(snapshot: Path) -> None:
    lines = (snapshot / "references.jsonl").read_bytes().splitlines(keepends=True)
    (snapshot / "references.jsonl").write_bytes(b"".join(lines[:-1]))
    manifest = orjson.loads((snapshot / "manifest.json").read_bytes())
    (snapshot / "manifest.json").unlink()
    seal(snapshot, "manifest.json", {key: value for key, value in manifest.items() if key not in ("files", "seal")})
    with pytest.raises(IntegrityError, match="same ids"):
        list(open_snapshot(snapshot).pairs())


def test_a_release_or_an_empty_folder_is_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="give the folder"):
        open_snapshot(tmp_path)
    seal(tmp_path, "dataset_manifest.json", {})
    with pytest.raises(StoreError, match="not a snapshot"):
        open_snapshot(tmp_path)


def test_a_recording_that_is_missing_or_changed_stops_the_build(tmp_path: Path) -> None:
    calls = [annotated(number, tmp_path) for number in (1, 2)]
    (tmp_path / calls[1].audio).unlink()
    with pytest.raises(IntegrityError, match=r"call-2\.wav: not found"):
        freeze(calls, tmp_path, tmp_path / "v1")
    (tmp_path / calls[1].audio).mkdir()
    with pytest.raises(IntegrityError, match=r"call-2\.wav: cannot be read"):
        freeze(calls, tmp_path, tmp_path / "v1")
    assert not (tmp_path / "v1").exists()


def test_a_recording_that_is_no_sound_stops_the_build(tmp_path: Path) -> None:
    call = annotated(1, tmp_path)
    (tmp_path / call.audio).write_bytes(b"RIFF and nothing more")
    call = call.model_copy(update={"sha256": sha256_of(tmp_path / call.audio)})
    with pytest.raises(IntegrityError, match=r"call-1\.wav: cannot be read as sound"):
        freeze([call], tmp_path, tmp_path / "v1")


def test_a_recording_that_is_not_as_long_as_its_record_says_stops_the_build(tmp_path: Path) -> None:
    call = annotated(1, tmp_path)
    sound, rate_hz = soundfile.read(tmp_path / call.audio)
    soundfile.write(tmp_path / call.audio, sound[: rate_hz * 10], rate_hz)
    call = call.model_copy(update={"sha256": sha256_of(tmp_path / call.audio)})
    with pytest.raises(IntegrityError, match=r"10\.0 s .* 25\.0 s"):
        freeze([call], tmp_path, tmp_path / "v1")


def test_outcomes_reach_the_references(source: Path, tmp_path: Path) -> None:
    ending = Ending(ended_by="caller", outcome=Outcome.COMPLIED, reason="说完了")
    made = freeze([annotated(6, source, ending=ending)], source, tmp_path / "v1")
    assert [reference.ending for reference in open_snapshot(made.folder).references()] == [ending]
