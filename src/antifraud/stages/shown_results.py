"""The results of models for the pages of `view`: read by the evaluation, shown by the site."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from antifraud.evaluation.parsing import read_given
from antifraud.evaluation.records import Prediction
from antifraud.evaluation.results import Results
from antifraud.labels import LabelSet
from antifraud.site.shown_models import ShownAnswer, ShownModel
from antifraud.store.lines import parse_line, read_records

_RESULTS: Final = "results.json"
_PREDICTIONS: Final = "predictions.jsonl"


def models_in(paths: Sequence[Path]) -> list[ShownModel]:
    """Return the models whose results lie at or below the paths: `NAME.results.json`, or a folder with `results.json`.

    Raises:
        RecordError: results or predictions are not what `score` and `evaluate` write.
    """
    return [_model(path) for path in dict.fromkeys(found for path in paths for found in _results_at(path))]


def _results_at(path: Path) -> Iterator[Path]:
    if path.is_file():
        if path.name.endswith(_RESULTS):
            yield path
        return
    for pattern in (_RESULTS, f"*.{_RESULTS}", f"*/{_RESULTS}", f"results/*/{_RESULTS}"):
        yield from sorted(path.glob(pattern))


def _model(path: Path) -> ShownModel:
    results = parse_line(path.read_bytes(), Results, str(path))
    name = path.name.removesuffix(_RESULTS)
    said = path.with_name(f"{name.rstrip('.')}.jsonl" if name else _PREDICTIONS)
    answers = dict(_answers(said, results.label_sets[0])) if said.is_file() else {}
    return ShownModel(results.model, results.model_dump(mode="json"), answers)


def _answers(path: Path, label_set: LabelSet) -> Iterator[tuple[str, tuple[ShownAnswer, ...]]]:
    for prediction in read_records(path, Prediction):
        if prediction.heard_seconds is None:
            yield prediction.id, tuple(_shown(prediction, label_set))


def _shown(prediction: Prediction, label_set: LabelSet) -> Iterator[ShownAnswer]:
    for given in prediction.answers:
        reading = read_given(given, label_set)
        yield ShownAnswer(given.task, given.raw, given.reasoning, reading.strict, reading.status.value)
