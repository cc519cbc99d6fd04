"""Speech servers as an engine: the same bytes as without them, whatever becomes of them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

from antifraud.errors import EngineError
from antifraud.labels import Emotion
from antifraud.speech.engines import GENDERS, SpeechEngine, SpeechFailed, Utterance
from antifraud.speech.engines.chattts_server import ServerEngine
from antifraud.speech.engines.espeak import EspeakEngine
from antifraud.speech.engines.server_exchange import Exchange, Lost
from antifraud.speech.server.replies import Status
from antifraud.speech.voices.bank import BankVoice
from antifraud.speech_config import SpeechConfig

from .server.serving import ServerProcess, serving
from .strange_servers import Answer, ExampleServer, strange_server, wav, zipped

TOKEN = "a-secret"
TEXTS = [f"这是第{number}句话，请您核实一下订单。" for number in "一二三四五六七八九十"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with serving(cwd=tmp_path_factory.mktemp("server")) as running:
        yield running


@asynccontextmanager
async def connected(
    *addresses: str, environment: Mapping[str, str] | None = None, outage_seconds: float = 3.0, **settings: Any
) -> AsyncIterator[ServerEngine]:
    config = SpeechConfig(engine="chattts-server", servers=addresses, **settings)
    engine = ServerEngine(config, environment or {}, outage_seconds)
    try:
        await engine.start()
        yield engine
    finally:
        await engine.close()


def utterances(engine: SpeechEngine, count: int, texts: list[str] = TEXTS) -> list[Utterance]:
    """Utterances of all voices in turn, each with a rate and a pitch of its own."""
    candidates = [candidate for gender in GENDERS for candidate in engine.voices(gender)]
    made = []
    for index in range(count):
        voice = candidates[index % len(candidates)].voice
        voice = voice.model_copy(update={"rate": voice.rate + index % 7, "pitch": voice.pitch + index % 5})
        made.append(Utterance(texts[index % len(texts)], voice, Emotion.NEUTRAL, "客气", index))
    return made


async def speak_all(engine: SpeechEngine, asked: list[Utterance]) -> list[bytes]:
    answers = await asyncio.gather(*(engine.speak([utterance]) for utterance in asked))
    return [b"failed" if isinstance(answer, SpeechFailed) else answer.tobytes() for [answer] in answers]


async def test_a_server_offers_the_voices_of_its_engine_and_speaks_the_same_bytes(
    server: ServerProcess, engine: EspeakEngine
) -> None:
    async with connected(server.address) as remote:
        assert (remote.version, remote.licence, remote.sample_rate_hz) == ("1.52.0", "GPL-3.0-or-later", 22050)
        assert (remote.batch_size, remote.block_calls) == (1, 1)
        for gender in GENDERS:
            assert remote.voices(gender) == engine.voices(gender)
        asked = utterances(remote, 6)
        assert await speak_all(remote, asked) == await speak_all(engine, asked)
        [again], [other] = await remote.speak(asked[:1]), await remote.speak(asked[:1], attempt=1)
        assert not isinstance(again, SpeechFailed)
        assert not isinstance(other, SpeechFailed)
        assert again.dtype == np.float32


async def test_of_two_servers_one_is_killed_in_mid_run_and_every_utterance_is_spoken_with_the_same_bytes(
    server: ServerProcess, engine: EspeakEngine, tmp_path: Path
) -> None:
    with serving(cwd=tmp_path) as doomed:
        async with connected(server.address, doomed.address) as remote:
            asked = utterances(remote, 80)
            speaking = asyncio.create_task(speak_all(remote, asked))
            while (await served(doomed)) < 8:  # noqa: ASYNC110  # another process has no event to wait for
                await asyncio.sleep(0.01)
            doomed.signal(signal.SIGKILL)
            assert not speaking.done()
            assert await speaking == await speak_all(engine, asked)
            with serving(cwd=tmp_path, port=urlsplit(doomed.address).port or 0) as returned:
                async with asyncio.timeout(20):
                    while await served(returned) < 3:
                        await speak_all(remote, asked[:6])


async def served(server: ServerProcess) -> int:
    exchange = Exchange(server.address, None)
    try:
        return (await exchange.get("/status")).read(Status).served
    except Lost:
        return 0
    finally:
        await exchange.close()


async def test_when_all_servers_are_gone_it_ends_with_one_clear_line(tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as doomed:
        async with connected(doomed.address, outage_seconds=1) as remote:
            asked = utterances(remote, 3)
            await speak_all(remote, asked)
            doomed.signal(signal.SIGKILL)
            with pytest.raises(
                EngineError, match=r"no speech server answered for 1 s \(http://127.0.0.1:\d+: "
            ) as gone:
                await remote.speak(asked[:1])
            assert "\n" not in str(gone.value)


async def test_a_server_that_is_away_at_first_takes_part_when_it_comes(server: ServerProcess, tmp_path: Path) -> None:
    with serving(cwd=tmp_path) as early:
        address = early.address
    async with connected(address, server.address) as remote:
        with serving(cwd=tmp_path, port=urlsplit(address).port or 0) as late:
            async with asyncio.timeout(20):
                while not await served(late):
                    await speak_all(remote, utterances(remote, 6))


async def test_nobody_there_at_all_is_one_clear_line_and_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(EngineError, match=r"start `antifraud serve-tts` there, or correct synthesize.servers"):
        async with connected("http://127.0.0.1:9", outage_seconds=1.5):
            pass
    assert [
        record.getMessage().split(" is away")[0] for record in caplog.records if "is away" in record.getMessage()
    ] == ["speech server http://127.0.0.1:9"]


async def test_an_address_where_nobody_is_does_not_hold_up_the_start_for_long() -> None:
    with pytest.raises(EngineError, match="no speech server answered for 10 s"):
        async with asyncio.timeout(40), connected("http://127.0.0.1:9", outage_seconds=600):
            pass


async def test_a_token_goes_to_the_server_and_into_no_error(tmp_path: Path) -> None:
    with serving("--token-env", "TTS_TOKEN", cwd=tmp_path, TTS_TOKEN=TOKEN) as guarded:
        named = {"server_token_env": "CLIENT_TOKEN"}
        async with connected(guarded.address, environment={"CLIENT_TOKEN": TOKEN}, **named) as remote:
            assert b"failed" not in await speak_all(remote, utterances(remote, 1))
        for wrong in ("not-the-secret", "two words", "half\n"):
            with pytest.raises(EngineError, match=r"synthesize.server_token_env") as refused:
                async with connected(guarded.address, environment={"CLIENT_TOKEN": wrong}, **named):
                    pass
            assert wrong.strip() not in str(refused.value) + repr(refused.value.__cause__)
        with pytest.raises(EngineError, match=r"CLIENT_TOKEN, which is not set"):
            async with connected(guarded.address, **named):
                pass


async def test_servers_that_speak_differently_are_refused(server: ServerProcess, tmp_path: Path) -> None:
    bank = write_bank(tmp_path)
    told = r"speaks with chattts unknown at 24000 Hz, .* expected espeak 1.52.0 at 22050 Hz"
    with strange_server(ExampleServer()) as other, pytest.raises(EngineError, match=told) as refused:
        async with connected(server.address, other, voices=bank):
            pass
    assert "\n" not in str(refused.value)


def test_no_servers_is_one_clear_line() -> None:
    with pytest.raises(EngineError, match=r"synthesize.servers is empty"):
        ServerEngine(SpeechConfig(engine="chattts-server"), os.environ)


def test_the_client_needs_nothing_of_the_servers_extra() -> None:
    told = (
        "import sys, antifraud.speech.engines.chattts_server; print({'fastapi', 'uvicorn', 'torch'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "set()"


def write_bank(folder: Path) -> Path:
    voices = [
        BankVoice(
            name=name,
            engine="chattts",
            speaker=speaker,
            gender=gender,
            youngest=20,
            oldest=60,
            f0_hz=150,
            characters_per_second=5,
            level_dbfs=-20,
        )
        for name, speaker, gender in (("a", "蘁", GENDERS[0]), ("b", "蘁淰淰淰淰淰", GENDERS[1]))
    ]
    path = folder / "voices.jsonl"
    path.write_text("".join(f"{voice.model_dump_json()}\n" for voice in voices))
    return path


async def test_the_originals_server_is_asked_as_the_original_asked_it(tmp_path: Path) -> None:
    theirs = ExampleServer()
    with strange_server(theirs) as address:
        async with connected(address, voices=write_bank(tmp_path)) as remote:
            assert (remote.version, remote.sample_rate_hz, remote.batch_size) == ("unknown", 24000, 1)
            asked = utterances(remote, 2)
            waves = [(await remote.speak([utterance]))[0] for utterance in asked]
            await remote.speak(asked[:1])
            await remote.speak(asked[:1], attempt=1)
    first, second, again, drawn_anew = theirs.asked
    assert [body["params_infer_code"]["spk_emb"] for body in (first, second)] == ["蘁", "蘁淰淰淰淰淰"]
    assert [body["params_infer_code"]["prompt"] for body in (first, second)] == ["[speed_5]", "[speed_6]"]
    assert first == again
    assert first["text_seed"] != drawn_anew["text_seed"]
    assert first["audio_seed"] == 0
    for wave, utterance in zip(waves, asked, strict=True):
        assert not isinstance(wave, SpeechFailed)
        assert abs(len(wave) / 24000 - len(utterance.text) * 0.1) < 0.15


async def test_the_originals_server_without_a_bank_is_one_clear_line() -> None:
    told = r"knows no voices; set synthesize.voices"
    with strange_server(ExampleServer()) as address, pytest.raises(EngineError, match=told):
        async with connected(address):
            pass


class Hostile:
    """Says it is one of ours, and answers requests for speech with whatever it was given."""

    def __init__(self, genuine: Mapping[str, bytes]) -> None:
        self._genuine = genuine
        self.answers: list[Answer] = []
        self.asked = 0

    def __call__(self, path: str, body: dict[str, Any] | None) -> Answer:
        if body is None:
            return 200, {"Content-Type": "application/json"}, self._genuine[path]
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def hostile(server: ServerProcess) -> Hostile:
    exchange = Exchange(server.address, None)
    try:
        return Hostile({path: (await exchange.get(path)).body for path in ("/status", "/v1/voices")})
    finally:
        await exchange.close()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped([bytes(50_000_000)], "wav"), "0.wav has more than"),
        (b"x" * 60_000_000, "its answer has more than"),
        (b"no zip", "no zip"),
    ],
)
async def test_an_utterance_that_three_servers_answer_with_harm_is_given_up(
    hostile: Hostile, content: bytes, why: str
) -> None:
    hostile.answers = [(200, {"Content-Type": "application/zip"}, content)]
    with strange_server(hostile) as one, strange_server(hostile) as two, strange_server(hostile) as three:
        async with connected(one, two, three) as remote:
            [answer] = await remote.speak(utterances(remote, 1))
    assert isinstance(answer, SpeechFailed)
    assert why in str(answer)
    assert hostile.asked == 3


async def test_files_that_nobody_asked_for_are_left_alone(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hostile.answers = [(200, {}, zipped([wav(1, 22050)], "wav", more={"../../evil.wav": b"x", "1.wav": b"y"}))]
    with strange_server(hostile) as address:
        async with connected(address) as remote:
            [answer] = await remote.speak(utterances(remote, 1))
    assert not isinstance(answer, SpeechFailed)
    assert len(answer) == 24000
    assert os.listdir(tmp_path) == []


async def test_a_redirect_is_not_followed(hostile: Hostile, server: ServerProcess) -> None:
    hostile.answers = [(307, {"Location": f"{server.address}/generate_voice"}, b"")]
    with strange_server(hostile) as one, strange_server(hostile) as two, strange_server(hostile) as three:
        async with connected(one, two, three) as remote:
            [answer] = await remote.speak(utterances(remote, 1))
    assert isinstance(answer, SpeechFailed)
    assert "307" in str(answer)


async def test_a_busy_server_is_left_alone_for_as_long_as_it_says(hostile: Hostile) -> None:
    sound = zipped([wav(1, 22050)], "wav")
    hostile.answers = [(503, {"Retry-After": "1"}, b""), (200, {}, sound)]
    with strange_server(hostile) as address:
        async with connected(address) as remote:
            asked = utterances(remote, 1)
            began = asyncio.get_running_loop().time()
            [answer] = await remote.speak(asked)
            assert asyncio.get_running_loop().time() - began >= 1
    assert not isinstance(answer, SpeechFailed)
    assert hostile.asked == 2


async def test_what_a_server_cannot_speak_fails_alone(hostile: Hostile) -> None:
    hostile.answers = [(422, {}, b'{"error": {"message": "nothing of it can be said", "type": "x"}}')]
    with strange_server(hostile) as address:
        async with connected(address) as remote:
            [answer] = await remote.speak(utterances(remote, 1))
    assert isinstance(answer, SpeechFailed)
    assert "nothing of it can be said" in str(answer)
    assert hostile.asked == 1
