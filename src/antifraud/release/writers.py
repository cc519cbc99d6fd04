"""How the files of a release are written, sample by sample.

A writer is a context manager: entered, it has opened its file and gives a function that takes samples; left without
an error, the file is whole. So a table, a Parquet file and a tar are opened alike, and `sharded` makes many files of
any of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from gzip import GzipFile
from io import BytesIO
from pathlib import Path
from tarfile import USTAR_FORMAT, TarFile, TarInfo
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import orjson

from antifraud.release.samples import Sample
from antifraud.release_config import PackConfig

Put = Callable[[Sample], None]
Open = Callable[[Path, PackConfig], AbstractContextManager[Put]]
"""Opens a file of a release for writing."""
Rows = Callable[[Sample], Iterable[Mapping[str, Any]]]
"""Makes the rows of a sample."""
_MEGABYTE = 1_000_000
_BLOCK_BYTES = 1 << 20
_GZIP_LEVEL = 6
"""zlib's own default."""
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can hold; files of a release have no time of their own."""
_PLAIN_FILE = 0o100644 << 16
"""Unix mode of a file in a zip."""


def lines(rows: Rows) -> Open:
    """Return what writes one JSON object a line; compressed where the file ends in .gz."""

    @contextmanager
    def opened(path: Path, _: PackConfig) -> Iterator[Put]:
        with open(path, "wb") as file, _compressed(file) if path.suffix == ".gz" else nullcontext(file) as out:
            yield lambda sample: out.writelines(orjson.dumps(row) + b"\n" for row in rows(sample))

    return opened


def _compressed(file: IO[bytes]) -> GzipFile:
    """Return a gzip without name and time."""
    return GzipFile("", "wb", compresslevel=_GZIP_LEVEL, fileobj=file, mtime=0)


def array(rows: Rows) -> Open:
    """Return what writes one JSON array."""

    @contextmanager
    def opened(path: Path, _: PackConfig) -> Iterator[Put]:
        with open(path, "wb") as file:

            def put(sample: Sample) -> None:
                for row in rows(sample):
                    file.write((b",\n" if file.tell() else b"[\n") + orjson.dumps(row))

            yield put
            file.write(b"\n]\n" if file.tell() else b"[]\n")

    return opened


def tar(row: Callable[[Sample], Mapping[str, Any]]) -> Open:
    """Return what writes a WebDataset tar: of each sample its JSON and its recording, by its id.

    Headers hold name and size alone, so that the same samples give the same bytes.
    """

    @contextmanager
    def opened(path: Path, _: PackConfig) -> Iterator[Put]:
        with TarFile(path, "w", format=USTAR_FORMAT, copybufsize=_BLOCK_BYTES) as shard:

            def put(sample: Sample) -> None:
                for suffix, content in ((".json", orjson.dumps(row(sample))), (sample.file.suffix, sample.sound)):
                    header = TarInfo(sample.call.id + suffix)
                    header.size = len(content)
                    shard.addfile(header, BytesIO(content))

            yield put

    return opened


def sharded(open_one: Open, suffix: str) -> Open:
    """Return what writes file after file, each of `shard_megabytes` of sound at most, or of one recording.

    A path `data/train` becomes `data/train-00000.parquet` and so on; the first is there even without samples.
    """

    @contextmanager
    def opened(path: Path, config: PackConfig) -> Iterator[Put]:
        with ExitStack() as shard:
            number, filled = 0, 0

            def following() -> Put:
                nonlocal number, filled
                shard.close()
                number, filled = number + 1, 0
                name = path.with_name(f"{path.name}-{number - 1:05d}{suffix}")
                return shard.enter_context(open_one(name, config))

            put_in_shard = following()

            def put(sample: Sample) -> None:
                nonlocal put_in_shard, filled
                if filled and filled + len(sample.sound) > config.shard_megabytes * _MEGABYTE:
                    put_in_shard = following()
                put_in_shard(sample)
                filled += len(sample.sound)

            yield put

    return opened


def first(count: Callable[[PackConfig], int], open_one: Open) -> Open:
    """Return what writes the first samples alone."""

    @contextmanager
    def opened(path: Path, config: PackConfig) -> Iterator[Put]:
        left = count(config)
        with open_one(path, config) as put_in_file:

            def put(sample: Sample) -> None:
                nonlocal left
                if left > 0:
                    put_in_file(sample)
                    left -= 1

            yield put

    return opened


@contextmanager
def recordings(folder: Path, config: PackConfig) -> Iterator[Put]:
    """Copy the first recordings of each label, for those who want to listen before they download."""
    left = dict.fromkeys((True, False), config.preview_calls)
    folder.mkdir()

    def put(sample: Sample) -> None:
        if sample.is_fraud is not None and left[sample.is_fraud] > 0:
            left[sample.is_fraud] -= 1
            (folder / sample.file.name).write_bytes(sample.sound)

    yield put


@contextmanager
def zipped(path: Path, _: PackConfig) -> Iterator[Put]:
    """Write `x.zip` of the folder `x` beside it, once that is whole; stored, since sound does not get smaller."""
    yield lambda _: None
    with ZipFile(path, "w", ZIP_STORED) as archive:
        for file in sorted(path.with_suffix("").iterdir()):
            header = ZipInfo(file.relative_to(path.parent).as_posix(), _ZIP_EPOCH)
            header.external_attr, header.file_size = _PLAIN_FILE, file.stat().st_size
            with open(file, "rb") as reading, archive.open(header, "w") as writing:
                shutil.copyfileobj(reading, writing, _BLOCK_BYTES)
