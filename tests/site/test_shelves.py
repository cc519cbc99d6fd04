"""What can be shown, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from antifraud.errors import UsageError
from antifraud.records import AnnotatedCall, Call, Dialogue
from antifraud.site.scripts import put, shard_of
from antifraud.site.shown_calls import recording_in, shelf, shelves
from antifraud.site.view import default_folder, refuse_other_folder, write_site
from antifraud.store.lines import dump_line
from antifraud.store.sealed import differences
from tests.evaluation.benches import write_sounding_bench
from tests.site.conftest import ShownRun


def test_a_recording_outside_of_the_folder_is_not_shown(tmp_path: Path) -> None:
    inside = tmp_path / "run"
    (inside / "audio").mkdir(parents=True)
    (tmp_path / "secret.wav").write_bytes(b"x")
    (inside / "audio" / "call.wav").write_bytes(b"x")
    (inside / "audio" / "link.wav").symlink_to(tmp_path / "secret.wav")
    (inside / "notes.txt").write_bytes(b"x")
    assert recording_in(inside, "audio/call.wav") == inside / "audio" / "call.wav"
    for named in ("../secret.wav", str(tmp_path / "secret.wav"), "audio/link.wav", "notes.txt", "audio/none.wav"):
        assert recording_in(inside, named) is None


def test_data_in_a_script_holds_no_markup() -> None:
    line = put("calls", "</script>", {"<!--": "]]>&\u2028\u2029"})
    assert not any(letter in line for letter in (b"<", b">", b"&", "\u2028".encode(), "\u2029".encode()))
    table, key, value = orjson.loads(b"[%s]" % line.removeprefix(b"antifraud.put(").removesuffix(b");\n"))
    assert (table, key, value) == ("calls", "</script>", {"<!--": "]]>&\u2028\u2029"})


def test_keys_are_spread_as_the_page_looks_for_them() -> None:
    """FNV-1a of 'foobar' in 32 bits is bf9cf968 in the test vectors of its authors."""
    assert shard_of("foobar", 1 << 32) == 0xBF9CF968


def test_a_release_is_shown_by_its_metadata(tmp_path: Path) -> None:
    row = {
        "id": "call-1",
        "audio": "audio/call-1.wav",
        "is_fraud": False,
        "sample_rate_hz": 16000,
        "channels": 2,
        "duration_seconds": 3.0,
        "storyline": "story-1",
        "split": "test",
        "outcome": "settled",
        "turns": [{"speaker": "caller", "text": "喂？", "start_seconds": 0.5, "end_seconds": 1.0}],
        "to_come": "unknown to this version",
    }
    release = tmp_path / "release"
    release.mkdir()
    (release / "metadata.jsonl").write_bytes(orjson.dumps(row) + b"\n")
    site = write_site(shelves([release, release]), default_folder(shelf(release)))
    assert site.folder == tmp_path / "release-site"
    assert (site.calls, site.silent) == (2, 2)
    columns = (site.folder / "data" / "columns.js").read_text()
    assert '"names":["release","release (2)"]' in columns and '"names":["test"]' in columns


def test_the_site_of_a_snapshot_lies_beside_it_and_leaves_it_whole(tmp_path: Path) -> None:
    snapshot = write_sounding_bench(tmp_path / "bench", 3)
    of = shelf(snapshot)
    site = write_site([of], default_folder(of))
    assert (site.folder, site.calls, site.silent) == (tmp_path / "bench-site", 3, 0)
    assert list(differences(snapshot)) == []
    shards = b"".join(path.read_bytes() for path in (site.folder / "data" / "calls").iterdir())
    assert shards.count(b'"decisive_seconds":') == shards.count(b'"../bench/audio/call-00000') == 3


def test_a_run_shows_each_call_as_far_as_it_has_come(tmp_path: Path, shown_run: ShownRun) -> None:
    annotated, spoken, written = shown_run.calls[:3]
    run = tmp_path / "run"
    run.mkdir()

    def lines(name: str, model: type[Dialogue], *calls: AnnotatedCall) -> None:
        kept = [model.model_validate({key: getattr(call, key) for key in model.model_fields}) for call in calls]
        (run / name).write_bytes(b"".join(map(dump_line, kept)))

    lines("annotations.jsonl", AnnotatedCall, annotated)
    lines("calls.jsonl", Call, annotated, spoken)
    lines("dialogues.jsonl", Dialogue, annotated, spoken, written)
    site = write_site([shelf(run)], default_folder(shelf(run)))
    assert site.folder == run / "site"
    columns = (site.folder / "data" / "columns.js").read_text()
    assert '"stage":{"names":["annotated","spoken","written"],"codes":[0,1,2]}' in columns


def test_a_folder_that_is_no_site_is_not_replaced(tmp_path: Path, shown_run: ShownRun) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="holds something that is no site"):
        write_site(shelves([shown_run.folder]), tmp_path)
    assert (tmp_path / "thesis.txt").exists()
    refuse_other_folder(shown_run.site.folder)
    with pytest.raises(UsageError, match="holds no calls"):
        shelf(tmp_path)


def test_a_site_is_the_same_bytes_again(tmp_path: Path, shown_run: ShownRun) -> None:
    def files(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    again = write_site([shelf(shown_run.folder)], shown_run.folder / "again")
    assert files(again.folder) == files(shown_run.site.folder)
