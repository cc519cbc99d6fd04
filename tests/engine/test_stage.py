from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from antifraud.engine.stage import Tally, run_stage
from antifraud.errors import RecordError, TooManyRejected
from antifraud.labels import RejectReason
from antifraud.records import Record, Rejected
from antifraud.store.lines import read_records


class Item(Record):
    id: str
    value: int = 0


def items(count: int) -> Iterator[Item]:
    for number in range(count):
        yield Item(id=f"i-{number:03d}", value=number)


async def square(item: Item) -> Item | Rejected:
    """Finish in an order that is not the input's; refuse every seventh."""
    await asyncio.sleep(0.001 * (item.value * 7 % 5))
    if item.value % 7 == 3:
        return Rejected(id=item.id, stage="square", reason=RejectReason.UNREADABLE, detail="a seventh")
    return item.model_copy(update={"value": item.value**2})


async def run(output: Path, count: int, concurrency: int = 4, work=square) -> Tally:  # type: ignore[no-untyped-def]
    return await run_stage("square", items(count), work, output, concurrency=concurrency, quiet=True)


async def test_every_record_comes_out_as_a_result_or_rejected(tmp_path: Path) -> None:
    tally = await run(tmp_path / "out.jsonl", 40)
    assert (tally.entered, tally.accepted, tally.rejected) == (40, 34, 6)
    assert tally.reasons == {"unreadable": 6}
    assert len(list(read_records(tmp_path / "out.rejected.jsonl", Rejected))) == 6


async def test_bytes_do_not_depend_on_concurrency(tmp_path: Path) -> None:
    for concurrency in (1, 3, 32):
        await run(tmp_path / f"{concurrency}.jsonl", 50, concurrency)
    assert len({(tmp_path / f"{concurrency}.jsonl").read_bytes() for concurrency in (1, 3, 32)}) == 1
    assert len({(tmp_path / f"{concurrency}.rejected.jsonl").read_bytes() for concurrency in (1, 3, 32)}) == 1


async def test_what_is_finished_is_not_done_again(tmp_path: Path) -> None:
    worked: list[str] = []

    async def noted(item: Item) -> Item | Rejected:
        worked.append(item.id)
        return await square(item)

    await run(tmp_path / "out.jsonl", 20, work=noted)
    tally = await run(tmp_path / "out.jsonl", 30, work=noted)
    assert len(worked) == len(set(worked)) == 30
    assert tally.resumed == 20
    assert tally.accepted + tally.rejected == 30


async def test_a_failure_stops_the_stage_and_keeps_what_was_done(tmp_path: Path) -> None:
    async def failing(item: Item) -> Item | Rejected:
        if item.value == 25:
            raise RuntimeError("the engine is gone")
        return await square(item)

    with pytest.raises(RuntimeError, match="the engine is gone"):
        await run(tmp_path / "out.jsonl", 60, work=failing)
    kept = {record.id for record in read_records(tmp_path / "out.jsonl", Item)}
    assert "i-000" in kept
    assert "i-025" not in kept
    tally = await run(tmp_path / "out.jsonl", 60)
    assert tally.entered == 60


async def test_records_that_fail_at_once_are_told_of_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gone = asyncio.Event()

    async def failing(item: Item) -> Item | Rejected:
        if item.value == 3:
            gone.set()
        await gone.wait()
        raise RuntimeError("the engine is gone")

    with pytest.raises(RuntimeError, match="the engine is gone"):
        await run(tmp_path / "out.jsonl", 8, work=failing)
    gc.collect()
    assert not caplog.records, "asyncio tells of failures that nobody looked at"


async def test_cancelling_keeps_what_was_done(tmp_path: Path) -> None:
    async def slow(item: Item) -> Item | Rejected:
        await asyncio.sleep(0.01)
        return item

    task = asyncio.create_task(run(tmp_path / "out.jsonl", 10_000, work=slow))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert 0 < len(list(read_records(tmp_path / "out.jsonl", Item))) < 10_000


async def test_input_is_read_no_further_ahead_than_the_concurrency(tmp_path: Path) -> None:
    taken = finished = furthest = 0

    def counted() -> Iterator[Item]:
        nonlocal taken, furthest
        for item in items(100):
            taken += 1
            furthest = max(furthest, taken - finished)
            yield item

    async def work(item: Item) -> Item:
        nonlocal finished
        await asyncio.sleep(0.001)
        finished += 1
        return item

    await run_stage("s", counted(), work, tmp_path / "out.jsonl", concurrency=4, quiet=True)
    assert furthest <= 5


async def test_an_id_that_occurs_twice_is_an_error(tmp_path: Path) -> None:
    twice = [Item(id="a"), Item(id="a")]
    with pytest.raises(RecordError, match="'a' occurs twice"):
        await run_stage("s", twice, square, tmp_path / "out.jsonl", concurrency=1, quiet=True)


def test_a_large_share_of_rejected_records_is_exit_code_three(tmp_path: Path) -> None:
    tally = Tally("s", tmp_path / "out.jsonl", entered=10, accepted=7, rejected=3)
    tally.check(0.3)
    with pytest.raises(TooManyRejected, match="3 of 10") as caught:
        tally.check(0.29)
    assert caught.value.exit_code == 3
