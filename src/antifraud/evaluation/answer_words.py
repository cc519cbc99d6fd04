"""The closed sets that answers are read by, and the listed words that stand for their labels."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from antifraud.documents import read_yaml
from antifraud.errors import PackError
from antifraud.labels import LabelSet, Scene
from antifraud.records import Record, Task

FRAUD: Final = "fraud"
NORMAL: Final = "normal"
FIELDS: Final[Mapping[Task, str]] = MappingProxyType(
    {"scene": "scene", "fraud": "is_fraud", "fraud_type": "fraud_type"},
)
"""The JSON field of each task's answer, as in TeleAntiFraud."""

_FILE: Final = Path(__file__).with_name("answer_words.yaml")
_ENDS: Final = "\"'`*~#.!,;:、。《》「」『』【】‘’“”"
"""Taken from both ends of a value. Question marks stay, for who asks has not decided; so do brackets."""
_WITHIN: Final = re.compile(r"[\s_*`\-\u2010-\u2015]+")
_BOX: Final = re.compile(r"\\boxed\{([^{}]*)\}")
_MARKS: Final = re.compile(r"<\|[^|<>]{1,40}\|>|</?s>")
"""Control tokens such as <|im_end|> and </s>."""
_BRACKETED: Final = re.compile(r"([^()]+)\(([^()]+)\)")


def labels_of(task: Task, label_set: LabelSet) -> tuple[str, ...]:
    """Return the closed set of a task."""
    if task == "scene":
        return tuple(scene.value for scene in Scene)
    return (FRAUD, NORMAL) if task == "fraud" else tuple(label.value for label in label_set.labels)


def plain(text: str) -> str:
    """Return a text without differences of width, case, spaces, hyphens, quotes, bold marks and final stops."""
    words = _BOX.sub(r"\1", _MARKS.sub("", text))
    return _WITHIN.sub("", unicodedata.normalize("NFKC", words).casefold()).strip(_ENDS)


class Words(Record):
    """What stands for what when the answer to one task is read; every word in its plain form."""

    field: str
    labels: frozenset[str]
    other_fields: frozenset[str]
    field_pattern: str
    """Regular expression of all names of the field."""
    standing_for: Mapping[str, str]
    """Labels by the words for them, the labels themselves among them."""
    in_its_field: Mapping[str, str]
    """The same for words that mean a label only as the value of the field."""
    abstentions: frozenset[str]
    lead_ins: tuple[str, ...]
    suffixes: tuple[str, ...]

    def label_in(self, text: str, *, is_value: bool = False) -> str | None:
        """Return the label that the whole of a text stands for; None where it stands for none, or for two.

        Args:
            is_value: the text is what the task's own field holds.
        """
        word = plain(text)
        if is_value and word in self.in_its_field:
            return self.in_its_field[word]
        return self._label_of(word) or self._label_twice(word)

    def abstains(self, text: str) -> bool:
        """Tell whether the whole of a text says that nothing was decided."""
        word = plain(text)
        return word in self.abstentions or self._led_in(word) in self.abstentions

    def _label_of(self, word: str) -> str | None:
        for shorter in (word, self._led_in(word)):
            if shorter in self.standing_for:
                return self.standing_for[shorter]
            for suffix in self.suffixes:
                if shorter.endswith(suffix) and shorter.removesuffix(suffix) in self.standing_for:
                    return self.standing_for[shorter.removesuffix(suffix)]
        return None

    def _led_in(self, word: str) -> str:
        found = next((lead_in for lead_in in self.lead_ins if word.startswith(lead_in)), "")
        return word.removeprefix(found).strip(_ENDS)

    def _label_twice(self, word: str) -> str | None:
        """Read 订餐服务(dining): a label and, in brackets, the same one again."""
        if (match := _BRACKETED.fullmatch(word)) is None:
            return None
        first, second = (self._label_of(part.strip(_ENDS)) for part in match.groups())
        return first if first == second else None


class Phrases(Record):
    """Beginnings and parts of texts that hold no label: they tell one kind of non-answer from another."""

    abstaining: tuple[str, ...]
    refusing: tuple[str, ...]


@cache
def words_for(task: Task, label_set: LabelSet) -> Words:
    """Return the words that answers to a task are read by.

    Raises:
        PackError: the data file gives one word to two labels.
    """
    data = _data()
    section = task if task != "fraud_type" else label_set.value
    labels = labels_of(task, label_set)
    names = [FIELDS[task], *data["keys"][task], *data["keys"]["any"]]
    lead_ins = [f"{plain(word)}:" for word in data["lead_ins"]] + [plain(word) for word in data["lead_in_phrases"]]
    return Words(
        field=FIELDS[task],
        labels=frozenset(labels),
        other_fields=_plain_set(names),
        field_pattern="|".join(sorted(map(_spelt, names), key=len, reverse=True)),
        standing_for=_standing_for(labels, data[section], section),
        in_its_field=_standing_for((), data["fraud_values"], "fraud_values") if task == "fraud" else {},
        abstentions=_plain_set(data["abstentions"]),
        lead_ins=tuple(sorted(lead_ins, key=len, reverse=True)),
        suffixes=tuple(sorted(map(plain, data["suffixes"][task]), key=len, reverse=True)),
    )


@cache
def phrases() -> Phrases:
    """Return the phrases of those who do not answer."""
    data = _data()
    return Phrases(
        abstaining=tuple(map(plain, data["abstaining_phrases"])), refusing=tuple(map(plain, data["refusing_phrases"]))
    )


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_yaml(_FILE, PackError)
    return data


def _spelt(name: str) -> str:
    """Return a regular expression of a name with any separator between its words."""
    return r"[\s_\-]*".join(map(re.escape, re.split(r"[\s_\-]+", name)))


def _plain_set(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(plain, words))


def _standing_for(labels: Iterable[str], listed: Mapping[str, Iterable[str]], section: str) -> dict[str, str]:
    table = {plain(label): label for label in labels}
    for label, others in listed.items():
        for word in map(plain, others):
            if table.setdefault(word, label) != label:
                raise PackError(f"{_FILE}: {section}: {word!r} stands for {table[word]} and {label}; give it to one.")
    return table
