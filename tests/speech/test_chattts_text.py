"""What ChatTTS is given to read, and how it is told to say it."""

from __future__ import annotations

import pytest

from antifraud.labels import Emotion
from antifraud.scenarios.packs import Packs
from antifraud.speech.engines.chattts_style import _MANNERS, Style, style_of
from antifraud.speech.engines.chattts_text import MOST_CHARACTERS, Unreadable, marked, pieces, readable


def style(pause: int, laugh: int = 0) -> Style:
    return Style(speed=5, oral=2, laugh=laugh, pause=pause)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("好吗？行！那么：这样；", "好吗。行。那么，这样，"),
        ("[laugh]您[uv_break]好[", "您好"),
        ("A P P 里有", "A P P 里有"),
    ],
)
def test_a_text_becomes_what_chattts_takes(text: str, expected: str) -> None:
    assert readable(text) == expected


@pytest.mark.parametrize(
    ("text", "why"), [("二3", "'3'"), ("㐂", "'㐂'"), ("《法》", "'《'"), ("[好]。", "nothing in")]
)
def test_what_chattts_would_leave_out_is_refused(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        readable(text)


@pytest.mark.parametrize(
    "text",
    [
        "您好。" * 100,
        "您的卡今天有一笔消费，" * 40,
        "好" * 250,
        ("这是一句话，" * 30 + "说完了。") * 3,
    ],
)
def test_a_long_text_is_cut_without_losing_a_character(text: str) -> None:
    parts = pieces(text)
    assert "".join(parts) == text
    assert all(len(part) <= MOST_CHARACTERS for part in parts)
    assert len(parts) <= 2 * len(text) / MOST_CHARACTERS + 1


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (style(pause=1), "行，好。再见。"),
        (style(pause=2), "行，好。[uv_break]再见。"),
        (style(pause=5), "行，[uv_break]好。[uv_break]再见。"),
        (style(pause=0, laugh=1), "行，好。再见[laugh]。"),
        (style(pause=0, laugh=2), "行，好。[laugh]再见[laugh]。"),
    ],
)
def test_breaks_and_laughter_are_placed_as_the_style_has_them(given: Style, expected: str) -> None:
    assert marked("行，好。再见。", given) == expected


def test_every_emotion_and_manner_gives_levels_that_chattts_has(packs: Packs) -> None:
    manners = [manner.name for manner in packs.personas.manners]
    assert set(manners) == set(_MANNERS)
    for emotion in Emotion:
        for manner in [*manners, "", "别的"]:
            for rate in (1.0, 5.0, 9.0):
                found = style_of(emotion, manner, rate)
                assert 0 <= found.speed <= 9
                assert 0 <= found.oral <= 9
                assert 0 <= found.laugh <= 2
                assert 0 <= found.pause <= 7


def test_who_hurries_is_faster_and_who_grieves_never_laughs() -> None:
    assert style_of(Emotion.URGENT, "", 5.0).speed > 5 > style_of(Emotion.SAD, "", 5.0).speed
    assert style_of(Emotion.SAD, "热情", 5.0).laugh == 0 < style_of(Emotion.RELIEVED, "热情", 5.0).laugh
