"""The baseline that looks for words: those that warnings against fraud are full of."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from antifraud.documents import read_yaml
from antifraud.errors import PackError
from antifraud.evaluation.answer_words import FRAUD, NORMAL
from antifraud.evaluation.baselines.excerpts import Excerpt
from antifraud.evaluation.baselines.guesses import Guess, Guesses
from antifraud.labels import FraudLabel, LabelSet, Scene, Speaker

_FILE: Final = Path(__file__).with_name("keyword_rules.yaml")
Words = tuple[str, ...]


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    fraud: Words
    fewest_fraud_words: int = Field(ge=1)
    scene: dict[Scene, Words]
    teleantifraud: dict[FraudLabel, Words]
    official: dict[FraudLabel, Words]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    return _Rules.model_validate(read_yaml(_FILE, PackError))


def keyword_guesses(excerpt: Excerpt, label_set: LabelSet) -> Guesses:
    """Return what the words of a call point to; scene and type go to the label of which most words occur.

    Of two labels with as many words the one listed first wins. No confidence is stated: counts of words are none.
    """
    rules = _rules()
    caller = "\n".join(turn.text for turn in excerpt.turns if turn.speaker is Speaker.CALLER)
    is_fraud = _count(rules.fraud, caller) >= rules.fewest_fraud_words
    kinds = rules.official if label_set is LabelSet.OFFICIAL else rules.teleantifraud
    return {
        "scene": Guess(_most(rules.scene, caller)),
        "fraud": Guess(FRAUD if is_fraud else NORMAL),
        "fraud_type": Guess(_most(kinds, caller)),
    }


def _count(words: Words, text: str) -> int:
    return sum(word in text for word in words)


def _most(words: Mapping[Scene, Words] | Mapping[FraudLabel, Words], text: str) -> str:
    return max(words, key=lambda label: _count(words[label], text))
