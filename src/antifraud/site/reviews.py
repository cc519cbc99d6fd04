"""What people say of calls they heard: one line a judgement, the last one of a reviewer counts."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import StringConstraints

from antifraud.records import Id, Record
from antifraud.store.files import make_folder, write_error
from antifraud.store.lines import dump_line, read_records

Opinion = Literal["yes", "no", "unsure"]
QUESTIONS: Final = ("natural", "label_right", "heard_well")


class Review(Record):
    """One person's judgement of one call; a question that was passed over is null."""

    schema_version: Literal[1] = 1
    id: Id
    shelf: str
    """Name of the run, release or snapshot that the call was shown from."""
    reviewer: Annotated[str, StringConstraints(min_length=1, max_length=64)]
    natural: Opinion | None = None
    """Do people talk like this?"""
    label_right: Opinion | None = None
    heard_well: Opinion | None = None
    note: Annotated[str, StringConstraints(max_length=2000)] = ""


def reviews_path(shown: Path, is_sealed: bool) -> Path:
    """Return where the reviews of what is shown go: into a run or a folder, but beside what is sealed."""
    place = shown.resolve()
    if is_sealed or place.is_file():
        return place.with_name(f"{place.stem if place.is_file() else place.name}-reviews.jsonl")
    return place / "reviews.jsonl"


def append(path: Path, review: Review) -> None:
    """Add one line by one write.

    Raises:
        StoreError: the file cannot be written.
    """
    make_folder(path.parent)
    try:
        handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            os.write(handle, dump_line(review))
        finally:
            os.close(handle)
    except OSError as exc:
        raise write_error(path, exc) from exc


@dataclass(frozen=True)
class Agreement:
    """How far two reviewers say the same to one question."""

    question: str
    one: str
    other: str
    calls: int
    """That both judged."""
    kappa: float | None


def holds_reviews(path: Path) -> bool:
    """Tell whether a file holds reviews, by its first line."""
    with open(path, "rb") as file:
        return b'"reviewer"' in file.readline()


def agreements(paths: Iterable[Path]) -> list[Agreement]:
    """Return the agreement of every pair of reviewers on every question.

    Raises:
        RecordError: a line is no review.
    """
    said: dict[str, dict[str, dict[str, Opinion]]] = {question: defaultdict(dict) for question in QUESTIONS}
    for path in paths:
        for review in read_records(path, Review):
            for question in QUESTIONS:
                if opinion := getattr(review, question):
                    said[question][review.reviewer][f"{review.shelf}/{review.id}"] = opinion
    found = []
    for question, reviewers in said.items():
        for one, other in combinations(sorted(reviewers), 2):
            calls, value = kappa(reviewers[one].items(), reviewers[other].items())
            found.append(Agreement(question, one, other, calls, value))
    return found


def kappa(one: Iterable[tuple[str, Opinion]], other: Iterable[tuple[str, Opinion]]) -> tuple[int, float | None]:
    """Return how many calls both judged, and Cohen's kappa on them; None where chance alone explains all.

    Source: Cohen 1960, A coefficient of agreement for nominal scales.
    """
    first, second = dict(one), dict(other)
    both = sorted(first.keys() & second.keys())
    if not both:
        return 0, None
    observed = sum(first[call] == second[call] for call in both) / len(both)
    chance = 0.0
    for value in {*first.values(), *second.values()}:
        shares = [sum(said[call] == value for call in both) / len(both) for said in (first, second)]
        chance += shares[0] * shares[1]
    return len(both), None if chance == 1 else (observed - chance) / (1 - chance)
