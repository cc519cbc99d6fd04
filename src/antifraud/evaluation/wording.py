"""The words that models are asked with besides the questions of a snapshot."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from antifraud.documents import read_yaml
from antifraud.errors import PackError, RecordError
from antifraud.labels import Speaker
from antifraud.records import Record, Task
from antifraud.snapshot import Item
from antifraud.store.files import sha256_of

_FILE: Final = Path(__file__).with_name("wording.yaml")


class Wording(Record):
    """The sentences of wording.yaml."""

    binary: str
    """The one question of TeleAntiFraud 2.0, which is answered with fraud or normal and nothing else."""
    transcript: str
    """Before the question where a call is read; `{lines}` stands for what was said."""
    caller: str
    callee: str

    def side(self, speaker: Speaker) -> str:
        """Return what a side is called."""
        return self.caller if speaker is Speaker.CALLER else self.callee


@cache
def wording() -> Wording:
    """Return the words; `wording_version` is their hash."""
    return Wording.model_validate(read_yaml(_FILE, PackError))


def wording_version() -> str:
    """Return the hash that results name them by."""
    return sha256_of(_FILE)


def question(item: Item, task: Task, *, is_binary: bool) -> str:
    """Return how a task is asked about an item.

    Raises:
        RecordError: the item has no question for it.
    """
    if is_binary:
        return wording().binary
    if task not in item.questions:
        raise RecordError(f"{item.id}: the item has no question for {task}; build the snapshot again, or ask --binary.")
    return item.questions[task]
