"""The queue before the engine: joined, bounded, dropped, drained."""

from __future__ import annotations

import asyncio

import pytest

from antifraud.errors import EngineError
from antifraud.labels import Emotion
from antifraud.speech.engines import SpeechFailed, Utterance
from antifraud.speech.server.metrics import Metrics
from antifraud.speech.server.queueing import Batcher, Closing, QueueFull

from .tones import ToneEngine


def batcher(engine: ToneEngine, limit: int = 100, lanes: int = 1, join_seconds: float = 0.02) -> Batcher:
    return Batcher(engine, lanes, limit, join_seconds, Metrics())


def utterances(engine: ToneEngine, *texts: str) -> list[Utterance]:
    voice = engine.voices("女")[0].voice
    return [Utterance(text, voice, Emotion.NEUTRAL, "", index) for index, text in enumerate(texts)]


def texts(engine: ToneEngine) -> list[list[str]]:
    return [[utterance.text for utterance in batch] for batch in engine.batches]


async def test_utterances_of_several_requests_are_joined_up_to_the_batch_size(engine: ToneEngine) -> None:
    async with batcher(engine) as queue:
        answers = await asyncio.gather(
            *(queue.speak(utterances(engine, text), is_alone=False) for text in "一二三四五六")
        )
    assert texts(engine) == [["一", "二", "三", "四"], ["五", "六"]]
    assert all(len(answer) == 1 and not isinstance(answer[0], SpeechFailed) for answer in answers)


async def test_a_batch_of_its_own_is_never_joined(engine: ToneEngine) -> None:
    async with batcher(engine) as queue:
        await asyncio.gather(
            queue.speak(utterances(engine, "一"), is_alone=False),
            queue.speak(utterances(engine, "甲", "乙"), attempt=3, is_alone=True),
            queue.speak(utterances(engine, "二"), is_alone=False),
        )
    assert sorted(texts(engine)) == [["一", "二"], ["甲", "乙"]]
    assert sorted(engine.attempts) == [0, 3]


async def test_more_than_a_batch_of_its_own_is_several(engine: ToneEngine) -> None:
    async with batcher(engine) as queue:
        answers = await queue.speak(utterances(engine, *"一二三四五"), is_alone=True)
    assert texts(engine) == [["一", "二", "三", "四"], ["五"]]
    assert len(answers) == 5


async def test_each_asker_gets_its_own_answers_and_its_own_failure(engine: ToneEngine) -> None:
    async with batcher(engine) as queue:
        good, bad = await asyncio.gather(
            queue.speak(utterances(engine, "一", "二二"), is_alone=False),
            queue.speak(utterances(engine, "坏"), is_alone=False),
        )
    assert [len(wave) for wave in good if not isinstance(wave, SpeechFailed)] == [1200, 2400]
    assert isinstance(bad[0], SpeechFailed)


async def test_a_full_queue_refuses_and_tells_when_to_come_back(engine: ToneEngine) -> None:
    engine.may_speak.clear()
    async with batcher(engine, limit=3, join_seconds=0) as queue:
        running = asyncio.create_task(queue.speak(utterances(engine, "一"), is_alone=True))
        await asyncio.sleep(0.02)
        waiting = asyncio.create_task(queue.speak(utterances(engine, "二", "三"), is_alone=True))
        await asyncio.sleep(0)
        with pytest.raises(QueueFull, match="2 of at most 3") as full:
            await queue.speak(utterances(engine, "四", "五"), is_alone=False)
        assert 1 <= full.value.retry_after_seconds <= 60
        assert (queue.running, queue.waiting) == (1, 2)
        engine.may_speak.set()
        await asyncio.gather(running, waiting)
    assert texts(engine) == [["一"], ["二", "三"]]


async def test_work_whose_asker_left_is_dropped_while_it_waits(engine: ToneEngine) -> None:
    engine.may_speak.clear()
    async with batcher(engine, join_seconds=0) as queue:
        running = asyncio.create_task(queue.speak(utterances(engine, "一"), is_alone=True))
        await asyncio.sleep(0.02)
        leaving = asyncio.create_task(queue.speak(utterances(engine, "二", "三"), is_alone=False))
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        assert queue.waiting == 0
        engine.may_speak.set()
        await running
        await queue.speak(utterances(engine, "四"), is_alone=False)
    assert texts(engine) == [["一"], ["四"]]


async def test_an_engine_that_gives_up_fails_its_batch_and_the_next_one_heals(engine: ToneEngine) -> None:
    async with batcher(engine) as queue:
        with pytest.raises(EngineError, match="no sound at all"):
            await queue.speak(utterances(engine, "死"), is_alone=True)
        assert queue.trouble == "tone: no sound at all"
        await queue.speak(utterances(engine, "生"), is_alone=True)
        assert queue.trouble is None


async def test_draining_finishes_what_waits_and_takes_no_more(engine: ToneEngine) -> None:
    engine.may_speak.clear()
    async with batcher(engine, join_seconds=0) as queue:
        work = [asyncio.create_task(queue.speak(utterances(engine, text), is_alone=True)) for text in "一二三"]
        await asyncio.sleep(0.02)
        draining = asyncio.create_task(queue.drain(10))
        await asyncio.sleep(0)
        with pytest.raises(Closing):
            await queue.speak(utterances(engine, "四"), is_alone=True)
        engine.may_speak.set()
        await draining
        assert all(task.done() for task in work)
    assert len(await asyncio.gather(*work)) == 3


async def test_what_is_not_done_when_the_server_ends_is_told_so(engine: ToneEngine) -> None:
    engine.may_speak.clear()
    async with batcher(engine, join_seconds=0) as queue:
        work = [asyncio.create_task(queue.speak(utterances(engine, text), is_alone=True)) for text in "一二"]
        await asyncio.sleep(0.02)
        await queue.drain(0.01)
    for task in work:
        with pytest.raises(Closing):
            await task


async def test_an_engine_with_too_few_answers_breaks_the_queue_down_instead_of_leaving_anybody_waiting(
    engine: ToneEngine,
) -> None:
    class Short(ToneEngine):
        async def speak(self, batch, attempt=0):  # type: ignore[no-untyped-def]
            return (await super().speak(batch, attempt))[1:]

    async with batcher(Short()) as queue:
        work = [asyncio.create_task(queue.speak(utterances(engine, text), is_alone=True)) for text in "一二"]
        for task in work:
            with pytest.raises(Closing):
                await task
        assert queue.trouble is not None
        assert "broke down" in queue.trouble
