"""`antifraud stats` as a real process, on our files and on foreign ones."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from PIL import Image

from antifraud.audit.report import PARTS
from antifraud.store.lines import dump_line
from tests.audit.calls import call
from tests.audit.test_gates import sound_calls
from tests.conftest import CommandLine

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "annotations.jsonl"
FOREIGN = [
    {
        "tts_id": "tts_fraud_00001",
        "left": ["您好，我是某某银行的。", "请提供验证码。", "再见。"],
        "right": ["您说。", ""],
        "user_age": 30,
        "user_awareness": "低",
        "fraud_type": "银行诈骗",
        "occupation": "教师",
        "termination_reason": "用户已经提供了验证码。",
        "terminator": "user_end",
    },
    {
        "tts_id": "tts_fraud_00001",
        "left": ["您好，这里是订餐热线。"],
        "right": ["我要订位。"],
        "user_age": 90,
        "user_awareness": "中",
        "fraud_type": "订餐服务",
        "occupation": "教师",
        "termination_reason": "",
        "terminator": "right",
    },
    {"left": ["喂"], "right": [], "fraud_type": "没有这种", "terminator": "left"},
]


@pytest.fixture
def ours(tmp_path: Path) -> str:
    (tmp_path / "ours.jsonl").write_bytes(b"".join(map(dump_line, sound_calls())))
    return "ours.jsonl"


@pytest.fixture
def theirs(tmp_path: Path) -> str:
    lines = [*map(orjson.dumps, FOREIGN), b"not json"]
    (tmp_path / "theirs.jsonl").write_bytes(b"\n".join(lines))
    return "theirs.jsonl"


def test_files_stand_side_by_side_with_limits(antifraud: CommandLine, ours: str, theirs: str) -> None:
    done = antifraud("stats", ours, theirs)
    assert done.returncode == 0, done.stderr
    rows = {line[:30].strip(): line[30:].split() for line in done.stderr.splitlines()}
    assert rows["figure"] == ["ours.jsonl", "theirs.jsonl", "limit"]
    assert rows["calls"] == ["80", "2"]
    assert rows["lines that are no dialogue"] == ["0", "2"]
    assert rows["calls with a text defect"] == ["0.00", "%", "50.00", "%", "!", "<=", "0", "%"]


def test_foreign_defects_are_counted_rather_than_dropped(antifraud: CommandLine, theirs: str) -> None:
    done = antifraud("stats", theirs, "--json")
    assert done.returncode == 0, done.stderr
    (found,) = orjson.loads(done.stdout)
    report = found["report"]
    assert report["calls"] == 2
    assert report["defects"]["text_shares"] == {"placeholder": 0.5, "empty_turn": 0.5}
    assert report["defects"]["out_of_set_values"] == {"terminator=user_end": 1, "user_age=90": 1}
    assert report["defects"]["unreadable"] == 2
    assert report["defects"]["repeated_id_share"] == 1
    assert report["labels"]["proven_share"] is None
    assert report["association"]["outcome_by_awareness"] == {"低": {"complied": 1}}
    assert any("out-of-set" in line for line in found["faults"])


def test_annotated_calls_are_read_too(antifraud: CommandLine) -> None:
    done = antifraud("stats", str(SAMPLE), "--json", "--parts", "counts,lengths")
    assert done.returncode == 0, done.stderr
    assert orjson.loads(done.stdout)[0]["report"]["calls"] == len(SAMPLE.read_bytes().splitlines())


def test_the_same_file_and_seed_give_the_same_report(antifraud: CommandLine, ours: str) -> None:
    first, again = (antifraud("stats", ours, "--json", "--seed", "7").stdout for _ in range(2))
    assert first == again
    assert orjson.loads(first)[0]["report"]["seed"] == 7


def test_parts_can_be_chosen_and_left_out(antifraud: CommandLine, ours: str) -> None:
    def measured(parts: str) -> set[str]:
        (found,) = orjson.loads(antifraud("stats", ours, "--json", "--parts", parts).stdout)
        return {part for part in PARTS if found["report"][part] is not None}

    assert measured("lengths,defects") == {"lengths", "defects"}
    assert measured("-shortcuts,-diversity") == set(PARTS) - {"shortcuts", "diversity"}


def test_pictures_are_drawn(antifraud: CommandLine, tmp_path: Path, ours: str, theirs: str) -> None:
    (tmp_path / "他们.jsonl").write_bytes((tmp_path / theirs).read_bytes())
    done = antifraud("stats", ours, "他们.jsonl", "--plots", "figures", "--parts", "-diversity")
    assert done.returncode == 0, done.stderr
    assert "Glyph" not in done.stderr, "a sign without a font"
    pictures = sorted((tmp_path / "figures").iterdir())
    assert {path.stem for path in pictures} == {
        "turns_per_call",
        "characters_per_call",
        "characters_per_turn",
        "shortcuts_vs_lawful",
        "shortcuts_vs_sibling",
        "outcome_by_awareness_1",
        "outcome_by_awareness_2",
    }
    for path in pictures:
        with Image.open(path) as picture:
            assert len(picture.getcolors(1 << 24) or []) > 10, path.name


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("none.jsonl",), 1, "none.jsonl: cannot be read"),
        (("ours.jsonl", "--parts", "length"), 2, "no part 'length'; expected some of counts, lengths"),
        (("empty.jsonl",), 1, "empty.jsonl: no dialogue among 0 lines"),
        (("broken.jsonl",), 1, "broken.jsonl:2: not JSON"),
    ],
)
def test_what_cannot_be_measured_is_told_in_one_line(
    antifraud: CommandLine, tmp_path: Path, ours: str, arguments: tuple[str, ...], code: int, message: str
) -> None:
    (tmp_path / "empty.jsonl").touch()
    (tmp_path / "broken.jsonl").write_bytes(dump_line(call("a", "喂")) + b"{]\n")
    done = antifraud("stats", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_loads_no_heavy_library(antifraud: CommandLine) -> None:
    done = antifraud("stats", "--help", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "typer" in loaded
    assert loaded.isdisjoint({"sklearn", "scipy", "jieba", "rensa", "matplotlib", "numpy"})
