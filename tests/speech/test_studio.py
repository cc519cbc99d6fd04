"""Batches follow from the order of the dialogues; what fails is spoken again, alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from antifraud.acoustics.wave import Wave
from antifraud.labels import Speaker
from antifraud.records import Dialogue, Voice
from antifraud.speech.engines import Candidate, Gender, SpeechFailed, Utterance
from antifraud.speech.studio import BadAudio, Studio, Unspeakable
from antifraud.speech.voices.reserves import Reserves
from antifraud.speech_config import SpeechConfig

from .conftest import MakeDialogue

RATE_HZ = 16000
REPORT = SpeechConfig(gates="report")


class RowEngine:
    """Speaks noise as long as the text, four rows at a time, and remembers what it was asked."""

    name, version, licence = "row", "1", "none"
    sample_rate_hz, batch_size, block_calls = RATE_HZ, 4, 3

    def __init__(self, failing: str = "", failing_attempts: int = 0) -> None:
        self.asked: list[tuple[tuple[str, ...], int]] = []
        self._failing, self._failing_attempts = failing, failing_attempts

    async def start(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def speak(self, batch: Sequence[Utterance], attempt: int = 0) -> list[Wave | SpeechFailed]:
        self.asked.append((tuple(utterance.text for utterance in batch), attempt))
        await asyncio.sleep(0)
        return [self._row(utterance, attempt) for utterance in batch]

    def _row(self, utterance: Utterance, attempt: int) -> Wave | SpeechFailed:
        if self._failing and self._failing in utterance.text and attempt < self._failing_attempts:
            return SpeechFailed(f"row {attempt} failed")
        rng = np.random.default_rng((utterance.seed, attempt))
        return rng.normal(0, 0.05, 3000 * len(utterance.text)).astype(np.float32)

    def voices(self, gender: Gender) -> list[Candidate]:
        made = [Voice(engine="row", version="1", name=f"{gender}{n}", gender=gender, rate=1, pitch=0) for n in range(9)]
        return [Candidate(voice, 18, 70, 0.0) for voice in made]


def dialogues(make_dialogue: MakeDialogue, count: int) -> list[Dialogue]:
    """Return dialogues whose turns all differ, in length too."""
    return [
        make_dialogue(
            (Speaker.CALLER, "您好" + "好" * (7 * number % 11)),
            (Speaker.CALLEE, "您说" + "嗯" * (5 * number % 13)),
            (Speaker.CALLER, "再见" + "啊" * number),
            id=f"call-{number}",
            seed=number,
        )
        for number in range(count)
    ]


async def spoken(engine: RowEngine, made: Sequence[Dialogue], wanted: Sequence[int]) -> dict[int, list[bytes]]:
    """Speak the wanted calls, in that order; return their waves."""
    async with Studio(engine, REPORT, Reserves([], 0, 0)) as studio:
        bookings = list(studio.book(made))
        calls = await asyncio.gather(*(studio.speak(bookings[number]) for number in wanted))
    return {number: [wave.tobytes() for wave in call.waves] for number, call in zip(wanted, calls)}


async def test_batches_hold_neighbours_in_length_and_are_the_same_whatever_is_asked_first(
    make_dialogue: MakeDialogue,
) -> None:
    made = dialogues(make_dialogue, 6)
    forwards, backwards = RowEngine(), RowEngine()
    one, other = await spoken(forwards, made, range(6)), await spoken(backwards, made, (5, 3, 0, 4, 2, 1))
    assert one == other
    assert sorted(forwards.asked) == sorted(backwards.asked)
    assert sorted(len(batch) for batch, _ in forwards.asked) == [1, 1, 4, 4, 4, 4]
    for block in (forwards.asked[:3], forwards.asked[3:]):
        batches = sorted((batch for batch, _ in block), key=lambda batch: len(batch[0]))
        lengths = [len(text) for batch in batches for text in batch]
        assert lengths == sorted(lengths)


async def test_a_resumed_run_speaks_the_same_batches_for_what_is_left(make_dialogue: MakeDialogue) -> None:
    made = dialogues(make_dialogue, 6)
    whole, rest = RowEngine(), RowEngine()
    everything = await spoken(whole, made, range(6))
    assert await spoken(rest, made, (4,)) == {4: everything[4]}
    assert set(rest.asked) <= set(whole.asked)
    assert all(batch in whole.asked[3:] for batch in rest.asked)


async def test_a_row_that_fails_is_spoken_again_alone_and_the_others_once(make_dialogue: MakeDialogue) -> None:
    engine = RowEngine(failing="再见啊啊", failing_attempts=2)
    made = dialogues(make_dialogue, 3)
    async with Studio(engine, REPORT, Reserves([], 0, 0)) as studio:
        calls = await asyncio.gather(*map(studio.speak, studio.book(made)))
    assert [call.respoken for call in calls] == [0, 0, 1]
    assert [asked for asked in engine.asked if asked[1]] == [(("再见啊啊",), 1), (("再见啊啊",), 2)]


async def test_a_row_that_fails_every_time_fails_its_own_call_alone(make_dialogue: MakeDialogue) -> None:
    engine = RowEngine(failing="再见啊啊", failing_attempts=9)
    async with Studio(engine, REPORT, Reserves([], 0, 0)) as studio:
        made = list(studio.book(dialogues(make_dialogue, 3)))
        assert await studio.speak(made[0])
        with pytest.raises(SpeechFailed, match="row 2 failed"):
            await studio.speak(made[2])
        assert await studio.speak(made[1])


async def test_noise_fails_the_gates_where_they_are_enforced(make_dialogue: MakeDialogue) -> None:
    engine = RowEngine()
    async with Studio(engine, SpeechConfig(attempts=2), Reserves([], 0, 0)) as studio:
        (booking,) = studio.book([make_dialogue()])
        with pytest.raises(BadAudio, match="modulation_db"):
            await studio.speak(booking)
    assert {attempt for _, attempt in engine.asked} == {0, 1}


async def test_what_cannot_be_said_leaves_the_batches_of_its_block_alone(make_dialogue: MakeDialogue) -> None:
    engine = RowEngine()
    mute = make_dialogue((Speaker.CALLER, "您好。"), (Speaker.CALLEE, "！！！"), id="mute")
    async with Studio(engine, REPORT, Reserves([], 0, 0)) as studio:
        first, second = studio.book([mute, *dialogues(make_dialogue, 1)])
        with pytest.raises(Unspeakable, match="turn 1 holds nothing"):
            await studio.speak(first)
        assert await studio.speak(second)
    assert [batch for batch, _ in engine.asked] == [("您好", "您说", "再见")]


async def test_no_more_than_a_block_is_read_ahead(make_dialogue: MakeDialogue) -> None:
    read: list[str] = []

    def reading() -> Iterator[Dialogue]:
        for dialogue in dialogues(make_dialogue, 9):
            read.append(dialogue.id)
            yield dialogue

    async with Studio(RowEngine(), REPORT, Reserves([], 0, 0)) as studio:
        booked = studio.book(reading())
        next(booked)
        assert len(read) == 3


async def test_voices_of_the_benchmark_speak_its_storylines_alone(make_dialogue: MakeDialogue) -> None:
    engine = RowEngine()
    candidates = [*engine.voices("男"), *engine.voices("女")]
    made = [make_dialogue(id=f"call-{n}", storyline=f"story-{n}", seed=n) for n in range(40)]
    async with Studio(engine, REPORT, Reserves(candidates, 0.45, seed=3)) as studio:
        heard: dict[str | None, set[str]] = {"train": set(), "bench": set()}
        for booking in studio.book(made):
            script = (await studio.speak(booking)).script
            heard[booking.reserve].update(voice.name for voice in script.voices.values())
        settings = studio.settings()
    assert settings["kept_for_benchmark"] == 0.45
    assert len(heard["bench"]) <= 8
    assert len(heard["train"]) <= 10
    assert not heard["train"] & heard["bench"]


def test_few_voices_are_not_parted() -> None:
    candidates = [*RowEngine().voices("男"), *RowEngine().voices("女")[:7]]
    assert not Reserves(candidates, 0.45, seed=3).parted
    assert Reserves([*RowEngine().voices("男"), *RowEngine().voices("女")], 0.45, seed=3).parted
