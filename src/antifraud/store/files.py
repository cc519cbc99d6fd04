"""Whole files that appear at once or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from antifraud.errors import StoreError


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file by temporary file, fsync and rename; a kill leaves the old file or the new one.

    Raises:
        StoreError: the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    make_folder(path.parent)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        with open(os.open(temporary, flags, 0o644), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as exc:
        temporary.unlink(missing_ok=True)
        raise write_error(path, exc) from exc


FROZEN_BY: Final = ("manifest.json", "items.jsonl")
"""Files that a folder has together only when it is a snapshot."""


def refuse_frozen(folder: Path) -> None:
    """Keep out of snapshots, which nobody writes into once they are there.

    Raises:
        StoreError: the folder is one or lies in one.
    """
    for place in (folder, *folder.parents):
        if all((place / name).is_file() for name in FROZEN_BY):
            raise StoreError(f"{place}: is a frozen snapshot; nothing is written into it. Choose another --output.")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises:
        StoreError: one of them cannot be made, or is a snapshot.
    """
    refuse_frozen(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise write_error(folder, exc) from exc


def write_error(path: Path, exc: OSError) -> StoreError:
    """Return the one line to show when writing failed."""
    if exc.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return StoreError(f"{path}: the disk is full. Nothing written before is lost; free some space and run again.")
    return StoreError(f"{path}: cannot be written: {exc.strerror}.")


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in blocks.

    Raises:
        StoreError: the file cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as exc:
        raise StoreError(f"{path}: cannot be read: {exc.strerror}.") from exc


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock beside `path`; the lock goes with the process, however it ends.

    Raises:
        StoreError: another process holds it.
    """
    make_folder(path.parent)
    try:
        handle = os.open(lock_file(path), os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    except OSError as exc:
        raise write_error(path, exc) from exc
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as exc:
        raise StoreError(f"{path}: another antifraud process is writing here; wait for it or stop it.") from exc
    finally:
        os.close(handle)


def lock_file(path: Path) -> Path:
    """Return where the lock of `path` lies."""
    return path.with_name(f".{path.name}.lock")


@contextmanager
def folder_by_rename(folder: Path) -> Iterator[Path]:
    """Build a folder beside its place and move it there when the block ends well.

    A folder that stands there already is replaced, unless it is a snapshot; remains of a killed build go first.
    """
    refuse_frozen(folder)
    building = folder.with_name(f".{folder.name}.building")
    old = folder.with_name(f".{folder.name}.old")
    for remains in (building, old):
        shutil.rmtree(remains, ignore_errors=True)
    try:
        building.mkdir(parents=True)
        yield building
        if folder.exists():
            os.replace(folder, old)
        os.replace(building, folder)
        sync_folder(folder.parent)
    except OSError as exc:
        raise write_error(folder, exc) from exc
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
