"""Opens a recording of any format and reads it in blocks: libsndfile first, FFmpeg for what that does not know."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from antifraud.intake.transcripts.encodings import is_archive
from antifraud.intake.utterances import Unfit
from antifraud.labels import RejectReason

Block = NDArray[np.float32]
"""Shape (samples, channels), values in [-1, 1]."""

HEARD_RATE_HZ: Final = 16000
"""What recognisers and the voice activity detector hear."""
_RATES_HZ: Final = range(4000, 192_001)
_MOST_CHANNELS: Final = 2
_BLOCK_SECONDS: Final = 10
_MISSING_SHARE: Final = 0.02
"""Of what the head of a file promises that may be missing: encoders count their padding differently."""
_MISSING_SECONDS: Final = 0.5
_FORMATS: Final = "amr,amrnb,amrwb,aac,aiff,asf,au,caf,flac,matroska,webm,mov,mp4,m4a,3gp,3g2,mj2,mp3,ogg,wav,w64"
"""What FFmpeg may take a file for: sound alone, and nothing that names other files or addresses, as playlists do."""
_RIFF_HEAD_BYTES: Final = 12
_UNKNOWN_SIZES: Final = (0, 0xFFFFFFFF)
"""Written by those who stream and never come back to the head."""


@dataclass(frozen=True)
class Recording:
    """A recording that can be opened."""

    path: Path
    reader: Literal["soundfile", "av"]
    sample_rate_hz: int
    channels: int
    promised_seconds: float | None
    """What its head says; None where it says nothing."""

    def blocks(self) -> Iterator[Block]:
        """Yield the sound from the start, in blocks of some seconds.

        Raises:
            Unfit: it cannot be decoded any further, or ends before its head says.
        """
        read = 0
        for block in _with_soundfile(self) if self.reader == "soundfile" else _with_ffmpeg(self):
            read += len(block)
            yield np.nan_to_num(block, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        seconds = read / self.sample_rate_hz
        if self.promised_seconds is not None:
            missing = self.promised_seconds - seconds
            if missing > max(_MISSING_SECONDS, _MISSING_SHARE * self.promised_seconds):
                raise _truncated(f"{seconds:.1f} s of the {self.promised_seconds:.1f} s that its head promises")

    def heard(self) -> Iterator[Block]:
        """Yield the same at the rate that recognisers hear; errors as of `blocks`."""
        if self.sample_rate_hz == HEARD_RATE_HZ:
            yield from self.blocks()
            return
        stream = soxr.ResampleStream(self.sample_rate_hz, HEARD_RATE_HZ, self.channels, dtype="float32")
        for block in self.blocks():
            yield _shaped(stream.resample_chunk(block), self.channels)
        yield _shaped(stream.resample_chunk(np.empty((0, self.channels), np.float32), last=True), self.channels)


def _shaped(block: NDArray[np.float32], channels: int) -> Block:
    return block.reshape(-1, channels)


def open_recording(path: Path) -> Recording:
    """Return a recording, whatever the extension of its name says.

    Raises:
        Unfit: it is empty, or no sound that can be read.
    """
    if not (size := path.stat().st_size):
        raise Unfit(RejectReason.UNREADABLE, "0 bytes")
    with open(path, "rb") as head:
        if is_archive(head.read(_RIFF_HEAD_BYTES)):
            raise Unfit(RejectReason.UNREADABLE, "an archive; unpack it and give the folder")
    try:
        with soundfile.SoundFile(path) as file:
            frames, rate_hz, channels = file.frames, file.samplerate, file.channels
            promised = _promised_by_riff(path, size, rate_hz) or (frames / rate_hz if 0 < frames < 1 << 62 else None)
            recording = Recording(path, "soundfile", rate_hz, channels, promised)
    except (soundfile.LibsndfileError, TypeError):  # TypeError: bare samples, of which it wants to be told the rate
        recording = _open_with_ffmpeg(path)
    if recording.sample_rate_hz not in _RATES_HZ:
        raise Unfit(RejectReason.UNREADABLE, f"a sample rate of {recording.sample_rate_hz} Hz")
    if recording.channels > _MOST_CHANNELS:
        raise Unfit(RejectReason.NOT_TWO_SIDES, f"{recording.channels} channels; expected 2")
    return recording


def is_recording(path: Path) -> bool:
    """Tell whether a file holds sound that can be opened."""
    try:
        open_recording(path)
    except Unfit:
        return False
    return True


def _promised_by_riff(path: Path, size: int, rate_hz: int) -> float | None:
    """Return the seconds that the head of a WAV file promises, of which libsndfile tells only what is there."""
    with open(path, "rb") as file:
        if file.read(4) != b"RIFF":
            return None
        file.seek(_RIFF_HEAD_BYTES)
        bytes_a_sample = 0
        while len(head := file.read(8)) == 8:
            name, length = head[:4], struct.unpack("<I", head[4:])[0]
            if name == b"fmt ":
                bytes_a_sample = struct.unpack("<H", file.read(16)[12:14])[0]
                file.seek(length - 16 + length % 2, 1)
            elif name == b"data":
                if length in _UNKNOWN_SIZES or not bytes_a_sample or file.tell() + length <= size:
                    return None
                bytes_a_second = rate_hz * bytes_a_sample
                return float(length / bytes_a_second)
            else:
                file.seek(length + length % 2, 1)
    return None


def _open_with_ffmpeg(path: Path) -> Recording:
    try:
        with open(path, "rb") as file, av.open(file, options={"format_whitelist": _FORMATS}) as container:
            if not container.streams.audio:
                raise Unfit(RejectReason.UNREADABLE, "no sound in it")
            stream = container.streams.audio[0]
            context = stream.codec_context
            if not context.sample_rate or not context.channels:
                raise Unfit(RejectReason.UNREADABLE, "no sample rate or no channels in its head")
            promised = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
            if container.format.name in ("amr", "amrnb", "amrwb", "aac"):
                promised = None  # guessed from the rate of the first frames
            return Recording(path, "av", context.sample_rate, context.channels, promised)
    except (av.FFmpegError, ValueError) as exc:
        raise Unfit(RejectReason.UNREADABLE, "no sound that libsndfile or FFmpeg can read, or its head is cut") from exc


def _with_soundfile(recording: Recording) -> Iterator[Block]:
    try:
        with soundfile.SoundFile(recording.path) as file:
            size = _BLOCK_SECONDS * recording.sample_rate_hz
            # not file.blocks(), which fills up what a cut MP3 lacks
            while len(block := file.read(size, dtype="float32", always_2d=True)):
                yield block
    except soundfile.LibsndfileError as exc:
        raise _truncated("it cannot be decoded to its end") from exc


def _with_ffmpeg(recording: Recording) -> Iterator[Block]:
    try:
        with (
            open(recording.path, "rb") as file,
            av.open(file, "r", options={"format_whitelist": _FORMATS}) as container,
        ):
            layout = container.streams.audio[0].codec_context.layout
            resampler = av.AudioResampler("fltp", layout, recording.sample_rate_hz)
            for frame in container.decode(container.streams.audio[0]):
                for part in resampler.resample(frame):
                    yield np.ascontiguousarray(part.to_ndarray().T)
            for part in resampler.resample(None):
                yield np.ascontiguousarray(part.to_ndarray().T)
    except (av.FFmpegError, ValueError) as exc:
        raise _truncated("it cannot be decoded to its end") from exc


def _truncated(detail: str) -> Unfit:
    return Unfit(RejectReason.TRUNCATED, detail)
