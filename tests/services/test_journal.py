"""The journal: what is put is on disk, once, and one process writes."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time

import pytest

from antifraud.errors import StoreError
from antifraud.services.exchange import Usage
from antifraud.services.journal import Journal

USAGE = Usage(10, 4, 5, 2)


async def put(journal: Journal, name: str, reply: bytes = b'{"text": "\xe5\x96\x82"}') -> None:
    await journal.put(name, b'{"messages": []}', reply, "fake/chat", USAGE)


async def test_what_was_put_is_there_for_a_reader_at_once_and_after_reopening(tmp_path):
    path = tmp_path / "new" / "journal.sqlite"
    with Journal(path) as journal:
        await asyncio.gather(*(put(journal, f"k{number}") for number in range(250)))
        assert journal.get("k7") == b'{"text": "\xe5\x96\x82"}'
        assert journal.get("absent") is None
        with Journal(path, replay_only=True) as beside:
            assert beside.get("k249") is not None
    with Journal(path) as again:
        stats = again.stats()
    assert (stats.answers, stats.usage) == (250, {"fake/chat": Usage(2500, 1000, 1250, 500)})
    assert stats.file_bytes > 0 and time.time() - 60 < stats.oldest <= stats.newest <= time.time()


async def test_many_answers_share_a_commit(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        start = time.monotonic()
        await asyncio.gather(*(put(journal, f"k{number}") for number in range(3000)))
        assert time.monotonic() - start < 1.5


async def test_the_first_answer_to_a_request_stays(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        await put(journal, "k", b'"first"')
        await put(journal, "k", b'"second"')
        assert journal.get("k") == b'"first"'


async def test_an_answer_is_kept_though_nobody_waits_for_it_any_more(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        task = asyncio.create_task(put(journal, "k"))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
    with Journal(tmp_path / "journal.sqlite") as journal:
        assert journal.get("k") is not None


def test_a_second_process_is_turned_away(tmp_path):
    path = tmp_path / "journal.sqlite"
    program = "import sys, pathlib, antifraud.services.journal as j; j.Journal(pathlib.Path(sys.argv[1])).__enter__()"
    with Journal(path):
        done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert "StoreError" in done.stderr and "another antifraud process is writing here" in done.stderr


def test_a_replay_without_a_journal_says_how_to_record_one(tmp_path):
    with pytest.raises(StoreError, match="there is no journal to replay; run once without --replay"):
        Journal(tmp_path / "journal.sqlite", replay_only=True).__enter__()


@pytest.mark.parametrize("content", [b"not a database, certainly not one of ours" * 20, b"SQLite format 3\x00broken"])
def test_a_file_that_is_no_journal_is_one_line(tmp_path, content):
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"journal\.sqlite: .*not a database"):
        Journal(path).__enter__()


def test_a_folder_in_its_place_is_one_line(tmp_path):
    (tmp_path / "journal.sqlite").mkdir()
    with pytest.raises(StoreError, match="unable to open"):
        Journal(tmp_path / "journal.sqlite").__enter__()


async def test_export_writes_lines_of_json(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        for number in range(3):
            await put(journal, f"k{number}")
        assert journal.export(tmp_path / "out" / "journal.jsonl") == 3
    lines = [json.loads(line) for line in (tmp_path / "out" / "journal.jsonl").read_text("utf-8").splitlines()]
    assert [line["key"] for line in lines] == ["k0", "k1", "k2"]
    assert lines[0]["reply"] == {"text": "喂"} and lines[0]["request"] == {"messages": []}
    assert lines[0]["usage"] == {"prompt": 10, "cached": 4, "completion": 5, "reasoning": 2}


async def test_prune_by_age_and_by_number(tmp_path):
    with Journal(tmp_path / "journal.sqlite") as journal:
        for number in range(5):
            await put(journal, f"k{number}")
        assert journal.prune(older_than=3600) == 0
        assert journal.prune(keep=2) == 3
        assert journal.get("k4") is not None and journal.get("k2") is None
        assert journal.prune(older_than=0) == 2
    with Journal(tmp_path / "journal.sqlite", replay_only=True) as journal, pytest.raises(StoreError):
        journal.prune(keep=0)
