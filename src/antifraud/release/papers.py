"""The papers of a release: card, licence, citation, metadata and checksums, written when the data lie there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from antifraud.release.card import Card, card_text, description
from antifraud.release.checksums import fingerprints, write_sums
from antifraud.release.citation import citation
from antifraud.release.counts import Counts
from antifraud.release.croissant import croissant
from antifraud.release.licences import licence_of_release, licence_text
from antifraud.release.observed import Observed
from antifraud.release.tables import tables_of
from antifraud.release_config import PackConfig
from antifraud.store.files import write_atomic
from antifraud.store.manifest import dump_json, fingerprint


@dataclass(frozen=True)
class Packed:
    """What was packed, and how."""

    config: PackConfig
    splits: Mapping[str, Counts]
    observed: Observed
    content: Mapping[str, Any]
    """What the manifest says: engines, sample rates, standards, shared voices."""
    seed: int


def write_papers(folder: Path, packed: Packed, known: Mapping[str, str]) -> dict[str, str]:
    """Write what surrounds the data; return the SHA-256 of every file but SHA256SUMS, for the manifest.

    Args:
        known: SHA-256 of files that were checked when they were written, by path.
    """
    config, engines, sources = packed.config, packed.content["engines"], packed.observed.sources
    licence = licence_of_release(config.licence, engines, sources)
    files = fingerprints(folder, known)
    tables = tables_of(files, [split for split, counts in packed.splits.items() if counts.calls])
    card = Card(config, licence, packed.splits, packed.observed, packed.content, tables, packed.seed)
    papers = {
        "CITATION.cff": citation(config, licence).encode(),
        "LICENSE": licence_text(config.name, licence, engines, sources).encode(),
        "README.md": card_text(card).encode(),
        "croissant.json": dump_json(croissant(config, licence, files, description(card))),
    }
    for name, data in papers.items():
        write_atomic(folder / name, data)
        files[name] = fingerprint(folder / name)
    write_sums(folder, files)
    return {path: file["sha256"] for path, file in files.items()}
