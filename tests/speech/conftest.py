"""Dialogues to speak and a running engine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from antifraud.acoustics.wave import Wave
from antifraud.labels import Act, Awareness, Emotion, Outcome, Scene, Speaker
from antifraud.records import Call, Dialogue, Ending, Persona, Provenance, Rejected, Turn, Voice
from antifraud.speech.engines import SpeechEngine, SpeechFailed, Utterance
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech.studio import Studio
from antifraud.speech.synthesize import synthesize
from antifraud.speech.voices.reserves import Reserves
from antifraud.speech_config import LineConfig, SpeechConfig, TimingConfig

Line = tuple[Speaker, str] | tuple[Speaker, str, Act]
MakeDialogue = Callable[..., Dialogue]

CALL: tuple[Line, ...] = (
    (Speaker.CALLER, "您好，请问是陈女士吗？我这边是优禾生活会员部的，耽误您一分钟，跟您核实一笔订单。"),
    (Speaker.CALLEE, "嗯。", Act.BACKCHANNEL),
    (Speaker.CALLEE, "是我，什么事儿啊？"),
    (Speaker.CALLER, "您名下有一个金卡会员，今天下午四点半要扣三百块，您看——"),
    (Speaker.CALLEE, "啊？我没开过这个会员啊。", Act.DOUBT),
    (Speaker.CALLER, "您别着急，我们的热线是95588，您可以自己打过去问。"),
    (Speaker.CALLEE, "行，那我自己问问，再见。"),
)


CLEAN = SpeechConfig(line=LineConfig(enabled=False), timing=TimingConfig(ring_share=0, hang_up_tone_share=0))
"""Nothing but the voices: no line, no tones."""


async def speak_call(
    dialogue: Dialogue, engine: SpeechEngine, folder: Path, config: SpeechConfig = CLEAN
) -> Call | Rejected:
    """Speak one dialogue with an engine that runs."""
    async with Studio(engine, config, Reserves([], 0, 0)) as studio:
        (booking,) = studio.book([dialogue])
        return await synthesize(booking, studio, folder)


async def made(dialogue: Dialogue, engine: SpeechEngine, folder: Path, config: SpeechConfig = CLEAN) -> Call:
    """Speak one dialogue that is expected to become a call."""
    call = await speak_call(dialogue, engine, folder, config)
    assert isinstance(call, Call), call
    return call


def make_turns(*lines: Line) -> tuple[Turn, ...]:
    return tuple(
        Turn(index=index, speaker=line[0], text=line[1], emotion=Emotion.NEUTRAL, acts=line[2:])
        for index, line in enumerate(lines)
    )


def person(gender: Any = "女", age: int = 30, manner: str = "客气") -> Persona:
    return Persona(
        name="陈静",
        gender=gender,
        age=age,
        occupation="教师",
        region="华北",
        awareness=Awareness.MIDDLE,
        manner=manner,
    )


@pytest.fixture
def make_dialogue() -> MakeDialogue:
    """Build a lawful dialogue of the lines given, or of a usual call."""

    def make(*lines: Line, **fields: Any) -> Dialogue:
        plan: dict[str, Any] = {
            "id": "lawful-000001",
            "seed": 7,
            "is_fraud": False,
            "scene": Scene.CONSULTATION,
            "fraud_type": None,
            "official_category": None,
            "scenario": "membership",
            "storyline": "lawful-000001",
            "branch": "lawful",
            "caller": person("男", 24),
            "callee": person("女", 61),
            "intended_outcome": Outcome.WILL_VERIFY,
        }
        return Dialogue(
            **plan | fields,
            turns=make_turns(*(lines or CALL)),
            ending=Ending(ended_by="natural", outcome=Outcome.WILL_VERIFY, reason="说完了"),
            source="adversarial",
            provenance=Provenance(engine="scripted", version="test"),
        )

    return make


@pytest.fixture
async def engine() -> AsyncIterator[EspeakEngine]:
    running = EspeakEngine(workers=2, timeout_seconds=30)
    await running.start()
    yield running
    await running.close()


@pytest.fixture(scope="session")
def chattts_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small random ChatTTS weights: asset/, model.json and bank.jsonl; every utterance lasts two tokens a character."""
    folder = tmp_path_factory.mktemp("chattts")
    script = Path(__file__).with_name("chattts_assets.py")
    subprocess.run([sys.executable, script, folder], check=True, capture_output=True, timeout=120)
    return folder


def spoken_by_espeak(lines: Sequence[tuple[str, Voice]]) -> list[Wave]:
    """Return what the real engine speaks, at 22,050 Hz; for fixtures that many tests share."""

    async def speak() -> list[Wave]:
        running = EspeakEngine(workers=2, timeout_seconds=30)
        await running.start()
        try:
            batch = [Utterance(text, voice, Emotion.NEUTRAL, "", seed=0) for text, voice in lines]
            waves = await running.speak(batch)
            return [wave for wave in waves if not isinstance(wave, SpeechFailed)]
        finally:
            await running.close()

    return asyncio.run(speak())
