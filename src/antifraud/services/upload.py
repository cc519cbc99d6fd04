"""What uploading a folder to a repository of data sets means, wherever it lies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from antifraud.errors import ServiceError

_REFUSED: Final = (401, 403)
_SHOWN_CHARACTERS: Final = 300


@dataclass(frozen=True)
class Place:
    """The repository that a folder goes to, and who is asked."""

    repo: str
    """As owner/name."""
    endpoint: str
    token: str
    token_variable: str
    """The environment variable that the token came from."""
    is_private: bool
    licence: str
    """SPDX id, or other; for services that ask for it when a repository is made."""


@dataclass(frozen=True)
class Uploaded:
    """What lies in the repository afterwards."""

    url: str
    present: frozenset[str]
    """Paths of its files, as the service lists them."""


class Upload(Protocol):
    """Uploads every file of a folder; what lies there already is not sent again."""

    def __call__(self, folder: Path, place: Place, *, is_quiet: bool) -> Uploaded:
        """Upload a folder.

        Raises:
            ServiceError: the service refused, is not there, or keeps the repository public against `is_private`.
        """


def failure(exc: BaseException, place: Place) -> ServiceError:
    """Return the one line to show when an upload failed; the token is never in it."""
    chain = list(_causes(exc))
    status = next((found for each in chain if (found := _status(each)) is not None), None)
    if status in _REFUSED:
        return ServiceError(
            f"{place.endpoint}: {place.token_variable} was refused ({status}) for {place.repo};"
            " give a token that may write there."
        )
    said = next((line for each in chain for line in str(each).splitlines() if line.strip()), type(exc).__name__)
    said = said.replace(place.token, "***").strip()[:_SHOWN_CHARACTERS].rstrip(".")
    number = f" ({status})" if status is not None else ""
    return ServiceError(
        f"{place.endpoint}: upload to {place.repo} failed{number}: {said}. Run the same command again; what lies there"
        " already is not sent twice."
    )


def not_private(place: Place) -> ServiceError:
    """Return the line to show when a repository is public and was asked to be private."""
    return ServiceError(
        f"{place.endpoint}: {place.repo} exists and is public; nothing was sent. Make it private there, give another"
        " --repo, or leave --private out."
    )


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    """Yield an error after those that it comes from: the first one knows best."""
    if exc is not None:
        yield from _causes(exc.__cause__)
        yield exc


def _status(exc: BaseException) -> int | None:
    found = getattr(getattr(exc, "response", None), "status_code", None) or getattr(exc, "status_code", None)
    return found if isinstance(found, int) else None
