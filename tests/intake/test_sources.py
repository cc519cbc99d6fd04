"""What lies in a folder becomes calls; labels are found for them; ids tell nothing of names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from antifraud.errors import RecordError, UsageError
from antifraud.intake.label_sheet import read_sheet
from antifraud.intake.sources import Source, find_groups, find_sources
from antifraud.intake_config import IngestConfig
from antifraud.labels import FraudType, OfficialCategory, RejectReason, Scene
from antifraud.privacy.anonymiser import Anonymiser

from .conftest import KEYED

CALL_LINE = {"tts_id": "t1", "left": ["喂？", "您好。"], "right": ["你好。"], "fraud_type": "银行诈骗"}


def sources(*paths: Path, config: IngestConfig = IngestConfig(), besides: Path | None = None) -> list[Source]:  # noqa: B008
    return list(find_sources(find_groups(paths, besides), KEYED, config))


def fill(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {name}", encoding="utf-8")


def test_files_of_one_name_are_one_call_and_hidden_files_are_none(tmp_path: Path) -> None:
    fill(tmp_path, "a.wav", "b.mp3", "b.srt", "c.left.srt", "c.right.srt", "d_left.txt", "d_right.txt", "deep/a.wav")
    fill(tmp_path, "labels.csv", ".hidden", ".git/e.wav", "NEG-1/t9/t9.mp3", "NEG-1/t9/config.jsonl", "f.zip")
    (tmp_path / "link.wav").symlink_to("/etc/hostname")
    found = sources(tmp_path, besides=tmp_path / "labels.csv")
    assert [
        (source.recording and source.recording.name, [(path.name, channel) for path, channel in source.transcripts])
        for source in found
    ] == [
        ("t9.mp3", [("config.jsonl", None)]),
        ("a.wav", []),
        ("b.mp3", [("b.srt", None)]),
        (None, [("c.left.srt", "left"), ("c.right.srt", "right")]),
        (None, [("d_left.txt", "left"), ("d_right.txt", "right")]),
        ("a.wav", []),
        ("f.zip", []),
    ]
    deep = found[5]
    assert {"deep/a.wav", "a.wav", "a"} <= set(deep.names)
    assert deep.names.index("deep/a.wav") < deep.names.index("a.wav"), "what says more counts first"
    assert "t9" in found[0].names
    assert all(name not in f"{source.id}{source.parents}" for source in found for name in ("wav", "deep", "t9"))
    assert len({source.id for source in found}) == len(found)
    with pytest.raises(UsageError, match="not found"):
        sources(tmp_path / "nowhere")


def test_ids_follow_the_bytes_and_the_key_and_the_same_bytes_twice_are_refused(tmp_path: Path) -> None:
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).write_bytes(b"same")
    first, second = sources(tmp_path)
    (tmp_path / "a.wav").rename(tmp_path / "c.wav")
    (tmp_path / "b.wav").unlink()
    (again,) = sources(tmp_path)
    assert (again.id, again.parents) == (first.id, first.parents)
    assert second.unfit is not None
    assert (second.id, second.unfit.reason) == (f"{first.id}-2", RejectReason.DUPLICATE_ID)
    (other,) = find_sources(find_groups([tmp_path], None), Anonymiser(b"another key of the tests"), IngestConfig())
    assert other.id != first.id


def test_a_file_that_cannot_be_read_is_refused_and_the_rest_goes_on(tmp_path: Path) -> None:
    fill(tmp_path, "a.wav")
    unreadable, good = sources(Path("/proc/self/mem"), tmp_path)
    assert str(unreadable.unfit) == "it cannot be read: Input/output error"
    assert good.unfit is None


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_a_file_of_many_calls_gives_one_for_each_good_and_bad_line(name: str, tmp_path: Path) -> None:
    items = [CALL_LINE, {**CALL_LINE, "left": ["喂。"]}, {"other": 1}]
    text = json.dumps(items) if name == "a.json" else "\n".join(map(json.dumps, items)) + "\n{broken\n"
    (tmp_path / name).write_text(text, encoding="utf-16")
    found = sources(tmp_path)
    assert [source.unfit is None for source in found] == [True, True, False, False][: len(found)]
    assert len(found) == (3 if name == "a.json" else 4)
    assert found[0].data == CALL_LINE
    assert "line 3" in str(found[2].unfit)


def test_too_many_or_too_long_lines_are_one_refusal_each(tmp_path: Path) -> None:
    line = json.dumps(CALL_LINE).encode() + b"\n"
    (tmp_path / "a.jsonl").write_bytes(line * 11)
    (one,) = sources(tmp_path, config=IngestConfig(most_lines=10))
    assert one.unfit is not None
    assert (one.unfit.reason, str(one.unfit)) == (RejectReason.TOO_LONG, "11 lines; at most 10 (ingest.most_lines)")
    (tmp_path / "a.jsonl").write_bytes(line + b'{"left": "' + b"x" * 500 + b'"}\n')
    good, long, *_ = sources(tmp_path, config=IngestConfig(longest_transcript_bytes=len(line) + 10))
    assert good.unfit is None
    assert long.unfit is not None
    assert long.unfit.reason is RejectReason.TOO_LONG


def test_the_sheet_counts_more_than_the_file_and_the_file_more_than_the_rest(tmp_path: Path) -> None:
    sheet = tmp_path / "labels.csv"
    rows = ["file,label,fraud_type,scene,official_category", "a.wav,fraud,银行诈骗,咨询客服,冒充公检法", "t1,正常,,,"]
    sheet.write_text("\r\n".join(rows), encoding="gb18030")
    labels = read_sheet(sheet, "lawful")
    known = labels.of(("x", "a.wav"), None)
    assert known is not None
    assert (known.label, known.fraud_type, known.scene, known.official_category) == (
        "fraud",
        FraudType.BANKING,
        Scene.CONSULTATION,
        OfficialCategory.AUTHORITIES,
    )
    told = [
        labels.of(names, in_file) for names, in_file in ((("t1",), "银行诈骗"), (("y",), "彩票诈骗"), (("z",), None))
    ]
    assert [known and known.label for known in told] == ["lawful", "fraud", "lawful"]
    assert read_sheet(None, None).of(("z",), None) is None


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("who,label\na,fraud\n", "no column file"),
        ("file,label\na,scam\n", "label: input should be 'fraud' or 'lawful'; found 'scam'"),
        ("file,label,colour\na,fraud,red\n", "colour: extra inputs"),
        ("file,label,fraud_type\na,lawful,银行诈骗\n", "a lawful call has neither"),
        ("file,label\na,fraud\na,lawful\n", "labels.csv:3: a second line"),
        ("file,label\na,fraud,x\n", "more values than columns"),
        ("", "no sheet of labels"),
    ],
)
def test_a_sheet_that_does_not_fit_is_one_clear_line(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(content, encoding="utf-8")
    with pytest.raises(RecordError, match=said):
        read_sheet(tmp_path / "labels.csv", None)
