"""Voices fit their personas, and the two sides never sound alike."""

from __future__ import annotations

import itertools

import pytest

from antifraud.errors import EngineError
from antifraud.labels import Speaker
from antifraud.speech.engines import Candidate
from antifraud.speech.engines.espeak_voices import candidates
from antifraud.speech.voices.assign import assign_voices

from .conftest import person

CANDIDATES = candidates("1.52.0")
BY_NAME = {candidate.voice.name: candidate for candidate in CANDIDATES}


@pytest.mark.parametrize("genders", list(itertools.product("男女", "男女")), ids="".join)
def test_gender_and_age_fit_and_names_differ_for_every_age(genders: tuple[str, str]) -> None:
    for age in range(18, 71):
        caller, callee = person(genders[0], age), person(genders[1], 88 - age)
        voices = assign_voices(f"c-{age}", age, caller, callee, CANDIDATES)
        assert voices[Speaker.CALLER].name != voices[Speaker.CALLEE].name
        for speaker, persona in ((Speaker.CALLER, caller), (Speaker.CALLEE, callee)):
            candidate = BY_NAME[voices[speaker].name]
            assert voices[speaker].gender == persona.gender
            assert candidate.youngest <= persona.age <= candidate.oldest


def test_rate_and_pitch_stay_where_speech_is_natural() -> None:
    for seed in range(300):
        for voice in assign_voices("c", seed, person(age=18 + seed % 53, manner="急躁"), None, CANDIDATES).values():
            assert 165 <= voice.rate <= 280
            assert 30 <= voice.pitch <= 90


def test_old_people_speak_more_slowly_and_hasty_ones_faster() -> None:
    def mean_rate(age: int, manner: str) -> float:
        calls = (assign_voices("c", seed, person(age=age, manner=manner), None, CANDIDATES) for seed in range(200))
        return sum(voices[Speaker.CALLER].rate for voices in calls) / 200

    assert mean_rate(65, "客气") < mean_rate(30, "客气") - 10
    assert mean_rate(30, "急躁") > mean_rate(30, "客气") + 10
    assert mean_rate(30, "慢条斯理") < mean_rate(30, "客气") - 10


def test_what_is_not_known_of_a_side_is_drawn_and_stays() -> None:
    draws = [assign_voices("c", seed, None, person("未知", 40, ""), CANDIDATES) for seed in range(60)]
    for speaker in Speaker:
        assert {voices[speaker].gender for voices in draws} == {"男", "女"}
    assert draws == [assign_voices("c", seed, None, person("未知", 40, ""), CANDIDATES) for seed in range(60)]


def test_an_engine_with_one_voice_cannot_speak_for_two() -> None:
    alone: list[Candidate] = [candidate for candidate in CANDIDATES if candidate.voice.name == "cmn+f2"]
    with pytest.raises(EngineError, match="too few voices"):
        assign_voices("c", 1, person("女"), person("女"), alone)
