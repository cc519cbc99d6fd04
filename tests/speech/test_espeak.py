"""The pool of espeak-ng processes: the same bytes always, whatever dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from antifraud.errors import EngineError
from antifraud.records import Voice
from antifraud.speech.engines import SpeechFailed
from antifraud.speech.engines.espeak import WORKER, EspeakEngine

TEXT = "您尾号三五二九的卡，今天下午有一笔两千块的消费，是您本人操作的吗？"
VOICE = Voice(engine="espeak", version="1.52.0", name="cmn+f2", gender="女", rate=210, pitch=60)


def workers_of(parent: int) -> list[int]:
    """Return the processes of a parent that run the worker, from /proc."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            after_name = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(after_name[1]) == parent and str(WORKER).encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_the_same_words_make_the_same_bytes_twenty_times(engine: EspeakEngine) -> None:
    waves = await asyncio.gather(*(engine.speak(TEXT, VOICE) for _ in range(20)))
    assert len({wave.tobytes() for wave in waves}) == 1
    assert waves[0].dtype == np.float32
    assert 4 < len(waves[0]) / engine.sample_rate_hz < 12


async def test_a_new_process_at_another_time_makes_the_same_bytes(engine: EspeakEngine) -> None:
    first = await engine.speak(TEXT, VOICE)
    await engine.close()
    await asyncio.sleep(1.1)  # espeak-ng seeds its noise with the second it starts in
    await engine.start()
    await engine.speak("别的话先说一句。", VOICE)
    assert (await engine.speak(TEXT, VOICE)).tobytes() == first.tobytes()


async def test_every_voice_speaks_without_clipping_and_unlike_the_base_voice(engine: EspeakEngine) -> None:
    base = await engine.speak(TEXT, VOICE.model_copy(update={"name": "cmn"}))
    for gender in ("男", "女"):
        for candidate in engine.voices(gender):
            wave = await engine.speak(TEXT, candidate.voice)
            settings = {"rate": VOICE.rate, "pitch": VOICE.pitch}
            like_base = await engine.speak(TEXT, candidate.voice.model_copy(update=settings))
            assert 0.05 < np.abs(wave).max() < 0.9, candidate
            assert like_base.tobytes() != base.tobytes(), candidate
            assert candidate.voice.version == engine.version != ""


async def test_killed_workers_are_replaced_and_no_utterance_is_lost(engine: EspeakEngine) -> None:
    expected = (await engine.speak(TEXT, VOICE)).tobytes()
    speaking = [asyncio.create_task(engine.speak(TEXT, VOICE)) for _ in range(60)]
    for _ in range(2):  # as often as an utterance is tried again
        await asyncio.sleep(0.1)
        for process in workers_of(os.getpid()):
            os.kill(process, signal.SIGKILL)
    assert {wave.tobytes() for wave in await asyncio.gather(*speaking)} == {expected}


async def test_a_frozen_worker_is_replaced_after_its_time() -> None:
    engine = EspeakEngine(workers=1, timeout_seconds=0.5)
    await engine.start()
    os.kill(workers_of(os.getpid())[0], signal.SIGSTOP)
    assert len(await engine.speak("好的。", VOICE))
    await engine.close()


async def test_an_utterance_that_takes_too_long_fails_and_the_worker_lives_on() -> None:
    engine = EspeakEngine(workers=1, timeout_seconds=0.15)
    await engine.start()
    before = workers_of(os.getpid())
    with pytest.raises(SpeechFailed, match="took longer than"):
        await engine.speak("今天下午有一笔两千块的消费" * 150, VOICE)
    assert len(await engine.speak("好。", VOICE))
    assert workers_of(os.getpid()) == before
    await engine.close()


async def test_a_cancelled_utterance_does_not_put_the_next_one_out_of_step(engine: EspeakEngine) -> None:
    expected = (await engine.speak("好的。", VOICE)).tobytes()
    cancelled = [asyncio.create_task(engine.speak(TEXT * 4, VOICE)) for _ in range(4)]
    await asyncio.sleep(0.02)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
    waves = await asyncio.gather(*(engine.speak("好的。", VOICE) for _ in range(4)))
    assert {wave.tobytes() for wave in waves} == {expected}


@pytest.mark.parametrize(
    ("text", "voice", "why"),
    [
        (TEXT, "cmn+nosuch", "unknown voice 'cmn\\+nosuch'"),
        (TEXT, "cmn+../../../etc/passwd", "unknown voice"),
        ("好" * 2001, "cmn+f2", "2001 characters"),
        ("好\0的", "cmn+f2", "null"),
        ("\ud800", "cmn+f2", "surrogate"),
    ],
)
async def test_a_request_that_espeak_would_take_in_silence_is_refused(
    engine: EspeakEngine, text: str, voice: str, why: str
) -> None:
    with pytest.raises(SpeechFailed, match=why):
        await engine.speak(text, VOICE.model_copy(update={"name": voice}))
    assert len(await engine.speak("好。", VOICE))


async def test_close_ends_every_process_and_speaks_no_more(engine: EspeakEngine) -> None:
    await asyncio.gather(*(engine.speak(TEXT, VOICE) for _ in range(4)))
    processes = workers_of(os.getpid())
    assert len(processes) == 2
    await engine.close()
    assert not any(map(alive, processes))
    with pytest.raises(EngineError, match="not running"):
        await engine.speak(TEXT, VOICE)


def test_workers_end_when_their_parent_is_killed() -> None:
    code = (
        "import asyncio\n"
        "from antifraud.speech.engines.espeak import EspeakEngine\n"
        "async def main():\n"
        "    engine = EspeakEngine(2, 30)\n"
        "    await engine.start()\n"
        "    voice = engine.voices('女')[0].voice\n"
        "    await asyncio.gather(*(engine.speak('好的。', voice) for _ in range(4)))\n"
        "    print('ready', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        processes = workers_of(parent.pid)
        parent.kill()
    deadline = time.monotonic() + 5
    while any(map(alive, processes)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(processes) == 2
    assert not any(map(alive, processes))


async def test_without_its_package_the_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(EngineError, match=r"pip install 'antifraud\[espeak\]'"):
        await EspeakEngine(1, 30).start()


def test_the_worker_shares_its_process_with_the_standard_library_alone() -> None:
    code = f"import runpy, sys; runpy.run_path({str(WORKER)!r}, run_name='worker'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "espeakng_loader" in loaded
    assert not {"antifraud", "numpy", "pydantic", "soundfile"} & set(loaded)
