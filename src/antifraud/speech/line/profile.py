"""What the line of one call is like, drawn from the settings before anything is heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

from antifraud.labels import Codec, Noise, Speaker
from antifraud.records import Side
from antifraud.speech.line.loss import LossModel
from antifraud.speech_config import LineConfig

Name = TypeVar("Name")

NARROW_BAND_HZ: Final = (300, 3400)
"""The telephone band, ITU-T G.712."""
WIDE_BAND_HZ: Final = (50, 7000)
"""The wide band, ITU-T G.722."""
SNR_LIMITS_DB: Final = (5.0, 40.0)
ECHO_LOSS_DB: Final = (35.0, 55.0)
ECHO_DELAY_SECONDS: Final = (0.04, 0.15)
"""Limits of SNR and echo are design choices; no distribution for telephone calls was found."""
G711_KBPS: Final = 64.0
AMR_WEIGHTS: Final[Mapping[float, float]] = {
    12.2: 0.4,
    10.2: 0.1,
    7.95: 0.2,
    7.4: 0.1,
    6.7: 0.05,
    5.9: 0.05,
    5.15: 0.05,
    4.75: 0.05,
}
"""The eight modes of AMR-NB in kbit/s (3GPP TS 26.071); the shares are a design choice, good cover being usual."""
OPUS_KBPS: Final = (12, 24)
"""RFC 6716, section 2.1.1: 8 to 12 kbit/s is the sweet spot of narrow-band speech, 16 to 20 that of wide-band."""

_SEED_BITS: Final = 63


@dataclass(frozen=True)
class LineProfile:
    """The line of one call; the same profile does the same to the same sound."""

    codec: Codec
    bit_rate_kbps: float | None
    band_hz: tuple[int, int]
    sides: Mapping[Speaker, Side]
    echo_loss_db: float | None
    echo_delay_seconds: float | None
    """Both None on a line without echo."""
    loss: LossModel | None
    """None on a line that loses nothing."""
    seed: int
    """Of everything random that is heard."""

    @property
    def is_wide(self) -> bool:
        return self.band_hz == WIDE_BAND_HZ


def draw_profile(config: LineConfig, call_id: str, seed: int) -> LineProfile:
    """Return the line of a call; each property has a draw of its own, so that one setting moves only its own."""

    def rng(purpose: str) -> Random:
        return Random(f"{call_id}:{seed}:line:{purpose}")

    codec = _weighted(config.codecs, rng("codec"))
    is_wide = codec is Codec.OPUS and rng("band").random() < config.wide_share
    echo, has_echo = rng("echo"), rng("has echo").random() < config.echo_share
    is_lossy = rng("loss").random() < config.lossy_share
    return LineProfile(
        codec=codec,
        bit_rate_kbps=_bit_rate_kbps(codec, rng("bit rate")),
        band_hz=WIDE_BAND_HZ if is_wide else NARROW_BAND_HZ,
        sides={speaker: _side(config, rng(speaker)) for speaker in Speaker},
        echo_loss_db=round(echo.uniform(*ECHO_LOSS_DB), 1) if has_echo else None,
        echo_delay_seconds=round(echo.uniform(*ECHO_DELAY_SECONDS), 3) if has_echo else None,
        loss=LossModel(config.loss_enter, config.loss_leave, config.loss_drop) if is_lossy else None,
        seed=rng("sound").getrandbits(_SEED_BITS),
    )


def _bit_rate_kbps(codec: Codec, rng: Random) -> float | None:
    if codec in (Codec.ALAW, Codec.ULAW):
        return G711_KBPS
    if codec is Codec.AMR_NB:
        return _weighted(AMR_WEIGHTS, rng)
    return float(rng.randint(*OPUS_KBPS)) if codec is Codec.OPUS else None


def _side(config: LineConfig, rng: Random) -> Side:
    noise = _weighted(config.noises, rng)
    least_db, most_db = SNR_LIMITS_DB
    snr_db = min(most_db, max(least_db, rng.gauss(config.snr_mean_db, config.snr_sd_db)))
    return Side() if noise is Noise.NONE else Side(noise=noise, snr_db=round(snr_db, 1))


def _weighted(weights: Mapping[Name, float], rng: Random) -> Name:
    return rng.choices(list(weights), list(weights.values()))[0]
