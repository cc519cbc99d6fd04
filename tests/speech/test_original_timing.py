"""Turns that were written down from a recording follow each other as they did there."""

from __future__ import annotations

import itertools
from random import Random

import pytest

from antifraud.labels import Act, Speaker
from antifraud.records import Call, Heard
from antifraud.speech.original_timing import LONGEST_GAP_SECONDS, place_as_heard

from .conftest import CLEAN, made, make_turns

A, B = Speaker.CALLER, Speaker.CALLEE
TURNS = make_turns(
    (A, "您好，请问是陈女士吗？"), (B, "嗯。", Act.BACKCHANNEL), (B, "是我，您说。"), (A, "跟您核实订单。"), (B, "行。")
)


def heard(*spans: tuple[float, float]) -> tuple[Heard, ...]:
    return tuple(Heard(start_seconds=start, end_seconds=end) for start, end in spans)


TIMES = heard((1.0, 5.0), (3.0, 3.5), (4.6, 6.6), (7.4, 9.4), (40.0, 41.0))


def test_gaps_and_overlaps_are_those_of_the_recording_at_the_tempo_of_the_new_utterances() -> None:
    durations = [2 * (time.end_seconds - time.start_seconds) for time in TIMES]
    starts, total = place_as_heard(TURNS, TIMES, durations, Random(1), opening_seconds=2.0)
    first = starts[0]
    assert 2.3 <= first <= 3.0
    assert starts[1] - first == pytest.approx(4.0), "the back-channel begins half way into the turn it is under"
    assert starts[2] - (first + 8.0) == pytest.approx(-0.8), "the same share of the shorter turn overlaps"
    assert starts[3] - (starts[2] + 4.0) == pytest.approx(1.6), "a gap grows with the tempo"
    assert starts[4] - (starts[3] + 4.0) == pytest.approx(LONGEST_GAP_SECONDS), "nobody waits half a minute"
    assert total > starts[4] + 2.0


def test_one_side_never_speaks_twice_at_once_whatever_the_times_say() -> None:
    times = heard((0.0, 4.0), (1.0, 3.9), (1.1, 3.8), (1.2, 3.7), (1.2, 1.2))
    starts, _ = place_as_heard(TURNS, times, [3.0] * 5, Random(1))
    assert starts == sorted(starts)
    for side in (A, B):
        own = [start for start, turn in zip(starts, TURNS, strict=True) if turn.speaker is side]
        assert all(after - before >= 3.0 for before, after in itertools.pairwise(own))


async def test_a_transcribed_call_keeps_its_rhythm_unless_the_config_says_own(make_dialogue, engine, tmp_path) -> None:
    dialogue = make_dialogue((A, "您好，请问是陈女士吗？"), (B, "是我，您说。"), (A, "跟您核实一下订单。"))
    timed = dialogue.model_copy(update={"timing": heard((0, 2), (5, 7), (7.5, 9)), "synthetic": False})
    own = CLEAN.model_copy(update={"timing": CLEAN.timing.model_copy(update={"follow": "own"})})

    def gap(call: Call) -> float:
        return call.segments[1].start_seconds - call.segments[0].end_seconds

    followed = await made(timed, engine, tmp_path)
    assert 1.5 <= gap(followed) <= 6.0, "three seconds, at the tempo of the new voices"
    assert gap(await made(timed, engine, tmp_path, own)) == gap(await made(dialogue, engine, tmp_path))
    assert followed.synthetic, "what is heard was never said"
