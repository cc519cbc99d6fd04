"""Manifests: what was made from what, with which settings, written last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from antifraud import __version__
from antifraud.catalogue import is_embedded, licence_of
from antifraud.errors import StoreError
from antifraud.store.files import sha256_of, write_atomic

TIMES = "times"
"""The one key that differs between two runs of the same config."""
SPENT = ("prompt_tokens", "cached_tokens", "completion_tokens", "reasoning_tokens", "cost")
"""What chat services charged for the dialogues, by the records' provenance."""


def dump_json(value: Any) -> bytes:
    """Return indented JSON with sorted keys and a final newline."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS) + b"\n"


def read_json(path: Path) -> Any:
    """Read a JSON file of our own making.

    Raises:
        StoreError: it cannot be read or is not JSON.
    """
    try:
        return orjson.loads(path.read_bytes())
    except OSError as exc:
        raise StoreError(f"{path}: cannot be read: {exc.strerror}.") from exc
    except orjson.JSONDecodeError as exc:
        raise StoreError(f"{path}: not JSON: {exc}. Remove it and run the stage again.") from exc


def fingerprint(path: Path) -> dict[str, Any]:
    """Return size in bytes and SHA-256 of a file."""
    return {"bytes": path.stat().st_size, "sha256": sha256_of(path)}


def write_manifest(path: Path, content: Mapping[str, Any]) -> None:
    """Write a manifest by rename, with the version that wrote it."""
    write_atomic(path, dump_json({"antifraud": __version__, **content}))


COUNTED = ("kind", "family", "official_category", "fraud_type", "scene", "outcome")


def describe(path: Path) -> dict[str, Any]:
    """Return what a manifest says of a record file, read line by line: counts by label, engines, sample rates.

    An embedded engine is named as such, so that its voice or wording is never taken for another's.
    """
    counts: dict[str, Counter[str]] = {key: Counter() for key in COUNTED}
    engines: set[tuple[str, str, str]] = set()
    rates: set[int] = set()
    spent = dict.fromkeys(SPENT, 0.0)
    with open(path, "rb") as file:
        for line in file:
            record = orjson.loads(line)
            counts["kind"][record.get("branch", "storyline")] += 1
            counts["outcome"].update([record["ending"]["outcome"]] if "ending" in record else [])
            for label in ("family", "official_category", "fraud_type", "scene"):
                if record.get(label) is not None:
                    counts[label][record[label]] += 1
            engines.update(_engines(record))
            spent = {key: total + record["provenance"][key] for key, total in spent.items()}
            if "sample_rate_hz" in record:
                rates.add(record["sample_rate_hz"])
    return {
        "counts": {key: dict(sorted(counter.items())) for key, counter in counts.items()},
        "engines": [
            {"part": part, "name": name, "version": version, "licence": licence_of(name), "embedded": is_embedded(name)}
            for part, name, version in sorted(engines)
        ],
        "sample_rates_hz": sorted(rates),
        "spent": {key: round(total, 6) for key, total in spent.items()},
        "synthetic": True,
    }


def _engines(record: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    made = record["provenance"]
    yield "dialogue", made["engine"], made["version"]
    for voice in record.get("voices", {}).values():
        yield "speech", voice["engine"], voice["version"]
    if "annotator" in record:
        yield "annotation", record["annotator"], made["version"]
