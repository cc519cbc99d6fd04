"""Recordings of a snapshot as parts of messages: read, cut and encoded once, whatever is asked about them."""

from __future__ import annotations

import asyncio
import base64
import math
import weakref
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import orjson
import soundfile

from antifraud.errors import IntegrityError, UsageError
from antifraud.evaluation.audio_ways import MEDIA_TYPES, AudioFormat, AudioLimits, AudioWay
from antifraud.services.exchange import Attachment
from antifraud.snapshot import Item

_TOKENS_A_SECOND: Final = 50
"""Upper bound of what a second of audio is charged as: Qwen-Omni has 25, OpenAI 10; a design choice."""
_SUBTYPES: Final[dict[AudioFormat, str]] = {"wav": "PCM_16", "mp3": "MPEG_LAYER_III", "flac": "PCM_16"}
"""Names of libsndfile."""
_HOLE: Final = "*"
"""Stands for the base64 until it is put in; no part holds one elsewhere."""


class Recordings:
    """Opens the audio of items; what was encoded is kept as long as the item itself."""

    def __init__(self, folder: Path, limits: AudioLimits) -> None:
        self._folder, self._limits = folder, limits
        self._encoded: dict[int, dict[float | None, asyncio.Task[Attachment]]] = {}

    async def part(self, item: Item, heard_seconds: float | None) -> Attachment:
        """Return a recording, or the beginning of it, as a part of a message.

        Raises:
            IntegrityError: the file cannot be read.
            UsageError: it is larger than the provider takes.
        """
        if id(item) not in self._encoded:
            self._encoded[id(item)] = {}
            weakref.finalize(item, self._encoded.pop, id(item), None).atexit = False
        of_item = self._encoded[id(item)]
        if heard_seconds not in of_item:
            of_item[heard_seconds] = asyncio.create_task(
                asyncio.to_thread(_encoded, self._folder, item, heard_seconds, self._limits)
            )
        return await asyncio.shield(of_item[heard_seconds])


def _encoded(folder: Path, item: Item, heard_seconds: float | None, limits: AudioLimits) -> Attachment:
    path = folder / item.audio
    own = path.suffix.removeprefix(".")
    wanted = limits.format_of(own)
    sound = _file(path) if heard_seconds is None and wanted == own else cut(path, heard_seconds, wanted)
    text = base64.b64encode(sound)
    if limits.most_bytes is not None and len(text) > limits.most_bytes:
        raise UsageError(
            f"{path}: {len(text):,} bytes in base64 as {wanted}; the provider takes {limits.most_bytes:,}."
            " Send a smaller format (evaluate.audio_format), or ask another provider."
        )
    seconds = item.duration_seconds if heard_seconds is None else heard_seconds
    kept = {"type": "audio", "sha256": item.sha256, "heard_seconds": heard_seconds, "format": wanted}
    return Attachment(part_of(limits.way, wanted, text), kept, math.ceil(seconds * _TOKENS_A_SECOND))


def part_of(way: AudioWay, audio_format: AudioFormat, text: bytes) -> bytes:
    """Return the JSON of a part around base64, which needs no escapes: megabytes are copied once."""
    data = f"data:{MEDIA_TYPES[audio_format]};base64,{_HOLE}" if way.is_data_uri else _HOLE
    if way.part == "audio_url":
        around: dict[str, Any] = {"type": "audio_url", "audio_url": {"url": data}}
    else:
        around = {"type": "input_audio", "input_audio": {"data": data, "format": audio_format}}
    before, _, after = orjson.dumps(around).partition(_HOLE.encode())
    return b"".join((before, text, after))


def cut(path: Path, heard_seconds: float | None, audio_format: AudioFormat) -> bytes:
    """Return a recording, or its first seconds, as a file of a format; 16 bits, rate and channels as they are.

    Raises:
        IntegrityError: the file cannot be read.
    """
    try:
        with soundfile.SoundFile(path) as file:
            frames = -1 if heard_seconds is None else round(heard_seconds * file.samplerate)
            sound, rate_hz = file.read(frames, dtype="int16", always_2d=True), file.samplerate
    except (OSError, soundfile.LibsndfileError) as exc:
        raise IntegrityError(f"{path}: cannot be read as audio: {exc}. Restore the snapshot.") from exc
    target, subtype = BytesIO(), _SUBTYPES[audio_format]
    with soundfile.SoundFile(target, "w", rate_hz, sound.shape[1], subtype, format=audio_format.upper()) as file:
        for first in range(0, len(sound), rate_hz):  # in seconds: libsndfile's encoders have crashed on long blocks
            file.write(sound[first : first + rate_hz])
    return target.getvalue()


def _file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise IntegrityError(f"{path}: cannot be read: {exc.strerror}. Restore the snapshot.") from exc
