"""What is on its way in batches, and what failed there: batches.json beside the journal, rewritten by rename."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from antifraud.errors import StoreError
from antifraud.services.exchange import Usage
from antifraud.store.files import write_atomic


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Submitted(_Kept):
    """A batch on its way."""

    id: str | None = None
    """None from before its creation until the answer to that: it may have begun or not."""
    file: str
    model: str
    format: str | None
    """The kind of `response_format` that its requests ask for."""
    keys: tuple[str, ...]
    """Those of the journal."""
    prompt: int
    """Upper bounds of its tokens."""
    completion: int

    @property
    def bound(self) -> Usage:
        """What it can use at most."""
        return Usage(prompt=self.prompt, completion=self.completion)


class Failure(_Kept):
    """What came of a question instead of an answer."""

    why: str
    is_final: bool = False
    """Submitting it again cannot help."""
    times: int = 1
    """Submissions that failed."""


class _Content(_Kept):
    batches: tuple[Submitted, ...] = ()
    failed: dict[str, Failure] = {}


class BatchBook:
    """The file and what stands in it; every change is on disk when its method returns.

    The journal's lock keeps other processes away.

    Raises:
        StoreError: the file cannot be read, or is not one of ours.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        content = _read(path)
        self.batches = content.batches
        self.failed = content.failed

    def add(self, batch: Submitted) -> None:
        """Note a batch that is about to be created."""
        self._save((*self.batches, batch), self.failed)

    def begin(self, batch: Submitted, batch_id: str) -> Submitted:
        """Note the id of a batch and return it with that."""
        begun = batch.model_copy(update={"id": batch_id})
        self._save(tuple(begun if known == batch else known for known in self.batches), self.failed)
        return begun

    def close(self, batch: Submitted, failures: Mapping[str, Failure]) -> None:
        """Take out a batch whose answers are in the journal, and note which of its questions have none."""
        settled = set(batch.keys)
        failed = {key: known for key, known in self.failed.items() if key not in settled}
        for key, failure in failures.items():
            before = self.failed[key].times if key in self.failed else 0
            failed[key] = failure.model_copy(update={"times": before + 1})
        self._save(tuple(known for known in self.batches if known != batch), failed)

    def _save(self, batches: tuple[Submitted, ...], failed: dict[str, Failure]) -> None:
        content = _Content(batches=batches, failed=failed)
        write_atomic(self._path, orjson.dumps(content.model_dump()))
        self.batches, self.failed = content.batches, content.failed


def _read(path: Path) -> _Content:
    try:
        return _Content.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return _Content()
    except OSError as exc:
        raise StoreError(f"{path}: cannot be read: {exc.strerror}.") from exc
    except ValidationError as exc:
        raise StoreError(
            f"{path}: not a list of batches; without it those on their way would be paid twice. Restore it,"
            " or remove it where none is on its way."
        ) from exc
