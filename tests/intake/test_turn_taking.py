"""Whatever two sides say, and whenever: every word stays, in its order, with its time."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from antifraud.intake.transcripts.recognisers import read_json
from antifraud.intake.turn_taking import take_turns
from antifraud.intake.utterances import Unfit, Utterance
from antifraud.intake_config import IngestConfig
from antifraud.labels import Speaker

CONFIG = IngestConfig()
TIMES = st.integers(0, 600).map(lambda tenths: tenths / 10)
WORDS = st.text("好的您说是我不知道。，", min_size=1, max_size=12)


@st.composite
def talks(draw: st.DrawFn) -> list[Utterance]:
    """Draw a call; a recogniser may say anything of its times, but that something ends before it begins."""
    spoken = st.tuples(st.sampled_from(Speaker), WORDS, TIMES, TIMES)
    return [
        Utterance(side, text, min(times), max(times))
        for side, text, *times in draw(st.lists(spoken, min_size=1, max_size=25))
    ]


@settings(max_examples=60, deadline=None)
@given(talks())
def test_every_word_stays_with_its_side_in_the_order_of_the_times(talk: list[Utterance]) -> None:
    turns, timing = take_turns(talk, CONFIG)
    assert timing is not None
    assert len(timing) == len(turns)
    starts = [time.start_seconds for time in timing]
    assert starts == sorted(starts)
    for side in Speaker:
        own = sorted((said for said in talk if said.speaker is side), key=lambda said: (said.start or 0, said.end or 0))
        kept = [turn.text for turn in turns if turn.speaker is side]
        assert sorted("".join(kept).replace("，", "")) == sorted("".join(said.text for said in own).replace("，", ""))
    for before, after in pairwise([turn for turn in turns if not turn.is_backchannel]):
        if before.speaker is after.speaker:
            gap = timing[after.index].start_seconds - timing[before.index].end_seconds
            is_long = len(before.text) + len(after.text) > CONFIG.longest_turn_characters
            assert gap >= CONFIG.join_seconds - 0.011 or is_long


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["text", "segments", "speaker", "start", "end", "left", "right", "key", "sentence_info", "spk"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None)
@given(JSON, st.sampled_from([None, "left"]))
def test_no_document_of_any_shape_is_more_than_unfit(data: Any, speaker: str | None) -> None:
    try:
        lines, _ = read_json(json.loads(json.dumps(data)), speaker)
    except Unfit:
        return
    assert all(line.start is None or 0 <= line.start <= (line.end or 0) for line in lines)
