"""What is measured of the sound of a call, on waves that are made to measure."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from antifraud.annotation.hearing import hear
from antifraud.annotation.prefixes import prefixes
from antifraud.errors import IntegrityError
from antifraud.labels import Act, Speaker
from antifraud.records import Call, Evidence
from tests.calls import a_call

RATE_HZ = 8000
TEXT = "您把那个号码再念一遍给我"


def voice(seconds: float, hertz: float, level: float = 0.1) -> np.ndarray:
    """Return something voiced: harmonics of a pitch, swelling five times a second as syllables do."""
    time = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * hertz * number * time) / number for number in range(1, 6))
    return (level * tone * (0.55 + 0.45 * np.sin(2 * np.pi * 5 * time))).astype(np.float32)


@pytest.fixture
def call(tmp_path: Path) -> Call:
    """Caller 0-2 s, callee 3.5-5.5 s, caller 5-7 s twice as loud and four semitones up, callee 8-10 s with a pause."""
    wave = np.zeros((round(10.5 * RATE_HZ), 2), np.float32)
    spoken = [
        (Speaker.CALLER, 0.0, voice(2, 120)),
        (Speaker.CALLEE, 3.5, voice(2, 200)),
        (Speaker.CALLER, 5.0, voice(2, 120 * 2 ** (4 / 12), level=0.2)),
        (Speaker.CALLEE, 8.0, np.concatenate([voice(0.5, 200), np.zeros(RATE_HZ, np.float32), voice(0.5, 200)])),
    ]
    for side, start, sound in spoken:
        first = round(start * RATE_HZ)
        wave[first : first + sound.size, 0 if side is Speaker.CALLER else 1] += sound
    (tmp_path / "audio").mkdir()
    made = a_call(
        turns=[(side, TEXT) for side, _, _ in spoken],
        segments=[(start, start + sound.size / RATE_HZ) for _, start, sound in spoken],
        duration_seconds=10.5,
    )
    soundfile.write(tmp_path / made.audio, wave, RATE_HZ)
    return made


def test_rate_pauses_delays_loudness_and_pitch_are_what_was_put_there(call: Call, tmp_path: Path) -> None:
    first, answer, higher, halting = hear(call, tmp_path)
    assert first.delay_seconds is None
    assert answer.delay_seconds == pytest.approx(1.5)
    assert higher.delay_seconds == pytest.approx(-0.5)
    assert (answer.overlap_seconds, higher.overlap_seconds) == (pytest.approx(0.5), pytest.approx(0.5))
    assert higher.level_db is not None
    assert first.level_db is not None
    assert higher.level_db - first.level_db == pytest.approx(6.0, abs=0.5)
    assert higher.pitch_semitones is not None
    assert first.pitch_semitones is not None
    assert higher.pitch_semitones - first.pitch_semitones == pytest.approx(4.0, abs=0.4)
    assert first.characters_per_second == pytest.approx(len(TEXT) / 2, rel=0.1)
    assert halting.characters_per_second == pytest.approx(len(TEXT) / 1, rel=0.15)
    assert halting.longest_pause_seconds == pytest.approx(1.0, abs=0.1)


def test_a_recording_that_is_gone_or_another_one_is_one_clear_line(call: Call, tmp_path: Path) -> None:
    soundfile.write(tmp_path / call.audio, np.zeros((800, 2)), 16000)
    with pytest.raises(IntegrityError, match="not what the record says"):
        hear(call, tmp_path)
    (tmp_path / call.audio).unlink()
    with pytest.raises(IntegrityError, match="run synthesize again"):
        hear(call, tmp_path)


@pytest.mark.parametrize(
    ("decisive", "told"),
    [
        (0, [(1, "late", True), (2, "late", True), (4, "complete", True)]),
        (2, [(1, "early", None), (2, "early", None), (4, "complete", True)]),
        (None, [(1, "early", None), (2, "early", None), (4, "complete", True)]),
    ],
)
def test_a_label_is_open_until_the_decisive_turn_is_over(
    call: Call, decisive: int | None, told: list[tuple[int, str, bool | None]]
) -> None:
    proof = None if decisive is None else Evidence(turn=decisive, quote=TEXT, act=Act.ASK_SECRET)
    found = prefixes(call.model_copy(update={"decisive": proof}), (0.1, 0.5, 0.15, 0.99))
    assert [(each.turns, each.stage, each.is_fraud) for each in found] == told
    assert [each.seconds for each in found] == [2.0, 5.5, 10.0]
