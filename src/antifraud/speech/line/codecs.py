"""Sound through a speech codec and back, one channel at a time, in step with what went in."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final, cast

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from numpy.typing import NDArray

from antifraud.acoustics.wave import Wave
from antifraud.labels import Codec
from antifraud.speech.line.companding import Samples, companded
from antifraud.speech.line.loss import FRAME_SECONDS

NARROW_RATE_HZ, WIDE_RATE_HZ = 8000, 16000
_OPUS_RATE_HZ: Final = 48000
"""What an Opus decoder gives, whatever went in (RFC 7845, section 5.1)."""
_FULL_SCALE: Final = 32767


@dataclass(frozen=True)
class _Pair:
    """An encoder and a decoder of FFmpeg and how they are set."""

    encoder: str
    decoder: str
    options: dict[str, str]
    delay_seconds: float
    """By how much the decoded sound is late, measured by cross-correlation; the decoder drops the pre-skip of Opus."""


_PAIRS: Final = {
    Codec.AMR_NB: _Pair("libopencore_amrnb", "amrnb", {}, 0.005),
    Codec.OPUS: _Pair("libopus", "opus", {"application": "voip", "compression_level": "5"}, 0.0),
}
"""Opus at half its complexity, for a fifth less time: a design choice."""


def carried(wave: Wave, codec: Codec, bit_rate_kbps: float | None, sample_rate_hz: int) -> Wave:
    """Return a wave as the far end hears it, of the same length and not shifted.

    Args:
        wave: mono, shape (samples,), values in [-1, 1].
        sample_rate_hz: 8000; 16000 as well for Opus.
    """
    if codec is Codec.NONE or not wave.size:
        return wave
    samples = np.rint(wave * np.float32(_FULL_SCALE)).astype(np.int16)
    if codec in (Codec.ALAW, Codec.ULAW):
        return companded(samples, codec).astype(np.float32) / np.float32(_FULL_SCALE + 1)
    pair = _PAIRS[codec]
    delay = round(pair.delay_seconds * sample_rate_hz)
    decoded = _decoded(samples, pair, round(1000 * (bit_rate_kbps or 0)), sample_rate_hz)
    if codec is Codec.OPUS:
        decoded = decoded[:: _OPUS_RATE_HZ // sample_rate_hz]  # images of what went in fold back onto it
    return np.ascontiguousarray(decoded[delay : delay + len(wave)])


def _decoded(samples: Samples, pair: _Pair, bit_rate: int, sample_rate_hz: int) -> NDArray[np.float32]:
    """Return everything the decoder gives, at its own rate; longer than what went in."""
    encoder = cast(AudioCodecContext, av.CodecContext.create(pair.encoder, "w"))
    encoder.sample_rate, encoder.layout, encoder.format = sample_rate_hz, "mono", "s16"
    encoder.bit_rate, encoder.time_base = bit_rate, Fraction(1, sample_rate_hz)
    encoder.options = pair.options
    encoder.open()
    decoder = cast(AudioCodecContext, av.CodecContext.create(pair.decoder, "r"))
    decoder.sample_rate, decoder.layout = sample_rate_hz, "mono"
    if encoder.extradata:
        decoder.extradata = encoder.extradata
    size = round(FRAME_SECONDS * sample_rate_hz)
    # two frames of silence push out what encoder and decoder hold back
    padded = np.concatenate([samples, np.zeros(-len(samples) % size + 2 * size, np.int16)])
    heard = []
    for first in [*range(0, len(padded), size), None]:
        frame = None if first is None else _frame(padded[first : first + size], first, sample_rate_hz)
        for packet in encoder.encode(frame):
            heard += [part.to_ndarray()[0] for part in decoder.decode(packet)]
    heard += [part.to_ndarray()[0] for part in decoder.decode(None)]
    return np.concatenate(heard)


def _frame(samples: Samples, first: int, sample_rate_hz: int) -> av.AudioFrame:
    frame = av.AudioFrame("s16", "mono", len(samples))
    frame.sample_rate, frame.pts, frame.time_base = sample_rate_hz, first, Fraction(1, sample_rate_hz)
    frame.planes[0].update(samples.tobytes())
    return frame
