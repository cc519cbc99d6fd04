"""The pool of espeak-ng processes: the same bytes always, whatever dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from antifraud.errors import EngineError
from antifraud.labels import Emotion
from antifraud.records import Voice
from antifraud.speech.engines import SpeechFailed, Utterance
from antifraud.speech.engines.espeak import WORKER, EspeakEngine
from tests.speech.processes import alive, end_by_themselves, workers_of

TEXT = "您尾号三五二九的卡，今天下午有一笔两千块的消费，是您本人操作的吗？"
VOICE = Voice(engine="espeak", version="1.52.0", name="cmn+f2", gender="女", rate=210, pitch=60)


def utterance(text: str, voice: Voice = VOICE) -> Utterance:
    return Utterance(text=text, voice=voice, emotion=Emotion.NEUTRAL, manner="客气", seed=7)


async def say(engine: EspeakEngine, text: str, voice: Voice = VOICE, attempt: int = 0) -> NDArray[np.float32]:
    """Speak one utterance alone."""
    [result] = await engine.speak([utterance(text, voice)], attempt)
    if isinstance(result, SpeechFailed):
        raise result
    return result


async def test_the_same_words_make_the_same_bytes_twenty_times(engine: EspeakEngine) -> None:
    waves = await asyncio.gather(*(say(engine, TEXT) for _ in range(20)))
    assert len({wave.tobytes() for wave in waves}) == 1
    assert waves[0].dtype == np.float32
    assert 4 < len(waves[0]) / engine.sample_rate_hz < 12


async def test_a_batch_is_spoken_in_order_and_what_fails_stands_in_its_place(engine: EspeakEngine) -> None:
    batch = [utterance("好的。"), utterance("好" * 2001), utterance(TEXT)]
    short, failed, long = await engine.speak(batch)
    assert isinstance(failed, SpeechFailed)
    assert not isinstance(short, SpeechFailed)
    assert not isinstance(long, SpeechFailed)
    assert (short.tobytes(), long.tobytes()) == (
        (await say(engine, "好的。")).tobytes(),
        (await say(engine, TEXT)).tobytes(),
    )


async def test_another_attempt_draws_other_noise_and_repeats_itself(engine: EspeakEngine) -> None:
    first, second, again = [await say(engine, TEXT, attempt=attempt) for attempt in (0, 1, 1)]
    assert first.tobytes() != second.tobytes() == again.tobytes()


async def test_a_new_process_at_another_time_makes_the_same_bytes(engine: EspeakEngine) -> None:
    first = await say(engine, TEXT)
    await engine.close()
    await asyncio.sleep(1.1)  # espeak-ng seeds its noise with the second it starts in
    await engine.start()
    await say(engine, "别的话先说一句。")
    assert (await say(engine, TEXT)).tobytes() == first.tobytes()


async def test_every_voice_speaks_without_clipping_and_unlike_the_base_voice(engine: EspeakEngine) -> None:
    base = await say(engine, TEXT, VOICE.model_copy(update={"name": "cmn"}))
    for gender in ("男", "女"):
        for candidate in engine.voices(gender):
            wave = await say(engine, TEXT, candidate.voice)
            settings = {"rate": VOICE.rate, "pitch": VOICE.pitch}
            like_base = await say(engine, TEXT, candidate.voice.model_copy(update=settings))
            assert 0.05 < np.abs(wave).max() < 0.9, candidate
            assert like_base.tobytes() != base.tobytes(), candidate
            assert candidate.voice.version == engine.version != ""


def spoken_seconds(wave: NDArray[np.float32], sample_rate_hz: int) -> float:
    """Return the seconds from the first sound to the last, without pauses of 150 ms and more."""
    frame = sample_rate_hz // 100
    power = np.square(wave[: len(wave) // frame * frame].reshape(-1, frame)).mean(axis=1)
    loud = np.flatnonzero(power > power.max() * 10**-4.5)
    gaps = np.diff(loud) - 1
    return float(loud[-1] - loud[0] + 1 - gaps[gaps >= 15].sum()) / 100


async def test_every_voice_speaks_as_many_characters_a_second_as_it_says(engine: EspeakEngine) -> None:
    words = "您名下有一个金卡会员今天下午四点半要扣三百块"
    for gender in ("男", "女"):
        for candidate in engine.voices(gender):
            measured = len(words) / spoken_seconds(await say(engine, words, candidate.voice), engine.sample_rate_hz)
            assert candidate.voice.characters_per_second == pytest.approx(measured, rel=0.1), candidate


async def test_killed_workers_are_replaced_and_no_utterance_is_lost(engine: EspeakEngine) -> None:
    expected = (await say(engine, TEXT)).tobytes()
    speaking = [asyncio.create_task(say(engine, TEXT)) for _ in range(60)]
    for _ in range(2):  # as often as an utterance is tried again
        await asyncio.sleep(0.1)
        for process in workers_of(os.getpid(), WORKER):
            os.kill(process, signal.SIGKILL)
    assert {wave.tobytes() for wave in await asyncio.gather(*speaking)} == {expected}


async def test_a_frozen_worker_is_replaced_after_its_time() -> None:
    engine = EspeakEngine(workers=1, timeout_seconds=0.5)
    await engine.start()
    os.kill(workers_of(os.getpid(), WORKER)[0], signal.SIGSTOP)
    assert len(await say(engine, "好的。"))
    await engine.close()


async def test_an_utterance_that_takes_too_long_fails_and_the_worker_lives_on() -> None:
    engine = EspeakEngine(workers=1, timeout_seconds=0.15)
    await engine.start()
    before = workers_of(os.getpid(), WORKER)
    with pytest.raises(SpeechFailed, match="took longer than"):
        await say(engine, "今天下午有一笔两千块的消费" * 150)
    assert len(await say(engine, "好。"))
    assert workers_of(os.getpid(), WORKER) == before
    await engine.close()


async def test_a_cancelled_utterance_does_not_put_the_next_one_out_of_step(engine: EspeakEngine) -> None:
    expected = (await say(engine, "好的。")).tobytes()
    cancelled = [asyncio.create_task(say(engine, TEXT * 4)) for _ in range(4)]
    await asyncio.sleep(0.02)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
    waves = await asyncio.gather(*(say(engine, "好的。") for _ in range(4)))
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
        await say(engine, text, VOICE.model_copy(update={"name": voice}))
    assert len(await say(engine, "好。"))


async def test_close_ends_every_process_and_speaks_no_more(engine: EspeakEngine) -> None:
    await asyncio.gather(*(say(engine, TEXT) for _ in range(4)))
    processes = workers_of(os.getpid(), WORKER)
    assert len(processes) == 2
    await engine.close()
    assert not any(map(alive, processes))
    with pytest.raises(EngineError, match="not running"):
        await say(engine, TEXT)


def test_workers_end_when_their_parent_is_killed() -> None:
    code = (
        "import asyncio\n"
        "from antifraud.labels import Emotion\n"
        "from antifraud.speech.engines import Utterance\n"
        "from antifraud.speech.engines.espeak import EspeakEngine\n"
        "async def main():\n"
        "    engine = EspeakEngine(2, 30)\n"
        "    await engine.start()\n"
        "    words = Utterance('好的。', engine.voices('女')[0].voice, Emotion.NEUTRAL, '', 1)\n"
        "    await engine.speak([words] * 4)\n"
        "    print('ready', flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        processes = workers_of(parent.pid, WORKER)
        parent.kill()
    assert len(processes) == 2
    assert end_by_themselves(processes)


async def test_without_its_package_the_engine_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(EngineError, match=r"pip install 'antifraud\[espeak\]'"):
        await EspeakEngine(1, 30).start()


def test_the_worker_shares_its_process_with_the_standard_library_alone() -> None:
    code = f"import runpy, sys; runpy.run_path({str(WORKER)!r}, run_name='worker'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "espeakng_loader" in loaded
    assert not {"antifraud", "numpy", "pydantic", "soundfile"} & set(loaded)
