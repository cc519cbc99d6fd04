"""Turns follow each other as people's do."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest

from antifraud.labels import Act, Emotion, Speaker
from antifraud.records import Turn
from antifraud.speech.timing import place
from antifraud.speech_config import TimingConfig

from .conftest import Line, make_turns

A, B = Speaker.CALLER, Speaker.CALLEE


def offsets(*lines: Line, seconds: tuple[float, ...] | None = None, calls: int = 400) -> Iterator[list[float]]:
    """Yield, call by call, the time from the end of each turn to the start of the next."""
    turns = make_turns(*lines)
    durations = seconds or (4.0,) * len(turns)
    for seed in range(calls):
        starts, _ = place(turns, durations, Random(seed), TimingConfig())
        yield [starts[i + 1] - starts[i] - durations[i] for i in range(len(turns) - 1)]


def all_offsets(*lines: Line, seconds: tuple[float, ...] | None = None, calls: int = 400) -> list[float]:
    return [offset for call in offsets(*lines, seconds=seconds, calls=calls) for offset in call]


def share(values: list[float], below: float) -> float:
    return sum(value < below for value in values) / len(values)


def test_gaps_and_overlaps_are_spread_as_between_strangers() -> None:
    values = all_offsets(*([(A, "好的您说。"), (B, "嗯我在听。")] * 15), calls=600)
    assert share(values, 0) == pytest.approx(0.40 * 0.6, abs=0.02)
    assert share(values, 0.2) == pytest.approx(0.46, abs=0.03)
    assert 0.70 <= share(values, 0.5) <= 0.82
    assert statistics.median(v for v in values if v > 0) == pytest.approx(0.35, abs=0.03)
    assert min(values) >= -1.0 - 1e-9
    assert max(values) <= 2.5


def test_calls_differ_in_how_quickly_people_answer() -> None:
    lines: list[Line] = [(A, "好的您说。"), (B, "嗯我在听。")] * 100
    means = [statistics.mean(call) for call in offsets(*lines, calls=200)]
    assert statistics.stdev(means) > 0.06


def test_no_overlap_is_longer_than_three_tenths_of_the_shorter_turn() -> None:
    values = all_offsets((A, "好的您说。"), (B, "嗯。"), seconds=(4.0, 0.5), calls=2000)
    assert min(values) == pytest.approx(-0.15)


@pytest.mark.parametrize("digits", ["尾号三五二九。", "是95588。", "码是482913——"])
def test_nobody_talks_over_digits(digits: str) -> None:
    assert min(all_offsets((A, digits), (B, "嗯好。"), calls=2000)) >= -1e-9
    assert min(all_offsets((A, "您念一下。"), (B, digits), calls=2000)) >= -1e-9


def test_doubt_and_refusal_come_late() -> None:
    usual = statistics.mean(all_offsets((A, "您装一下。"), (B, "好。"), calls=2000))
    for act in (Act.DOUBT, Act.HESITATE, Act.REFUSE):
        late = statistics.mean(all_offsets((A, "您装一下。"), (B, "不。", act), calls=2000))
        assert late - usual == pytest.approx(0.6, abs=0.06)


def test_who_is_cut_off_is_overlapped_a_little() -> None:
    values = all_offsets((A, "您看这个——"), (B, "不用了。", Act.REFUSE))
    assert max(values) < 0
    assert min(values) >= -0.3


def test_someone_who_asked_for_a_moment_is_waited_for() -> None:
    lines: tuple[Line, ...] = (
        (A, "您看。"),
        (B, "等一下啊。", Act.DISTRACTED),
        (A, "没事您忙。", Act.WAIT),
        (B, "好了你说。"),
    )
    waits = [call[2] for call in offsets(*lines)]
    assert min(waits) >= 1
    assert max(waits) <= 3


def test_one_side_pauses_half_a_second_between_its_own_turns() -> None:
    values = all_offsets((A, "您好。"), (A, "是这样。"), calls=2000)
    assert statistics.median(values) == pytest.approx(0.5, abs=0.03)
    assert min(values) > 0


def test_a_backchannel_lies_under_the_turn_and_leaves_the_floor() -> None:
    turns = make_turns((A, "我跟您说一下。"), (B, "嗯。", Act.BACKCHANNEL), (A, "就这个事。"), (B, "好。"))
    for seed in range(300):
        starts, _ = place(turns, (6.0, 0.4, 3.0, 1.0), Random(seed), TimingConfig())
        assert 0.45 * 6 <= starts[1] - starts[0] <= 0.85 * 6
        assert starts[1] + 0.4 <= starts[0] + 6
        assert starts[2] > starts[0] + 6


def test_no_side_speaks_twice_at_once_and_starts_never_go_back() -> None:
    rng = Random(5)
    for seed in range(300):
        turns = [
            Turn(
                index=index,
                speaker=rng.choice((A, B)),
                text=rng.choice(("好的。", "等等——", "尾号三五二九。")),
                emotion=Emotion.NEUTRAL,
                acts=rng.choice(((), (Act.BACKCHANNEL,), (Act.REFUSE,), (Act.DISTRACTED,), (Act.WAIT,))),
            )
            for index in range(20)
        ]
        durations = [rng.uniform(0.1, 8) for _ in turns]
        starts, total = place(turns, durations, Random(seed), TimingConfig())
        ends = [start + duration for start, duration in zip(starts, durations, strict=True)]
        assert starts == sorted(starts)
        assert 0.3 <= starts[0] <= 1.0
        assert 0.3 <= total - max(ends) <= 0.8
        for side in (A, B):
            own = [(s, e) for s, e, turn in zip(starts, ends, turns, strict=True) if turn.speaker is side]
            assert all(later[0] >= earlier[1] for earlier, later in pairwise(own))


def test_timing_needs_a_duration_for_every_turn() -> None:
    with pytest.raises(ValueError, match="shorter"):
        place(make_turns((A, "好。"), (B, "好。")), (1.0,), Random(0), TimingConfig())
    with pytest.raises(ValueError, match="no turns"):
        place((), (), Random(0), TimingConfig())
