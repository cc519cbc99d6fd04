"""Runs one stage: every input record becomes a result or a `Rejected`, each on its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from antifraud.engine.progress import Progress
from antifraud.errors import RecordError, TooManyRejected
from antifraud.records import Record, Rejected
from antifraud.store.lines import RecordFile, dump_line, id_in
from antifraud.store.runs import rejected_path


class HasId(Protocol):
    """Anything a stage can take."""

    @property
    def id(self) -> str: ...


In = TypeVar("In", bound=HasId)
Out = TypeVar("Out", bound=Record)
Work = Callable[[In], Awaitable[Out | Rejected]]


@dataclass
class Tally:
    """How a stage ended."""

    stage: str
    output: Path
    entered: int = 0
    """Input records seen."""
    resumed: int = 0
    """Of these, finished by an earlier run."""
    accepted: int = 0
    """Results now in the output that came from these inputs."""
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    note: str | None = None
    """What else there is to tell, as tokens and money."""

    def check(self, limit: float) -> None:
        """Raise TooManyRejected where the rejected share is above `limit`."""
        if self.entered and self.rejected / self.entered > limit:
            raise TooManyRejected(
                f"{self.stage}: {self.rejected} of {self.entered} records were rejected"
                f" ({', '.join(f'{reason} {count}' for reason, count in self.reasons.most_common())});"
                f" the limit is {limit:.0%} (run.rejected_limit). See {rejected_path(self.output)}."
            )


async def run_stage(
    name: str,
    records: Iterable[In],
    work: Work[In, Out],
    output: Path,
    *,
    concurrency: int,
    total: int | None = None,
    order: Callable[[], Iterable[str]] | None = None,
    quiet: bool = False,
    note: Callable[[], str] | None = None,
    key: Callable[[dict[str, Any]], str] = id_in,
) -> Tally:
    """Put every record through `work`, skipping those that an earlier run finished.

    Args:
        records: read lazily, never more than `concurrency` ahead of what is written.
        output: record file of the results; its rejected records lie beside it.
        note: what else the progress shows, as tokens and money.
        key: returns the id of the record that a line of the output came from.
        order: ids in the order the finished file shall have; that of `records` when not given.

    Raises:
        StoreError: another process writes these files, or the disk is full.
        RecordError: two input records have one id.
    """
    tally = Tally(name, output)
    seen: dict[str, None] = {}
    with RecordFile[Out](output, key) as done, RecordFile[Rejected](rejected_path(output)) as refused:
        with Progress(name, total, quiet=quiet, note=note) as progress:
            flight = _Flight(work, done, refused, progress, concurrency)
            try:
                for record in records:
                    if record.id in seen:
                        raise RecordError(f"{name}: the id {record.id!r} occurs twice in the input; make ids unique.")
                    seen[record.id] = None
                    if record.id in done or record.id in refused:
                        tally.resumed += 1
                        progress.resume()
                    else:
                        await flight.take(record)
                await flight.land()
            finally:
                await flight.abandon()
        for file in (done, refused):
            file.settle(order() if order else seen)
        tally.entered = len(seen)
        tally.rejected = sum(record_id in refused for record_id in seen)
        tally.accepted = tally.entered - tally.rejected
        tally.note = note() if note else None
        tally.reasons = refused_reasons(refused.path, seen)
    return tally


def refused_reasons(path: Path, ids: Iterable[str]) -> Counter[str]:
    """Count the reasons in a file of rejected records, of these ids alone."""
    from antifraud.store.lines import read_records

    wanted = set(ids)
    return Counter(str(record.reason) for record in read_records(path, Rejected) if record.id in wanted)


class _Flight:
    """Records in work: at most `limit` at once; the first failure is raised where the next record is taken."""

    def __init__(
        self,
        work: Work[In, Out],
        done: RecordFile[Out],
        refused: RecordFile[Rejected],
        progress: Progress,
        limit: int,
    ) -> None:
        self._work, self._done, self._refused, self._progress = work, done, refused, progress
        self._limit = limit
        self._tasks: set[asyncio.Task[None]] = set()

    async def take(self, record: Any) -> None:
        while len(self._tasks) >= self._limit:
            await self._some(asyncio.FIRST_COMPLETED)
        self._tasks.add(asyncio.create_task(self._finish(record)))
        await asyncio.sleep(0)

    async def land(self) -> None:
        while self._tasks:
            await self._some(asyncio.FIRST_EXCEPTION)

    async def abandon(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _some(self, when: str) -> None:
        finished, self._tasks = await asyncio.wait(self._tasks, return_when=when)
        failures = [failure for task in finished if (failure := task.exception()) is not None]
        if failures:
            raise failures[0]  # all were looked at, or asyncio would tell of the others on stderr

    async def _finish(self, record: Any) -> None:
        result = await self._work(record)
        file = self._refused if isinstance(result, Rejected) else self._done
        file.put(record.id, dump_line(result))
        self._progress.step(rejected=isinstance(result, Rejected))
