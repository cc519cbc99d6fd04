"""Sealed folders: releases and snapshots, whose manifest lists every file with its checksum."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from antifraud.errors import IntegrityError, StoreError
from antifraud.store.files import write_error
from antifraud.store.manifest import TIMES, dump_json, fingerprint, read_json, write_manifest

MANIFESTS = ("dataset_manifest.json", "manifest.json")
"""Names a manifest may have: of a release, and of a snapshot."""


def files_in(folder: Path) -> list[str]:
    """Return every file below a folder as a sorted relative path; links count as files."""
    found = []
    for root, folders, names in os.walk(folder):
        links = [name for name in folders if Path(root, name).is_symlink()]
        found += [Path(root, name).relative_to(folder).as_posix() for name in [*names, *links]]
    return sorted(found)


def seal(folder: Path, name: str, content: Mapping[str, Any], known: Mapping[str, str] | None = None) -> None:
    """Write the manifest of a finished folder: its content, every file, and a checksum over both.

    Args:
        known: SHA-256 of files that were checked when they were written, by their path; they are not read again.
    """
    known = known or {}
    listed = {
        path: {"bytes": (folder / path).stat().st_size, "sha256": known[path]}
        if path in known
        else fingerprint(folder / path)
        for path in files_in(folder)
    }
    manifest = {**content, "files": listed}
    write_manifest(folder / name, {**manifest, "seal": _seal_of(manifest)})


def _seal_of(manifest: Mapping[str, Any]) -> str:
    covered = {key: value for key, value in manifest.items() if key not in (TIMES, "seal", "antifraud")}
    return hashlib.sha256(dump_json(covered)).hexdigest()


def read_manifest(folder: Path) -> tuple[str, dict[str, Any]]:
    """Return name and content of a folder's manifest.

    Raises:
        StoreError: there is none, or it cannot be read.
    """
    for name in MANIFESTS:
        if (folder / name).is_file():
            manifest = read_json(folder / name)
            if isinstance(manifest, dict) and isinstance(manifest.get("files"), dict):
                return name, manifest
            raise StoreError(f"{folder / name}: not a manifest: expected an object with `files`.")
    raise StoreError(f"{folder}: no {' or '.join(MANIFESTS)} here; give the folder of a release or a snapshot.")


def differences(folder: Path, *, unread: str = "") -> Iterator[str]:
    """Yield a line for each file that is changed, missing or not in the manifest, and for a changed manifest.

    Args:
        unread: files whose paths begin so need only be there with the right size; empty for none.

    Raises:
        StoreError: the folder has no readable manifest.
    """
    name, manifest = read_manifest(folder)
    if manifest.get("seal") != _seal_of(manifest):
        yield f"{name}: changed (its own seal does not fit)"
    listed, present = manifest["files"], set(files_in(folder)) - {name}
    for path in sorted(listed.keys() - present):
        yield f"{path}: missing"
    for path in sorted(present - listed.keys()):
        yield f"{path}: not in the manifest"
    for path in sorted(present & listed.keys()):
        if (folder / path).is_symlink():
            yield f"{path}: a link, not a file"
        elif unread and path.startswith(unread):
            if (folder / path).stat().st_size != listed[path]["bytes"]:
                yield f"{path}: changed"
        elif fingerprint(folder / path) != listed[path]:
            yield f"{path}: changed"


def read_sealed(folder: Path, names: Iterable[str]) -> dict[str, Any]:
    """Return the manifest of a folder, when it and the files named are as they were sealed; others are not looked at.

    Raises:
        IntegrityError: they are not.
        StoreError: the folder has no readable manifest.
    """
    name, manifest = read_manifest(folder)
    if manifest.get("seal") != _seal_of(manifest):
        raise IntegrityError(f"{folder / name}: changed (its own seal does not fit). Restore the folder.")
    for path in names:
        if not (folder / path).is_file() or fingerprint(folder / path) != manifest["files"].get(path):
            raise IntegrityError(f"{folder / path}: not the file of {name}. Restore it; antifraud verify tells more.")
    return manifest


def copy_checked(source: Path, target: Path, sha256: str) -> None:
    """Copy a file whose checksum is known.

    Raises:
        IntegrityError: the source is missing or not the file it was.
        StoreError: the disk is full.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        reading = open(source, "rb")  # noqa: SIM115 - closed below; its errors are not those of writing
    except OSError as exc:
        found = "not found" if isinstance(exc, FileNotFoundError) else f"cannot be read: {exc.strerror}"
        raise IntegrityError(f"{source}: {found}. Remove its record and run synthesize again.") from exc
    try:
        with reading, open(target, "wb") as writing:
            while block := reading.read(1 << 20):
                digest.update(block)
                writing.write(block)
    except OSError as exc:
        raise write_error(target, exc) from exc
    if digest.hexdigest() != sha256:
        raise IntegrityError(f"{source}: changed since it was made. Remove its record and run synthesize again.")
