"""Parquet files with the recordings inside, as Hugging Face's datasets and the viewer of its Hub read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from antifraud.release.samples import Sample
from antifraud.release.writers import Open, Put
from antifraud.release_config import PackConfig

if TYPE_CHECKING:
    import pyarrow

Kind = str | list["Kind"] | dict[str, "Kind"]
"""Of a column: a type of Arrow by its name, `audio`, [kind] for a list, {name: kind} for a struct."""
Columns = Mapping[str, Kind]

ROW_GROUP_CALLS: Final = 100
ROW_GROUP_BYTES: Final = 32_000_000
"""Most rows, and about the most sound, of a row group: what is held in memory here, and what a reader fetches for one
row. 100 is what datasets itself writes for audio; the bytes are a design choice."""
_AUDIO: Final = "audio"


def parquet(columns: Columns, row: Callable[[Sample], Mapping[str, Any]]) -> Open:
    """Return what writes one Parquet file; a column of kind `audio` is {bytes, path} and needs no other library."""

    @contextmanager
    def opened(path: Path, _: PackConfig) -> Iterator[Put]:
        from pyarrow import RecordBatch
        from pyarrow.parquet import ParquetWriter

        schema, waiting, size = _schema(columns), list[Mapping[str, Any]](), 0
        searched = [name for name, kind in columns.items() if isinstance(kind, str) and kind != _AUDIO]

        def flush() -> None:
            nonlocal size
            file.write_batch(RecordBatch.from_pylist(waiting, schema))
            waiting.clear()
            size = 0

        def put(sample: Sample) -> None:
            nonlocal size
            waiting.append(row(sample))
            size += len(sample.sound)
            if len(waiting) == ROW_GROUP_CALLS or size >= ROW_GROUP_BYTES:
                flush()

        # a dictionary of recordings is eight times the work and holds each once anyway
        with ParquetWriter(path, schema, compression="zstd", use_dictionary=False, write_statistics=searched) as file:
            yield put
            if waiting:
                flush()

    return opened


def _schema(columns: Columns) -> pyarrow.Schema:
    """Return the schema, with what datasets needs to know of it beside Arrow's own types."""
    import pyarrow

    features = {name: _feature(kind) for name, kind in columns.items()}
    known = {"huggingface": orjson.dumps({"info": {"features": features}})}
    return pyarrow.schema([(name, _arrow(kind)) for name, kind in columns.items()], metadata=known)


def _arrow(kind: Kind) -> pyarrow.DataType:
    import pyarrow

    if isinstance(kind, list):
        return pyarrow.list_(_arrow(kind[0]))
    if isinstance(kind, dict):
        return pyarrow.struct([(name, _arrow(inner)) for name, inner in kind.items()])
    if kind == _AUDIO:
        return pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    return pyarrow.type_for_alias(kind)


def _feature(kind: Kind) -> Any:
    """Return a column as datasets writes it down; a list in brackets is read by its old and new versions."""
    if isinstance(kind, list):
        return [_feature(kind[0])]
    if isinstance(kind, dict):
        return {name: _feature(inner) for name, inner in kind.items()}
    return {"_type": "Audio"} if kind == _AUDIO else {"dtype": kind, "_type": "Value"}
