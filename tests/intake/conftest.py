"""Speech to record, and a key that hides names."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from antifraud.labels import Outcome, Speaker
from antifraud.privacy.anonymiser import Anonymiser
from antifraud.records import Call, Dialogue, Ending, Provenance, Voice
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech_config import SpeechConfig
from tests.fakes.fixtures import fake_service, fake_service_process
from tests.speech.conftest import CALL, Line, made, make_turns, person, spoken_by_espeak

__all__ = ["fake_service", "fake_service_process"]

RATE_HZ = 8000
KEYED = Anonymiser(b"a key of the tests alone")
SHORT_CALL: tuple[Line, ...] = (
    (Speaker.CALLER, "喂，您好，我是送外卖的，您的餐到楼下了。"),
    (Speaker.CALLEE, "好的，放在前台就行，我一会儿下去拿。"),
    (Speaker.CALLER, "行，那给您放前台了，祝您用餐愉快。"),
)
Wave = NDArray[np.float32]


@pytest.fixture(scope="session")
def speech() -> tuple[Wave, Wave]:
    """What two people say, at 8 kHz."""
    lines = ("您好，我是客服中心的，您的快递丢了。", "我没有买过快递，你打错了。")
    voices = [
        Voice(engine="espeak", version="test", name="cmn", gender=gender, rate=170, pitch=pitch)
        for gender, pitch in (("女", 60), ("男", 30))
    ]
    waves = spoken_by_espeak(list(zip(lines, voices, strict=True)))
    first, second = (soxr.resample(wave, 22050, RATE_HZ).astype(np.float32) for wave in waves)
    return first, second


@pytest.fixture(scope="session")
def stereo(speech: tuple[Wave, Wave]) -> Wave:
    """A call of ten seconds: left from 0.5 s, right from 5 s, and noise behind both."""
    call = np.random.default_rng(1).normal(0, 0.0005, (10 * RATE_HZ, 2)).astype(np.float32)
    for channel, (wave, start) in enumerate(zip(speech, (0.5, 5.0), strict=True)):
        first = round(start * RATE_HZ)
        call[first : first + len(wave), channel] += 0.5 * wave / np.abs(wave).max()
    return call


def record(path: Path, wave: Wave, rate_hz: int = RATE_HZ, **options: Any) -> Path:
    """Write a sound file in blocks, as libsndfile's encoders want it."""
    channels = wave.shape[1] if wave.ndim == 2 else 1
    with soundfile.SoundFile(path, "w", rate_hz, channels, **options) as file:
        for first in range(0, len(wave), rate_hz):
            file.write(wave[first : first + rate_hz])
    return path


def spoken_call(number: int, *lines: Line) -> Dialogue:
    """Return a dialogue to be spoken and recorded."""
    name = f"made-{number}"
    plan: dict[str, Any] = {
        "id": name,
        "seed": number,
        "is_fraud": False,
        "scene": None,
        "fraud_type": None,
        "official_category": None,
        "scenario": "made",
        "storyline": name,
        "branch": "lawful",
        "caller": person("男", 30),
        "callee": person("女", 50),
    }
    return Dialogue(
        **plan,
        intended_outcome=Outcome.UNKNOWN,
        turns=make_turns(*lines),
        ending=Ending(ended_by="natural", outcome=Outcome.UNKNOWN, reason=""),
        source="adversarial",
        provenance=Provenance(engine="test", version="test"),
    )


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Call]]:
    """Two calls spoken by espeak and sent through a telephone line, in stereo WAV, with what was said when."""
    folder = tmp_path_factory.mktemp("recorded")
    config = SpeechConfig(sample_rate_hz=8000, gates="report")

    async def speak() -> list[Call]:
        engine = EspeakEngine(workers=2, timeout_seconds=30)
        await engine.start()
        try:
            dialogues = [spoken_call(1, *CALL), spoken_call(2, *SHORT_CALL)]
            return [await made(dialogue, engine, folder, config) for dialogue in dialogues]
        finally:
            await engine.close()

    return folder, asyncio.run(speak())
