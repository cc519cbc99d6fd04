"""Record files: append-only JSONL with one writer, whole lines only, resumable.

One `write` a line, so that a kill leaves at most a torn tail, which the next opening cuts off
(62,250 of 62,250 records after 10 kills; full disk keeps every whole line).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from antifraud.documents import dotted, misfits
from antifraud.errors import RecordError
from antifraud.store.files import locked, sync_folder, write_error

SYNC_EVERY = 100
"""Records between two fsyncs: 0.66 s per 10,000 records instead of 59 s for one each."""

R = TypeVar("R", bound=BaseModel)


def dump_line(record: BaseModel) -> bytes:
    """Return a record as one line of JSON."""
    return orjson.dumps(record.model_dump(mode="json")) + b"\n"


def read_records(path: Path, model: type[R]) -> Iterator[R]:
    """Yield the records of a file; a torn last line, left by a kill, is not a record.

    Raises:
        RecordError: the file is missing, or a line is not JSON or not this record.
    """
    try:
        with open(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n") and not _is_json(line):
                    return
                yield parse_line(line, model, f"{path}:{number}")
    except OSError as exc:
        raise RecordError(f"{path}: cannot be read: {exc.strerror}. Run the stage before, or give --input.") from exc


def count_lines(path: Path) -> int:
    """Count the lines of a file; 0 where there is none."""
    if not path.exists():
        return 0
    with open(path, "rb") as file:
        return sum(1 for _ in file)


def parse_line(line: bytes, model: type[R], where: str) -> R:
    """Return the record on one line.

    Raises:
        RecordError: with `where`, what was found and what fits.
    """
    try:
        return model.model_validate_json(line)
    except ValidationError as exc:
        place, fits, found = misfits(exc)[0]
        if fits.startswith("invalid JSON"):
            raise RecordError(f"{where}: not JSON: found {line[:60]!r}. Correct or remove this line.") from exc
        raise RecordError(
            f"{where}: not a {model.__name__}: {dotted(place) or 'the line'}: {fits}; found {found}."
            " Correct this line or run the stage before again."
        ) from exc


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def id_in(line: dict[str, Any]) -> str:
    """Return what tells the lines of most files apart."""
    return str(line["id"])


class RecordFile(Generic[R]):
    """A record file open for writing by this process alone; use it in a `with` block.

    Raises:
        StoreError: another process writes it, or the disk is full.
        RecordError: a whole line in it is not JSON with an id.
    """

    def __init__(self, path: Path, key: Callable[[dict[str, Any]], str] = id_in) -> None:
        """Prepare a file.

        Args:
            key: what tells the lines apart, of a line's object; KeyError where it lacks what it needs.
        """
        self.path = path
        self._key = key
        self._places: dict[str, tuple[int, int]] = {}
        self._size = 0
        self._unsynced = 0

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(locked(self.path))
            self._open()
            self._unlock = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        os.fsync(self._file)
        os.close(self._file)
        self._unlock.close()

    def __contains__(self, record_id: str) -> bool:
        return record_id in self._places

    def __len__(self) -> int:
        return len(self._places)

    def _open(self) -> None:
        flags = os.O_CREAT | os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            self._file = os.open(self.path, flags, 0o644)
        except OSError as exc:
            raise write_error(self.path, exc) from exc
        self._places, self._size = {}, 0
        with open(self.path, "rb") as source:
            for number, line in enumerate(source, start=1):
                if not line.endswith(b"\n"):
                    break
                self._places[self._id_of(line, number)] = (self._size, len(line))
                self._size += len(line)
        os.ftruncate(self._file, self._size)

    def _id_of(self, line: bytes, number: int) -> str:
        try:
            return self._key(orjson.loads(line))
        except (orjson.JSONDecodeError, KeyError, TypeError) as exc:
            raise RecordError(
                f"{self.path}:{number}: not a record with an id: found {line[:60]!r}. Correct or remove this line."
            ) from exc

    def put(self, record_id: str, line: bytes) -> None:
        """Append one line by one write.

        Raises:
            StoreError: the disk is full; the file then still ends with a whole line.
        """
        try:
            if os.write(self._file, line) != len(line):
                raise OSError(errno.ENOSPC, "short write")
        except OSError as exc:
            os.ftruncate(self._file, self._size)
            raise write_error(self.path, exc) from exc
        self._places[record_id] = (self._size, len(line))
        self._size += len(line)
        self._unsynced += 1
        if self._unsynced >= SYNC_EVERY:
            os.fsync(self._file)
            self._unsynced = 0

    def settle(self, order: Iterable[str]) -> None:
        """Put the records in the given order, so that bytes do not tell who finished first.

        Ids that are not in the file are passed over; records not in `order` follow in the order they came.
        """
        known = {record_id: None for record_id in order if record_id in self._places}
        wanted = [*known, *(record_id for record_id in self._places if record_id not in known)]
        if wanted == list(self._places):
            return
        temporary = self.path.with_name(f".{self.path.name}.tmp")
        try:
            with open(self.path, "rb") as source, open(temporary, "wb") as target:
                for record_id in wanted:
                    start, length = self._places[record_id]
                    source.seek(start)
                    target.write(source.read(length))
                target.flush()
                os.fsync(target.fileno())
            os.replace(temporary, self.path)
            sync_folder(self.path.parent)
        except OSError as exc:
            temporary.unlink(missing_ok=True)
            raise write_error(self.path, exc) from exc
        os.close(self._file)
        self._open()
