"""START HERE: a baseline as a model: asked about an item of a snapshot, it answers as every model is to answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal, get_args

from antifraud.errors import UsageError
from antifraud.evaluation.baselines.classifiers import classifier
from antifraud.evaluation.baselines.examples import read_examples
from antifraud.evaluation.baselines.excerpts import excerpt_of
from antifraud.evaluation.baselines.guesses import Guesser, Guesses, as_answer
from antifraud.evaluation.baselines.keyword_rules import keyword_guesses
from antifraud.evaluation.baselines.majority import majority
from antifraud.evaluation.baselines.oracle import oracle_guesses
from antifraud.evaluation.bench_calls import BenchCalls, read_calls
from antifraud.evaluation.records import Given
from antifraud.records import Seconds, Task
from antifraud.snapshot import Item, Reference

BaselineName = Literal["majority", "keywords", "lengths", "tfidf", "logmel", "oracle"]
BASELINES: Final[tuple[BaselineName, ...]] = get_args(BaselineName)
UNTRAINED: Final[frozenset[BaselineName]] = frozenset({"keywords", "oracle"})
"""Those that need no release."""
_REASONS: Final[dict[BaselineName, str]] = {
    "majority": "训练数据里最常见的标签",
    "keywords": "按关键词计数",
    "lengths": "按长度回归",
    "tfidf": "按字组回归",
    "logmel": "按声音的频带统计回归",
    "oracle": "按参考标注里的行为",
}

Guess = Callable[[Item, Reference, float | None], Guesses]


class Baseline:
    """A model of `evaluation.models.Model`; it reads true transcripts, and what it answered before changes nothing."""

    def __init__(self, name: BaselineName, calls: BenchCalls, guess: Guess) -> None:
        self.name: str = name
        self._reason = _REASONS[name]
        self._guess = guess
        self._references = {item.id: reference for item, reference in calls.pairs()}
        self._guesses: dict[tuple[str, float | None], Guesses] = {}

    async def answer(
        self,
        item: Item,
        task: Task,
        earlier: Sequence[Given],  # noqa: ARG002 - the protocol of models
        heard_seconds: Seconds | None,
    ) -> Given:
        """Return the answer to a task on a call of the snapshot, or on its beginning."""
        return self.given(item, task, heard_seconds)

    def given(self, item: Item, task: Task, heard_seconds: Seconds | None) -> Given:
        """Return the same at once."""
        key = (item.id, heard_seconds)
        if key not in self._guesses:
            self._guesses[key] = self._guess(item, self._references[item.id], heard_seconds)
        return Given(task=task, raw=as_answer(task, self._guesses[key].get(task), self._reason))


def baseline(name: str, release: Path | None, bench: Path) -> Baseline:
    """Return a baseline for the calls of a snapshot, trained on a release where it learns.

    Raises:
        UsageError: no such baseline, or one that learns without a release.
        AntifraudError: release or snapshot cannot be read, or share a storyline.
    """
    return baseline_on(known_name(name), release, read_calls(bench))


def known_name(name: str) -> BaselineName:
    """Return a name as one of a baseline.

    Raises:
        UsageError: it is none.
    """
    known = next((each for each in BASELINES if each == name), None)
    if known is None:
        raise UsageError(f"baseline {name!r} is none; expected one of {', '.join(BASELINES)}.")
    return known


def baseline_on(name: BaselineName, release: Path | None, calls: BenchCalls) -> Baseline:
    """Return a baseline for calls that were read already; raises as `baseline` does."""
    if name == "oracle":
        return Baseline(name, calls, lambda _, reference, heard: oracle_guesses(reference, heard))
    guesser = _guesser(name, release, calls)

    def guess(item: Item, reference: Reference, heard_seconds: float | None) -> Guesses:
        return guesser(excerpt_of(item, reference, calls.folder, heard_seconds), item.label_set)

    return Baseline(name, calls, guess)


def _guesser(
    name: Literal["majority", "keywords", "lengths", "tfidf", "logmel"], release: Path | None, calls: BenchCalls
) -> Guesser:
    if name == "keywords":
        return keyword_guesses
    if release is None:
        raise UsageError(f"baseline {name!r} learns; give the release it shall learn from.")
    examples = read_examples(release, {reference.storyline for reference in calls.references})
    if name == "majority":
        return majority(examples)
    return classifier(name, examples, release, sorted({item.label_set for item in calls.items}))
