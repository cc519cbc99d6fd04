"""The recordings of a release: calls copied whole, or cut into windows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import soundfile

from antifraud.records import AnnotatedCall
from antifraud.release.samples import Sample
from antifraud.release.windows import Window, windows, within
from antifraud.release_config import WindowConfig
from antifraud.store.files import sha256_of
from antifraud.store.sealed import copy_checked

_BLOCK_SECONDS: Final = 1
"""Written at a time: libsndfile's encoders have crashed on long blocks."""


def samples(call: AnnotatedCall, split: str, source: Path, target: Path, config: WindowConfig) -> Iterator[Sample]:
    """Yield the samples of a call, each once its recording lies in the release.

    Args:
        source: folder the recording of the call is relative to.
        target: the release.

    Raises:
        IntegrityError: the recording is missing or changed.
    """
    file = target / call.audio
    copy_checked(source / call.audio, file, call.sha256)
    if not config.cut or call.duration_seconds <= config.heard_seconds:
        yield Sample(call, call, split, file, config.heard_seconds)
        return
    for window in windows(call, config):
        yield _window(call, window, split, file, config)
    file.unlink()


def _window(call: AnnotatedCall, window: Window, split: str, file: Path, config: WindowConfig) -> Sample:
    with soundfile.SoundFile(file) as reading:
        rate_hz, is_exact = reading.samplerate, reading.subtype.startswith("PCM_")
        start, stop = (round(at * rate_hz) for at in (window.start_seconds, window.end_seconds))
        part = within(call, window, (stop - start) / rate_hz)
        cut_file = file.with_name(part.id + (file.suffix if is_exact else ".flac"))
        _copy_frames(reading, cut_file, start, stop)
    named = {"audio": f"{file.parent.name}/{cut_file.name}", "sha256": sha256_of(cut_file)}
    part = part.model_copy(update=named)
    return Sample(part, call, split, cut_file, config.heard_seconds, window.turns.start, window.start_seconds)


def _copy_frames(reading: soundfile.SoundFile, target: Path, start: int, stop: int) -> None:
    """Write part of a recording, with the comment that marks it: in its own form where that is lossless, else as FLAC.

    MP3 would lose a second time, and a WAV of floats would hold the time of day.
    """
    is_exact = reading.subtype.startswith("PCM_")
    subtype, container = (reading.subtype, reading.format) if is_exact else ("PCM_16", "FLAC")
    reading.seek(start)
    with soundfile.SoundFile(target, "w", reading.samplerate, reading.channels, subtype, format=container) as writing:
        writing.title = target.stem
        if reading.comment:
            writing.comment = reading.comment
        while reading.tell() < stop:
            block = min(_BLOCK_SECONDS * reading.samplerate, stop - reading.tell())
            writing.write(reading.read(block, dtype="int32" if is_exact else "float32"))
