"""Real speech to send through a line."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from antifraud.acoustics.wave import Wave
from antifraud.labels import Codec, Noise, Speaker
from antifraud.records import Side
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech.engines.espeak_voices import candidates
from antifraud.speech.line.line import Stereo
from antifraud.speech.line.loss import LossModel
from antifraud.speech.line.profile import NARROW_BAND_HZ, LineProfile, draw_profile
from antifraud.speech_config import LineConfig
from tests.speech.conftest import spoken_by_espeak

RATE_HZ = 16000
_TEXTS = (
    "您好，请问是陈女士吗？我这边是优禾生活会员部的，跟您核实一笔订单。",
    "是我，什么事儿啊？我没开过这个会员啊。",
    "您名下有一个金卡会员，今天下午要扣三百块，您看需要取消吗？",
)


@pytest.fixture(scope="session")
def utterances() -> list[Wave]:
    """Three utterances of espeak-ng, mono, 16 kHz."""
    voices = [candidate.voice for candidate in candidates("test") if candidate.voice.name in ("cmn+f2", "cmn+m3")]
    spoken = spoken_by_espeak([(text, voices[index % 2]) for index, text in enumerate(_TEXTS)])
    return [soxr.resample(wave, EspeakEngine.sample_rate_hz, RATE_HZ).astype(np.float32) for wave in spoken]


@pytest.fixture(scope="session")
def call(utterances: list[Wave]) -> Stereo:
    """Caller, callee, caller, with pauses between them; 16 kHz."""
    pause = np.zeros(RATE_HZ // 2, np.float32)
    sides: tuple[list[Wave], list[Wave]] = ([pause], [pause])
    for index, wave in enumerate(utterances):
        sides[index % 2].extend([wave, pause])
        sides[1 - index % 2].append(np.zeros(len(wave) + len(pause), np.float32))
    return np.stack([np.concatenate(side) for side in sides], axis=1)


def profile(
    codec: Codec = Codec.NONE,
    bit_rate_kbps: float | None = None,
    noise: Noise = Noise.NONE,
    snr_db: float | None = None,
    echo_loss_db: float | None = None,
    loss: LossModel | None = None,
    band_hz: tuple[int, int] = NARROW_BAND_HZ,
    seed: int = 5,
) -> LineProfile:
    """A line that does only what is asked for."""
    return LineProfile(
        codec=codec,
        bit_rate_kbps=bit_rate_kbps,
        band_hz=band_hz,
        sides={speaker: Side(noise=noise, snr_db=snr_db) for speaker in Speaker},
        echo_loss_db=echo_loss_db,
        echo_delay_seconds=None if echo_loss_db is None else 0.1,
        loss=loss,
        seed=seed,
    )


@pytest.fixture(scope="session")
def drawn_profiles() -> list[LineProfile]:
    return [draw_profile(LineConfig(wide_share=0.5), f"fraud-{index:06}", seed=3) for index in range(12)]
