"""Answers in a file of their own, read one by one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from antifraud.evaluation.parsing import Reading, read_answer
from antifraud.evaluation.records import Finish
from antifraud.labels import LabelSet
from antifraud.records import Task
from antifraud.store.lines import read_records


class AnswerLine(BaseModel):
    """One line; what else it holds is let pass."""

    model_config = ConfigDict(frozen=True)

    task: Task
    raw: str | None
    finish: Finish = "stop"
    label_set: LabelSet | None = None


def read_answers(path: Path, label_set: LabelSet) -> Iterator[Reading]:
    """Yield what each answer of a file says.

    Args:
        label_set: of lines that name none.

    Raises:
        RecordError: the file cannot be read, or a line lacks its task or raw text.
    """
    for line in read_records(path, AnswerLine):
        yield read_answer(line.raw, line.task, line.label_set or label_set, line.finish)
