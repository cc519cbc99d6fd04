"""labels.csv: which call is fraud, by file name or id, and what else is known of it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from antifraud.documents import dotted, misfits
from antifraud.errors import RecordError
from antifraud.intake.transcripts.encodings import encoding_of
from antifraud.intake.utterances import Unfit
from antifraud.labels import FraudType, OfficialCategory, Scene

NAME_COLUMNS: Final = ("file", "name", "id", "path", "filename")
Label = Literal["fraud", "lawful"]
_SPELLINGS: Final[dict[str, Label]] = {
    **dict.fromkeys(("fraud", "诈骗", "涉诈", "true", "1"), "fraud"),
    **dict.fromkeys(("lawful", "normal", "正常", "false", "0"), "lawful"),
}


class Known(BaseModel):
    """What somebody says of a call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    label: Label
    fraud_type: FraudType | None = None
    scene: Scene | None = None
    official_category: OfficialCategory | None = None

    @field_validator("label", mode="before")
    @classmethod
    def _spelt(cls, value: object) -> object:
        return _SPELLINGS.get(str(value).strip().lower(), value)

    @model_validator(mode="after")
    def _lawful_calls_have_no_fraud_type(self) -> Known:
        if self.label == "lawful" and (self.fraud_type or self.official_category):
            raise ValueError("a lawful call has neither fraud_type nor official_category")
        return self


class LabelSheet:
    """What is known of each call, and of those that no line names."""

    def __init__(self, rows: Mapping[str, Known], other: Label | None) -> None:
        self._rows = rows
        self._other = Known(label=other) if other else None

    def of(self, names: Iterable[str], from_file: str | None) -> Known | None:
        """Return what is known of a call; a line of the sheet counts most, then the call's file, then the rest.

        Args:
            names: what the sheet may call it.
            from_file: a fraud type or a scene, where the file of the call holds one.
        """
        if row := next((self._rows[name] for name in names if name in self._rows), None):
            return row
        if from_file in set(FraudType):
            return Known(label="fraud", fraud_type=FraudType(from_file))
        if from_file in set(Scene):
            return Known(label="lawful", scene=Scene(from_file))
        return self._other


def read_sheet(path: Path | None, other: Label | None) -> LabelSheet:
    """Read a sheet of labels.

    Args:
        path: CSV with a column `file`, `name` or `id`, a column `label`, and any of `fraud_type`, `scene` and
            `official_category`; None for no sheet.
        other: the label of calls that the sheet does not name; None where such calls are to be refused.

    Raises:
        RecordError: it cannot be read, a column is unknown, or a value does not fit.
    """
    rows: dict[str, Known] = {}
    if path is None:
        return LabelSheet(rows, other)
    try:
        with open(path, newline="", encoding=encoding_of(path)) as file:
            reader = csv.DictReader(file)
            name_column = next((name for name in reader.fieldnames or () if name in NAME_COLUMNS), None)
            if name_column is None:
                raise RecordError(f"{path}:1: no column {' or '.join(NAME_COLUMNS)}; name the files in one of these.")
            for row in reader:
                name = (row.pop(name_column) or "").strip()
                known = _known({key: value for key, value in row.items() if value}, f"{path}:{reader.line_num}")
                if rows.setdefault(name, known) != known:
                    raise RecordError(f"{path}:{reader.line_num}: a second line for one file says otherwise; keep one.")
    except OSError as exc:
        raise RecordError(f"{path}: cannot be read: {exc.strerror}.") from exc
    except (Unfit, csv.Error) as exc:
        raise RecordError(f"{path}: no sheet of labels: {exc}. Expected CSV with the columns file and label.") from exc
    return LabelSheet(rows, other)


def _known(row: dict[str, str], where: str) -> Known:
    try:
        return Known.model_validate({key: value.strip() for key, value in row.items()})
    except (ValidationError, AttributeError) as exc:
        if isinstance(exc, AttributeError):
            raise RecordError(f"{where}: more values than columns; correct this line.") from exc
        place, fits, found = misfits(exc)[0]
        raise RecordError(f"{where}: {dotted(place) or 'the line'}: {fits}; found {found}. Correct this line.") from exc
