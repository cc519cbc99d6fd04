from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from antifraud.errors import RecordError, StoreError
from antifraud.labels import RejectReason
from antifraud.records import Rejected
from antifraud.store.lines import RecordFile, dump_line, read_records

WRITER = """
import sys
from pathlib import Path
from antifraud.records import Rejected
from antifraud.store.lines import RecordFile, dump_line
with RecordFile(Path(sys.argv[1])) as file:
    for number in range(len(file), 10_000_000):
        record = Rejected(id=f"r-{number}", stage="test", reason="unreadable", detail="x" * (number % 3000))
        file.put(record.id, dump_line(record))
"""


def rejected(number: int) -> Rejected:
    return Rejected(id=f"r-{number}", stage="test", reason=RejectReason.UNREADABLE, detail=str(number))


def put_all(file: RecordFile[Rejected], numbers: list[int]) -> None:
    for number in numbers:
        file.put(f"r-{number}", dump_line(rejected(number)))


def test_records_come_back_as_they_were(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    with RecordFile[Rejected](path) as file:
        put_all(file, [0, 1, 2])
    assert list(read_records(path, Rejected)) == [rejected(number) for number in range(3)]


def test_a_torn_tail_is_cut_off_and_everything_before_it_is_known(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    with RecordFile[Rejected](path) as file:
        put_all(file, [0, 1])
    whole = path.read_bytes()
    path.write_bytes(whole + dump_line(rejected(2))[:-9])
    assert len(list(read_records(path, Rejected))) == 2
    with RecordFile[Rejected](path) as file:
        assert "r-1" in file
        assert "r-2" not in file
    assert path.read_bytes() == whole


def test_kill_nine_loses_no_whole_line_and_leaves_ids_contiguous(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    for _ in range(4):
        before = path.stat().st_size if path.exists() else 0
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
        deadline = time.monotonic() + 30
        while (path.stat().st_size if path.exists() else 0) < before + 200_000 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with RecordFile[Rejected](path) as file:
        count = len(file)
    ids = [orjson.loads(line)["id"] for line in path.read_bytes().splitlines()]
    assert count > 100
    assert ids == [f"r-{number}" for number in range(count)]


def test_a_second_writer_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    with RecordFile[Rejected](path), pytest.raises(StoreError, match="another antifraud process"):
        RecordFile[Rejected](path).__enter__()
    with RecordFile[Rejected](path) as file:
        assert len(file) == 0


def test_a_full_disk_keeps_whole_lines_and_says_so(tmp_path: Path) -> None:
    """A limit on file size stands in for a full disk: both cut a write short."""
    path = tmp_path / "records.jsonl"
    limited = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
    done = subprocess.run(
        [sys.executable, "-c", limited + WRITER, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "StoreError" in done.stderr
    assert "the disk is full" in done.stderr
    lines = path.read_bytes()
    assert lines.endswith(b"\n")
    assert len(list(read_records(path, Rejected))) > 10


def test_settling_puts_records_in_order_and_keeps_strangers_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    with RecordFile[Rejected](path) as file:
        put_all(file, [3, 9, 1, 0])
        file.settle(f"r-{number}" for number in (0, 1, 2, 3))
        put_all(file, [2])
    assert [record.id for record in read_records(path, Rejected)] == ["r-0", "r-1", "r-3", "r-9", "r-2"]


def test_settled_files_are_the_same_bytes_whatever_came_first(tmp_path: Path) -> None:
    contents = set()
    for name, numbers in (("a", [2, 0, 1]), ("b", [1, 2, 0]), ("c", [0, 1, 2])):
        with RecordFile[Rejected](tmp_path / name) as file:
            put_all(file, numbers)
            file.settle(f"r-{number}" for number in range(3))
        contents.add((tmp_path / name).read_bytes())
    assert len(contents) == 1


def test_a_planted_link_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    os.symlink(victim, tmp_path / "records.jsonl")
    with pytest.raises(StoreError):
        RecordFile[Rejected](tmp_path / "records.jsonl").__enter__()
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{not json}\n", "not JSON"),
        (b'{"id": "../../etc", "stage": "s", "reason": "unreadable", "detail": ""}\n', "id: string should match"),
        (b'{"id": "a", "stage": "s", "reason": "bored", "detail": ""}\n', "found 'bored'"),
        (b'{"id": "a", "stage": "s", "reason": "unreadable", "detail": "", "x": 1}\n', "x: extra inputs"),
    ],
)
def test_a_bad_line_is_named_with_file_line_and_what_was_found(tmp_path: Path, line: bytes, said: str) -> None:
    path = tmp_path / "records.jsonl"
    path.write_bytes(dump_line(rejected(0)) + line)
    with pytest.raises(RecordError) as caught:
        list(read_records(path, Rejected))
    assert f"{path}:2:" in str(caught.value)
    assert said in str(caught.value)
