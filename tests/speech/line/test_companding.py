"""A-law and mu-law against two other implementations, on every 16-bit sample."""

from __future__ import annotations

import warnings
from fractions import Fraction

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext

from antifraud.labels import Codec
from antifraud.speech.line.companding import Samples, companded

EVERY_SAMPLE = np.arange(1 << 16, dtype=np.uint16).view(np.int16)
LAWS = [(Codec.ALAW, "pcm_alaw", "alaw"), (Codec.ULAW, "pcm_mulaw", "ulaw")]


def by_ffmpeg(samples: Samples, name: str) -> Samples:
    encoder, decoder = AudioCodecContext.create(name, "w"), AudioCodecContext.create(name, "r")
    for context in (encoder, decoder):
        context.sample_rate, context.layout = 8000, "mono"
    encoder.format, encoder.time_base = "s16", Fraction(1, 8000)
    frame = av.AudioFrame("s16", "mono", len(samples))
    frame.sample_rate = 8000
    frame.planes[0].update(samples.tobytes())
    packets = [*encoder.encode(frame), *encoder.encode(None)]
    return np.concatenate([part.to_ndarray()[0] for packet in packets for part in decoder.decode(packet)])


@pytest.mark.parametrize(("codec", "name", "law"), LAWS)
def test_every_sample_comes_out_as_from_the_standard_library(codec: Codec, name: str, law: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
        import audioop
    encoded = getattr(audioop, f"lin2{law}")(EVERY_SAMPLE.tobytes(), 2)
    expected = np.frombuffer(getattr(audioop, f"{law}2lin")(encoded, 2), np.int16)
    assert np.array_equal(companded(EVERY_SAMPLE, codec), expected)


@pytest.mark.parametrize(("codec", "name", "law"), LAWS)
def test_ffmpeg_has_the_same_levels_and_rounds_otherwise_only_between_two_neighbours(
    codec: Codec, name: str, law: str
) -> None:
    """FFmpeg rounds to the nearest level; the recommendation's decision values differ where the step doubles."""
    ours, theirs = companded(EVERY_SAMPLE, codec), by_ffmpeg(EVERY_SAMPLE, name)
    levels = np.unique(ours)
    assert np.array_equal(levels, np.unique(theirs))
    assert np.array_equal(by_ffmpeg(ours, name), ours)
    assert np.mean(ours != theirs) < 0.015
    assert np.abs(np.searchsorted(levels, ours) - np.searchsorted(levels, theirs)).max() == 1
