"""START HERE: finds results in folders, refuses those of different snapshots, and puts the rest in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError

from antifraud.documents import dotted, misfits
from antifraud.errors import AntifraudError, RecordError
from antifraud.evaluation.judge.judge_results import JudgeResults
from antifraud.evaluation.leaderboard.columns import COLUMNS, Entry
from antifraud.evaluation.results import Results
from antifraud.records import Record

RESULTS: Final = "*results.json"
"""What `score` writes beside predictions, whatever stands before."""
JUDGED: Final = "judge.json"
_SEAL_CHARACTERS: Final = 12

R = TypeVar("R", bound=Record)


class Row(Record):
    """A model with what it reached."""

    model: str
    values: dict[str, float | str | None]
    """By the keys of the columns; None where it was not measured."""
    results: str
    """The file that the figures are from."""


class Leaderboard(Record):
    """Models on one snapshot, the best first."""

    snapshot: str
    seal: str
    calls: int
    storylines: int
    by: str
    """Key of the column that orders them."""
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    """What keeps figures from being compared."""


@dataclass(frozen=True)
class _Found:
    entry: Entry
    path: Path


def leaderboard(folders: Iterable[Path], by: str) -> Leaderboard:
    """Return the models whose results lie in some folders, or below them; a copy of a result counts once.

    Args:
        by: key of a column; models that lack it come last.

    Raises:
        AntifraudError: there are no results, or they are of different snapshots.
        RecordError: a file is not what its name says.
    """
    found = list(_found(folders))
    _refuse_mixture(found)
    column = next(each for each in COLUMNS if each.key == by)

    def rank(each: _Found) -> tuple[bool, float, str, str]:
        value = column.read(each.entry)
        number = value if isinstance(value, float) else None
        better = 0.0 if number is None else -number if column.is_better_high else number
        return number is None, better, each.entry.results.model, str(each.path)

    ranked = sorted(found, key=rank)
    first = ranked[0].entry.results
    names = [each.entry.results.model for each in ranked]
    return Leaderboard(
        snapshot=first.snapshot,
        seal=first.seal,
        calls=first.calls,
        storylines=first.storylines,
        by=by,
        rows=tuple(_row(each, is_ambiguous=names.count(each.entry.results.model) > 1) for each in ranked),
        notes=tuple(_notes([each.entry for each in ranked])),
    )


def _row(found: _Found, *, is_ambiguous: bool) -> Row:
    name = found.entry.results.model
    return Row(
        model=f"{name} ({found.path.parent.name}/{found.path.name})" if is_ambiguous else name,
        values={column.key: column.read(found.entry) for column in COLUMNS},
        results=str(found.path),
    )


def _found(folders: Iterable[Path]) -> Iterator[_Found]:
    """Yield the results of each predictions file on each snapshot, with what a judge said of the same."""
    given = list(folders)
    judged: dict[tuple[str, str], JudgeResults] = {}
    for path in _files(given, JUDGED):
        judge = _read(path, JudgeResults)
        judged[judge.seal, judge.predictions_sha256] = judge
    seen: set[tuple[str, str]] = set()
    for path in _files(given, RESULTS):
        scored = _read(path, Results)
        key = scored.seal, scored.predictions_sha256
        if key not in seen:
            seen.add(key)
            yield _Found(Entry(scored, judged.get(key)), path)


def _files(folders: Iterable[Path], pattern: str) -> Iterator[Path]:
    """Yield files of a folder or below it by their paths, each once; a file that was given stands for itself."""
    found: dict[Path, Path] = {}
    for folder in folders:
        if not folder.exists():
            raise RecordError(f"{folder}: not found; give folders that hold results of score.")
        for path in [folder] if folder.is_file() and folder.match(pattern) else sorted(folder.rglob(pattern)):
            found.setdefault(path.resolve(), path)
    yield from found.values()


def _read(path: Path, model: type[R]) -> R:
    try:
        return model.model_validate_json(path.read_bytes())
    except OSError as exc:
        raise RecordError(f"{path}: cannot be read: {exc.strerror}.") from exc
    except ValidationError as exc:
        place, fits, value = misfits(exc)[0]
        raise RecordError(
            f"{path}: not {model.__name__}: {dotted(place) or 'the file'}: {fits}; found {value}. Score again."
        ) from exc


def _refuse_mixture(found: Iterable[_Found]) -> None:
    first_of: dict[str, _Found] = {}
    for each in found:
        first_of.setdefault(each.entry.results.seal, each)
    if not first_of:
        raise AntifraudError(f"no {RESULTS} here; run antifraud score first, or give other folders.")
    if len(first_of) > 1:
        lines = [
            f"{each.path}: snapshot {each.entry.results.snapshot}, seal {seal[:_SEAL_CHARACTERS]}"
            for seal, each in first_of.items()
        ]
        what = "Scores on different snapshots say nothing about each other; give the results of one."
        raise AntifraudError("\n".join([*lines, what]))


def _notes(entries: Iterable[Entry]) -> Iterator[str]:
    known = list(entries)
    judges: Mapping[str, None] = {each.judge.judge: None for each in known if each.judge}
    if len(judges) > 1:
        yield f"judged by {' and by '.join(judges)}: their points and the totals of the paper are no common scale"
    for each in known:
        if each.judge and each.judge.is_teacher:
            yield f"{each.results.model}: judged by {each.judge.judge}, which wrote the reference reasoning"
        if each.results.missing:
            yield f"{each.results.model}: {each.results.missing} calls have no prediction and count as wrong"
