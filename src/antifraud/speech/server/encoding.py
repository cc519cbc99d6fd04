"""Speech as the bytes of an audio file, marked as synthetic where the format has a place for it."""

from __future__ import annotations

import io

import numpy as np
import soxr
from scipy.io import wavfile

from antifraud.acoustics.wave import Wave
from antifraud.speech.server.requests import Format
from antifraud.speech.sound_files import encode, synthetic

MEDIA_TYPES: dict[Format, str] = {
    "mp3": "audio/mpeg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "opus": "audio/ogg",
    "pcm": "audio/pcm",
}
PCM_RATE_HZ = 24000
"""OpenAI's pcm is 24 kHz, 16-bit, little-endian; Opus knows this rate too, and neither knows espeak-ng's 22,050."""
FULL_SCALE = 32767.0
TITLE = "speech"


def encoded(wave: Wave, sample_rate_hz: int, form: Format, engine: str) -> bytes:
    """Return a mono wave as a file; the same bytes for the same wave, but for Opus, whose serial number is random.

    Args:
        engine: name and version of what spoke.
    """
    if form in ("pcm", "opus") and sample_rate_hz != PCM_RATE_HZ:
        wave = soxr.resample(wave, sample_rate_hz, PCM_RATE_HZ)
        sample_rate_hz = PCM_RATE_HZ
    wave = np.clip(wave, -1.0, 1.0)
    if form == "pcm":
        return np.round(wave * FULL_SCALE).astype("<i2").tobytes()
    return encode(wave[:, None], sample_rate_hz, form, TITLE, synthetic(engine))


def float_wav(wave: Wave, sample_rate_hz: int) -> bytes:
    """Return a wave without any loss; soundfile would write the time of day into a WAV of floats."""
    file = io.BytesIO()
    wavfile.write(file, sample_rate_hz, wave.astype("<f4"))
    return file.getvalue()
