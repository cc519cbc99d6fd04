"""Speech out of a zip that a server sent; nothing in it is trusted, nothing of it touches a disk."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import soundfile
from numpy.typing import NDArray

from antifraud.speech.engines.server_exchange import Lost
from antifraud.speech.server.replies import FAILURES

Wave = NDArray[np.float32]
MOST_FAILURE_BYTES = 1_000_000
BYTES_PER_SAMPLE = 4
HEADER_BYTES = 4096
"""Of an audio file, at most."""
MOST_ENTRY_BYTES = 256
"""Of the zip's directory, for each file that was asked for; 46 and the name are usual."""
SPARE_ENTRIES = 16
_UNREADABLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OSError)
"""What zipfile, json and soundfile say about bytes that are not what they claim."""
_END_OF_DIRECTORY = struct.Struct("<4s4xHHII")
_END_BYTES = 22


def waves_of(
    body: bytes, names: Sequence[str], sample_rate_hz: int, most_seconds: Sequence[float]
) -> tuple[dict[int, Wave], Mapping[int, str]]:
    """Return the waves by position of their names, and the reasons told for others; files of other names are ignored.

    Args:
        names: the file asked for each text.
        most_seconds: the longest speech that each text can make.

    Raises:
        Lost: it is no zip, breaks its bounds, holds other sound than was asked for, or lacks a file without a reason.
    """
    try:
        _check_directory(body, len(names))
        with zipfile.ZipFile(io.BytesIO(body)) as pack:
            told = _failures(pack)
            waves = {
                index: _wave(pack, name, sample_rate_hz, seconds)
                for index, (name, seconds) in enumerate(zip(names, most_seconds, strict=True))
                if index not in told
            }
    except _UNREADABLE as exc:
        raise Lost(f"its archive cannot be read: {exc}") from exc
    return waves, told


def _check_directory(body: bytes, files: int) -> None:
    """Refuse a zip whose directory names far more files than were asked for, before anybody reads it."""
    end = body.rfind(b"PK\x05\x06")
    if end < 0 or end + _END_BYTES > len(body):
        raise ValueError("no zip")
    _, _, entries, size, _ = _END_OF_DIRECTORY.unpack_from(body, end)
    most = files + SPARE_ENTRIES
    if entries > most or size > most * MOST_ENTRY_BYTES:
        raise ValueError(f"it lists {entries} files in {size} bytes; at most {most} were expected")


def _failures(pack: zipfile.ZipFile) -> dict[int, str]:
    if FAILURES not in pack.namelist():
        return {}
    told = json.loads(_content(pack, FAILURES, MOST_FAILURE_BYTES))
    if not isinstance(told, dict):
        raise ValueError(f"{FAILURES} is no object")
    return {int(index): str(reason) for index, reason in told.items()}


def _wave(pack: zipfile.ZipFile, name: str, sample_rate_hz: int, most_seconds: float) -> Wave:
    if name not in pack.namelist():
        raise ValueError(f"{name} is missing")
    most = int(most_seconds * sample_rate_hz)
    content = _content(pack, name, most * BYTES_PER_SAMPLE + HEADER_BYTES)
    with soundfile.SoundFile(io.BytesIO(content)) as file:
        if (file.samplerate, file.channels) != (sample_rate_hz, 1):
            found = f"{file.samplerate} Hz and {file.channels} channels"
            raise ValueError(f"{name} has {found}; expected {sample_rate_hz} Hz and 1")
        wave: Wave = file.read(most + 1, dtype="float32")
    if wave.size > most:
        raise ValueError(f"{name} is longer than {most_seconds:.0f} s")
    return wave


def _content(pack: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    """Return a file, reading no further than its bound whatever the zip claims about its size."""
    if pack.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is neither stored nor deflated")
    with pack.open(name) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError(f"{name} has more than {most_bytes} bytes")
    return content
