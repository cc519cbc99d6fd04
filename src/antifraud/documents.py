"""YAML from outside, and how to say what is wrong with it in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from antifraud.errors import AntifraudError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SECRET_WORDS = ("key", "token", "secret", "password")
_SHOWN_CHARACTERS = 80


def read_yaml(path: Path, error: type[AntifraudError]) -> Any:
    """Read one YAML file; nothing in it can run code.

    Raises:
        error: it cannot be read, or is not YAML; the message names line and column.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader, in C
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise error(f"{where}: not YAML: {exc.problem}. Correct this line.") from exc
    except OSError as exc:
        raise error(f"{path}: cannot be read: {exc.strerror}.") from exc
    except (UnicodeDecodeError, yaml.YAMLError) as exc:
        raise error(f"{path}: not YAML in UTF-8: {exc}.") from exc


def is_secret(name: str) -> bool:
    """Tell whether a key's value must never be shown."""
    return any(word in name.lower() for word in _SECRET_WORDS)


def masked(value: Any, name: str = "") -> Any:
    """Return a value with every secret inside replaced by ***."""
    if isinstance(value, dict):
        return {key: masked(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked(inner, name) for inner in value]
    return "***" if is_secret(name) and value not in (None, "") else value


def misfits(exc: ValidationError) -> list[tuple[tuple[str | int, ...], str, str]]:
    """Return (place, what fits, what was found) for each thing a model refused; secrets are masked."""
    found = []
    for error in exc.errors(include_url=False, include_context=False):
        place = error["loc"]
        last = next((part for part in reversed(place) if isinstance(part, str) and part != "[key]"), "")
        value = repr(masked(error["input"], last))
        value = value if len(value) <= _SHOWN_CHARACTERS else value[: _SHOWN_CHARACTERS - 3] + "..."
        message = error["msg"].removeprefix("Value error, ")
        found.append((place, message[:1].lower() + message[1:], value))
    return found


def dotted(place: tuple[str | int, ...]) -> str:
    """Return a place in a document as a.b.0.c."""
    return ".".join(map(str, place))
