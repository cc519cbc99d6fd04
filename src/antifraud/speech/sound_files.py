"""Sound files that say they are synthetic."""

from __future__ import annotations

from io import BytesIO
from typing import Final, Literal

import numpy as np
import soundfile
from numpy.typing import NDArray

from antifraud import __version__

Format = Literal["wav", "flac", "mp3", "opus"]

_CONTAINERS: Final[dict[Format, tuple[str, str]]] = {
    "wav": ("WAV", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "opus": ("OGG", "OPUS"),
}
"""Names of libsndfile."""
_ID3_UTF8: Final = b"\x03"
_BLOCK_SECONDS: Final = 1
"""Written at a time: libsndfile's encoders have crashed on long blocks."""


def synthetic(*engines: str) -> str:
    """Return what a file says of itself; an engine is its name and version."""
    return f"synthetic speech; antifraud {__version__}; engine {', '.join(sorted(set(engines)))}"


def encode(sound: NDArray[np.float32], sample_rate_hz: int, file_format: Format, title: str, comment: str) -> bytes:
    """Return a file with title and comment in its metadata; the same bytes for the same input, but for Opus.

    Args:
        sound: shape (samples, channels), values in [-1, 1]; kept as 16 bits in WAV and FLAC.

    Raises:
        ValueError: there is no sound, which FLAC and MP3 have no file for.
    """
    if not len(sound):
        raise ValueError("no sound to write; expected at least one sample")
    container, subtype = _CONTAINERS[file_format]
    buffer = BytesIO()
    with soundfile.SoundFile(buffer, "w", sample_rate_hz, sound.shape[1], subtype, format=container) as file:
        if file_format != "mp3":
            file.title, file.comment = title, comment
        for first in range(0, len(sound), _BLOCK_SECONDS * sample_rate_hz):
            file.write(sound[first : first + _BLOCK_SECONDS * sample_rate_hz])
    return (_id3_tag(title, comment) if file_format == "mp3" else b"") + buffer.getvalue()


def _id3_tag(title: str, comment: str) -> bytes:
    """Return an ID3v2.4 tag: libsndfile would cut long text, or read UTF-8 as Latin-1.

    Layout: id3.org/id3v2.4.0-structure and -frames; sizes are four bytes of seven bits.
    """
    frames = _id3_frame(b"TIT2", title.encode()) + _id3_frame(b"COMM", b"eng" + b"\0" + comment.encode())
    return b"ID3\x04\x00\x00" + _seven_bit_bytes(len(frames)) + frames


def _id3_frame(name: bytes, content: bytes) -> bytes:
    content = _ID3_UTF8 + content
    return name + _seven_bit_bytes(len(content)) + b"\0\0" + content


def _seven_bit_bytes(size: int) -> bytes:
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
