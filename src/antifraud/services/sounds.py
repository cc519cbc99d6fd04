"""What the bytes of a sound file say of themselves, before anybody believes or pays for them."""

from __future__ import annotations

import io
from dataclasses import dataclass

import soundfile

MP3 = "audio/mpeg"
MEDIA_TYPES = {
    "WAV": "audio/wav",
    "WAVEX": "audio/wav",
    "RF64": "audio/wav",
    "MP3": MP3,
    "FLAC": "audio/flac",
    "OGG": "audio/ogg",
}
"""By libsndfile's names; opus and vorbis both come in OGG."""
NAMES = (b"RIFF", b"fLaC", b"OggS", b"ID3")
DECODED_SHARE = 0.9
"""Of the first second of an MP3 that must be there; random bytes give a frame or two, 0.1 at most."""


@dataclass(frozen=True)
class Sound:
    """A sound file that holds at least one sample."""

    media_type: str
    sample_rate_hz: int
    seconds: float


def look(content: bytes) -> Sound | None:
    """Return what kind of sound file this is; None where it is none, or an empty one.

    An MP3 has no head to speak of: bytes of any kind may begin like one, so that its first second is decoded.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            media_type, frames, rate_hz = MEDIA_TYPES.get(file.format), file.frames, file.samplerate
            heard = len(file.read(rate_hz)) if media_type == MP3 else frames
    except soundfile.LibsndfileError:
        return None
    if media_type is None or frames < 1 or heard < DECODED_SHARE * min(frames, rate_hz):
        return None
    return Sound(media_type, rate_hz, frames / rate_hz)


def has_name(content: bytes) -> bool:
    """Tell whether a file begins with the name of its format, as bare samples never do."""
    return content.startswith(NAMES)
