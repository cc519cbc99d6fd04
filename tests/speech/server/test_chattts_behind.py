"""ChatTTS itself behind the server: a request is a batch, whose sound is that of the engine without a server."""

from __future__ import annotations

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
import soundfile

from antifraud.labels import Emotion
from antifraud.speech.engines import GENDERS, SpeechFailed, Utterance
from antifraud.speech.engines.chattts import ChatttsEngine
from antifraud.speech.engines.chattts_server import ServerEngine
from antifraud.speech.voices.bank import read_bank
from antifraud.speech_config import SpeechConfig
from tests.speech.chattts_assets import config_for

from .conftest import client_of
from .serving import serving
from .theirs import chattts_request, infer_code

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXTS = ("您好，请问是陈女士吗？", "我是，您哪位？", "嗯，您说。")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chattts(chattts_folder: Path) -> AsyncIterator[ChatttsEngine]:
    engine = ChatttsEngine(config_for(chattts_folder), read_bank(chattts_folder / "bank.jsonl"))
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


async def test_a_batch_sounds_the_same_with_and_without_a_server_whatever_is_spoken_beside_it(
    chattts: ChatttsEngine,
) -> None:
    voices = [candidate.voice for gender in GENDERS for candidate in chattts.voices(gender)]
    batch = [
        Utterance(text, voices[index % len(voices)], Emotion.URGENT, "急性子", 100 + index)
        for index, text in enumerate(TEXTS)
    ]
    body = {
        "text": TEXTS,
        "voices": [utterance.voice.name for utterance in batch],
        "emotions": ["urgent"] * 3,
        "manners": ["急性子"] * 3,
        "seeds": [utterance.seed for utterance in batch],
        "format": "wav",
        "as_spoken": True,
    }
    async with client_of(chattts) as client:
        batched, plain = await asyncio.gather(
            client.post("/generate_voice", json=body), client.post("/generate_voice", json=chattts_request(*TEXTS))
        )
        alone = await chattts.speak(batch)
    assert (batched.status_code, plain.status_code) == (200, 200)
    with zipfile.ZipFile(io.BytesIO(batched.content)) as pack:
        for index, wave in enumerate(alone):
            assert not isinstance(wave, SpeechFailed)
            heard, _ = soundfile.read(io.BytesIO(pack.read(f"{index}.wav")), dtype="float32")
            assert heard.tobytes() == wave.tobytes()


async def test_a_speaker_string_speaks_and_a_wrong_one_fails_its_own_request_alone(
    chattts: ChatttsEngine, chattts_folder: Path
) -> None:
    speaker = read_bank(chattts_folder / "bank.jsonl")[0].speaker
    async with client_of(chattts) as client:
        assert (await client.get("/status")).json()["device"] == "cpu"
        right, wrong, other = await asyncio.gather(
            *(
                client.post("/generate_voice", json=chattts_request(*TEXTS, params_infer_code=infer_code(spk_emb=spk)))
                for spk in (speaker, "不是", None)
            )
        )
    assert (right.status_code, other.status_code) == (200, 200)
    assert (wrong.status_code, wrong.json()["error"]["code"]) == (422, "speech_failed")
    assert "not a ChatTTS speaker" in wrong.json()["error"]["message"]


async def test_a_server_in_another_process_speaks_whole_batches_with_the_same_bytes(
    chattts: ChatttsEngine, chattts_folder: Path, tmp_path: Path
) -> None:
    paths = {"assets": chattts_folder, "model": chattts_folder / "model.json"}
    settings = [f"synthesize.chattts.{name}={path}" for name, path in paths.items()]
    settings += ["synthesize.chattts.device=cpu", f"synthesize.voices={chattts_folder / 'bank.jsonl'}"]
    options = [option for setting in settings for option in ("--set", setting)]
    with serving(*options, cwd=tmp_path, engine="chattts") as server:
        remote = ServerEngine(SpeechConfig(engine="chattts-server", servers=(server.address,)), {})
        try:
            await remote.start()
            assert (remote.batch_size, remote.block_calls) == (chattts.batch_size, chattts.block_calls)
            assert [remote.voices(gender) for gender in GENDERS] == [chattts.voices(gender) for gender in GENDERS]
            voices = [candidate.voice for gender in GENDERS for candidate in remote.voices(gender)]
            batch = [Utterance(text, voices[0], Emotion.SAD, "", index) for index, text in enumerate(TEXTS)]
            here, there = await chattts.speak(batch, 1), await remote.speak(batch, 1)
        finally:
            await remote.close()
    for one, other in zip(here, there, strict=True):
        assert not isinstance(one, SpeechFailed)
        assert not isinstance(other, SpeechFailed)
        assert one.tobytes() == other.tobytes()
