"""The definitions give the figures that were published for the reference dialogues, within what a sample allows."""

from __future__ import annotations

import pytest

from antifraud.audit.association import association
from antifraud.audit.diversity import diversity
from antifraud.audit.duplicates import duplicates
from antifraud.audit.lengths import lengths
from antifraud.audit.personal import personal
from antifraud.audit.shortcuts import shortcuts
from antifraud.audit.text_defects import defects
from antifraud.intake.lenient import read_any
from tests.audit.calls import RELEASED, released

LABELS = sorted(RELEASED)
"""Empty where the sample does not lie beside this checkout: then there is nothing to compare."""

DISTINCT_2 = {"fraud": 0.325, "normal": 0.397}
STEMS = {"fraud": 0.275, "normal": 0.303}
ANY_DEFECT = {"fraud": 0.409, "normal": 0.143}
OUT_OF_SET = {"fraud": 0.223, "normal": 0.612}
ONE_EXCHANGE = {"fraud": 0.188, "normal": 0.064}
DIGITS = {"fraud": 0.147, "normal": 0.443}
SHORT_TURNS = {"fraud": 0.0016, "normal": 0.0203}
BANKS = {"fraud": 0.070, "normal": 0.0}


@pytest.mark.parametrize("label", LABELS)
def test_variety_of_the_reference_sample(label: str) -> None:
    found = diversity(released(label), 1)
    assert found.distinct_2 == pytest.approx(DISTINCT_2[label], abs=0.04), "normal: 34,705 tokens rather than 50,000"
    assert found.top_stems_share == pytest.approx(STEMS[label], abs=0.08)
    assert found.self_bleu_4 is not None
    assert 50 < found.self_bleu_4 < 69.4, "of 300 and 200 dialogues rather than 500"
    assert duplicates(released(label)).near_share < 0.02


@pytest.mark.parametrize("label", LABELS)
def test_defects_of_the_reference_sample(label: str) -> None:
    dialogues, oddities = read_any(RELEASED[label])
    found = defects(dialogues, oddities)
    assert found.any_text_share == pytest.approx(ANY_DEFECT[label], abs=0.06)
    assert found.out_of_set_share == pytest.approx(OUT_OF_SET[label], abs=0.06)
    assert found.arabic_digits_share == pytest.approx(DIGITS[label], abs=0.06)
    assert found.unreadable == 0
    measured = lengths(dialogues)
    assert measured.one_exchange_share == pytest.approx(ONE_EXCHANGE[label], abs=0.03)
    assert measured.short_turn_share == pytest.approx(SHORT_TURNS[label], abs=0.02)
    assert personal(dialogues).bank_share == pytest.approx(BANKS[label], abs=0.03)


def test_shortcuts_of_the_reference_sample() -> None:
    if LABELS:
        found = shortcuts(released(*LABELS), 1).fraud_vs_lawful
        assert found is not None
        scores = {part: score.macro_f1 for part, score in found.scores.items() if score}
        assert scores["full"] == pytest.approx(1.0, abs=0.005)
        assert scores["first_caller_turn"] == 1.0
        assert scores["callee"] == pytest.approx(0.998, abs=0.01)
        assert scores["lengths"] == pytest.approx(0.979, abs=0.01)


def test_outcome_by_awareness_of_the_reference_sample() -> None:
    if LABELS:
        found = association(released("fraud"))
        assert found.guessed == found.calls == 300
        assert found.cramers_v == pytest.approx(0.42, abs=0.07)
