"""The second reader: what it makes of talks whose reading is known, and of whole calls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from antifraud.audit.reader import Reading, read_label
from antifraud.labels import Act, Emotion, Speaker
from antifraud.records import Turn

TALKS = Path(__file__).with_name("readings.yaml")
CALLEE = "被："


def turns_of(talk: str) -> list[Turn]:
    turns = []
    for index, said in enumerate(talk.split(" / ")):
        speaker = Speaker.CALLEE if said.startswith(CALLEE) else Speaker.CALLER
        text = said.removeprefix(CALLEE)
        turns.append(Turn(index=index, speaker=speaker, text=text, emotion=Emotion.NEUTRAL, acts=()))
    return turns


def talks() -> list[Any]:
    return [*_talks()]


def _talks() -> Iterator[Any]:
    for group in yaml.safe_load(TALKS.read_text(encoding="utf-8")):
        for talk in group.get("lawful", []):
            yield pytest.param(talk, None, id=f"{group['mode']}: {talk}")
        for act, said in group.get("fraud", {}).items():
            for talk in said:
                yield pytest.param(talk, act, id=f"{group['mode']}: {talk}")


@pytest.mark.parametrize(("talk", "act"), talks())
def test_a_talk_is_read_as_a_listener_would(talk: str, act: str | None) -> None:
    reading = read_label(turns_of(talk))
    assert reading.act == act, reading
    assert reading.is_fraud == (act is not None)


@pytest.mark.parametrize(("talk", "act"), talks())
def test_a_quote_stands_in_its_turn_word_for_word(talk: str, act: str | None) -> None:
    turns = turns_of(talk)
    reading = read_label(turns)
    assert reading.why.endswith("。")
    if reading.turn is None:
        assert not reading.quote
    else:
        assert reading.quote
        assert reading.quote in turns[reading.turn].text
        assert turns[reading.turn].speaker is Speaker.CALLER


def test_the_first_request_decides_and_is_quoted_with_its_fillers() -> None:
    talk = "喂，您好。 / 被：你说。 / 您别急。您把，呃，那个，验证码念给我。 / 被：啊？ / 您先转两千过来。"
    assert read_label(turns_of(talk)) == Reading(
        is_fraud=True,
        act=Act.ASK_SECRET,
        turn=2,
        quote="您把，呃，那个，验证码念给我",
        why="来电的人说“您把，呃，那个，验证码念给我”，要对方说出或者输入验证码、密码、证件号、卡号，或者刷脸。",
    )


def test_a_lawful_reading_says_what_the_word_of_risk_was() -> None:
    reading = read_label(turns_of("您放心。 / 被：嗯。 / 我们不会让您转账到什么账户的。"))
    assert not reading.is_fraud
    assert (reading.turn, reading.quote) == (2, "我们不会让您转账到什么账户的")
    assert "不会" in reading.why


def test_a_talk_without_a_word_of_risk_has_no_quote() -> None:
    reading = read_label(turns_of("喂，您好，您订的位子几点到？ / 被：七点。 / 好，给您留着。"))
    assert reading == Reading(False, None, None, "", reading.why)
