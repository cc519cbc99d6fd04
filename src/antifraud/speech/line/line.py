"""START HERE: a call goes through a telephone line and comes out as long as it was and in step with its segments.

Band -> echo -> noise -> codec -> lost packets -> band again, at the rate of the codec. What is linear may come in any
order; with the band first, speech level and SNR are those of what the line carries.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from antifraud.acoustics.wave import Wave
from antifraud.labels import Speaker
from antifraud.records import Line
from antifraud.speech.line.background import Babble, background, possible_sides, speech_levels_dbfs
from antifraud.speech.line.band import Band, band_limited
from antifraud.speech.line.codecs import NARROW_RATE_HZ, WIDE_RATE_HZ, carried
from antifraud.speech.line.echo import echo
from antifraud.speech.line.loss import FRAME_SECONDS, conceal, lost_frames
from antifraud.speech.line.profile import NARROW_BAND_HZ, LineProfile

Stereo = NDArray[np.float32]
"""A call, shape (samples, 2): caller left, callee right."""

SIDES: Final = (Speaker.CALLER, Speaker.CALLEE)
MOST_MADE_UP_DB = 6.0
"""Speech loses 1 to 3 dB to the band; what loses more has its energy elsewhere, and would come back as hiss."""
PEAK_LIMIT, PEAK_TARGET = 0.9, 0.899
"""A call above the limit is turned down to the target, both sides alike; codecs overshoot, so it is done twice."""


class _Draw(IntEnum):
    """What a stream of random numbers is for."""

    NOISE = 0
    LOSS = 1


def through_line(
    stereo: Stereo, sample_rate_hz: int, profile: LineProfile, babble: Wave | None = None
) -> tuple[Stereo, Line]:
    """Return the call as it sounds at the end of the line, and what the line did to it.

    Args:
        stereo: shape (samples, 2), caller left, values in [-1, 1]; not changed.
        babble: at `sample_rate_hz`; without it room noise is heard where babble was drawn, and the record says so.

    Returns:
        Sound of the same shape at the same rate, below full scale; and the record of the line. A wide line is a narrow
        one for a call below 16 kHz.
    """
    is_wide = profile.is_wide and sample_rate_hz >= WIDE_RATE_HZ
    band = Band(profile.band_hz, WIDE_RATE_HZ) if is_wide else Band(NARROW_BAND_HZ, NARROW_RATE_HZ)
    rate_hz = band.sample_rate_hz
    voices = Babble(babble, sample_rate_hz) if babble is not None and babble.size else None
    sides = possible_sides(profile.sides, voices)
    within = band_limited(_resampled(stereo, sample_rate_hz, rate_hz), band)
    speech, levels_dbfs = _made_up(within, rate_hz, speech_levels_dbfs(stereo, sample_rate_hz))
    sent = speech
    if profile.echo_loss_db is not None and profile.echo_delay_seconds is not None:
        sent = speech + echo(speech, round(profile.echo_delay_seconds * rate_hz), profile.echo_loss_db)
    noises = [
        background(sides[speaker], level_dbfs, len(speech), band, voices, _rng(profile, _Draw.NOISE, channel))
        for channel, (speaker, level_dbfs) in enumerate(zip(SIDES, levels_dbfs, strict=True))
    ]
    heard, lost_share = _transmitted(_turned_down(sent + np.stack(noises, axis=1)), profile, rate_hz)
    heard = band_limited(heard, band)  # both ends filter (G.712), which also takes off a codec's own noise
    line = Line(
        codec=profile.codec,
        bit_rate_kbps=profile.bit_rate_kbps,
        band_hz=band.limits_hz,
        sides=sides,
        echo_loss_db=profile.echo_loss_db,
        echo_delay_seconds=profile.echo_delay_seconds,
        lost_share=lost_share,
    )
    return _turned_down(_fitted(_resampled(heard, rate_hz, sample_rate_hz), len(stereo))), line


def _made_up(within: Stereo, rate_hz: int, wanted_dbfs: Sequence[float]) -> tuple[Stereo, list[float]]:
    """Return speech as loud as it was before the band took part of it, and its levels.

    The network's level, -26 dBov, is that of what the line carries.
    """
    levels_dbfs = np.array(speech_levels_dbfs(within, rate_hz))
    gain_db = np.clip(np.array(wanted_dbfs) - levels_dbfs, 0, MOST_MADE_UP_DB)
    return np.asarray(within * 10 ** (gain_db / 20), np.float32), list(map(float, levels_dbfs + gain_db))


def _transmitted(sent: Stereo, profile: LineProfile, rate_hz: int) -> tuple[Stereo, float]:
    """Return what comes out at the far end and the share of frames that were lost on the way."""
    heard = np.empty_like(sent)
    frames = -(-len(sent) // round(FRAME_SECONDS * rate_hz))
    lost_count = 0
    for channel in range(len(SIDES)):
        wave = carried(np.ascontiguousarray(sent[:, channel]), profile.codec, profile.bit_rate_kbps, rate_hz)
        if profile.loss is not None:
            lost = lost_frames(frames, profile.loss, _rng(profile, _Draw.LOSS, channel))
            lost_count += int(np.count_nonzero(lost))
            wave = conceal(wave, lost, rate_hz)
        heard[:, channel] = wave
    return heard, lost_count / max(1, frames * len(SIDES))


def _rng(profile: LineProfile, draw: _Draw, channel: int) -> np.random.Generator:
    return np.random.default_rng((profile.seed, draw, channel))


def _resampled(stereo: Stereo, from_rate_hz: int, to_rate_hz: int) -> Stereo:
    if from_rate_hz == to_rate_hz or not len(stereo):
        return stereo
    return np.asarray(soxr.resample(stereo, from_rate_hz, to_rate_hz), np.float32)


def _fitted(stereo: Stereo, samples: int) -> Stereo:
    """Return the sound at this very length: two conversions of the rate may round it by a sample."""
    short = max(0, samples - len(stereo))
    return np.pad(stereo, ((0, short), (0, 0)))[:samples] if short else stereo[:samples]


def _turned_down(stereo: Stereo) -> Stereo:
    peak = float(np.abs(stereo).max(initial=0.0))
    return stereo * np.float32(PEAK_TARGET / peak) if peak > PEAK_LIMIT else stereo
