"""Size and SHA-256 of every file of a release, read once for metadata, SHA256SUMS and the manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from antifraud.store.files import write_atomic
from antifraud.store.manifest import fingerprint
from antifraud.store.sealed import files_in

SUMS: Final = "SHA256SUMS"
Fingerprints = dict[str, dict[str, Any]]
"""Size in `bytes` and `sha256` of files, by their path in the release."""


def fingerprints(folder: Path, known: Mapping[str, str]) -> Fingerprints:
    """Return the fingerprint of every file in a folder, sorted by path.

    Args:
        known: SHA-256 of files that were checked when they were written, by path; they are not read again.
    """
    return {
        path: {"bytes": (folder / path).stat().st_size, "sha256": known[path]}
        if path in known
        else fingerprint(folder / path)
        for path in files_in(folder)
    }


def write_sums(folder: Path, known: Mapping[str, Mapping[str, Any]]) -> None:
    """Write what `sha256sum -c SHA256SUMS` reads; the manifest, written later, is not in it."""
    lines = "".join(f"{known[path]['sha256']}  {path}\n" for path in sorted(known))
    write_atomic(folder / SUMS, lines.encode())
