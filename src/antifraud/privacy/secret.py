"""The key that surrogates and fingerprints come from; it never lies beside the data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from antifraud.config import PRIVACY_KEY_VARIABLE, Config
from antifraud.errors import ConfigError

_FEWEST_BYTES: Final = 16
"""128 bits, so that names and numbers cannot be tried out against surrogates."""


def read_key(config: Config, environment: Mapping[str, str]) -> bytes:
    """Return the key from the environment variable, else from the file that `privacy.key_file` names.

    Raises:
        ConfigError: there is no key, it is too short, or its file lies inside the folder of runs.
    """
    source, key = PRIVACY_KEY_VARIABLE, environment.get(PRIVACY_KEY_VARIABLE, "").strip().encode()
    file = config.privacy.key_file
    if not key and file is not None:
        if file.resolve().is_relative_to(config.run.folder.resolve()):
            raise ConfigError(
                f"{file}: a key must not lie in the folder of runs, {config.run.folder}; move it elsewhere."
            )
        source, key = str(file), _read(file)
    if not key:
        raise ConfigError(
            f"No key for surrogates: set {PRIVACY_KEY_VARIABLE}, or privacy.key_file to a file outside of"
            f" {config.run.folder}."
            f" To make one: openssl rand -hex 32."
        )
    if len(key) < _FEWEST_BYTES:
        raise ConfigError(
            f"{source}: the key has {len(key)} bytes; expected at least {_FEWEST_BYTES}. To make one: openssl"
            f" rand -hex 32."
        )
    return key


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes().strip()
    except OSError as exc:
        raise ConfigError(f"{file}: the key cannot be read: {exc.strerror}. Check privacy.key_file.") from exc
