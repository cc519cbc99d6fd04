"""The YAML header of a dataset card, by which the Hugging Face Hub and ModelScope file a release."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import yaml

from antifraud.release.licences import BY_PART, LICENCES
from antifraud.release.tables import TableFiles
from antifraud.release_config import Licence, PackConfig

_SIZES: Final = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
)
"""Upper ends, in calls, of the size categories of the Hub."""
_TAGS: Final = ("telecom-fraud", "fraud-detection", "phone-calls", "speech", "croissant")


def hub_header(
    config: PackConfig, licence: Licence, calls: int, tables: Sequence[TableFiles], *, has_transcribed: bool
) -> str:
    """Return the header, with its lines of dashes.

    Keys: huggingface/hub-docs, datasetcard.md.

    Args:
        tables: those that `load_dataset` shall take by their names, the default one first.
    """
    fields: dict[str, Any] = {
        "pretty_name": " ".join(config.name.split()),
        "language": ["zh"],
        "license": LICENCES[licence].hub_id,
        **({"license_name": "by-part", "license_link": "LICENSE"} if licence == BY_PART else {}),
        "task_categories": ["audio-classification", "audio-text-to-text"],
        "size_categories": [next((name for end, name in _SIZES if calls < end), "10M<n<100M")],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated", *(["found"] if has_transcribed else [])],
        "multilinguality": ["monolingual"],
        "source_datasets": ["original"],
        "tags": [*_TAGS, *([] if has_transcribed else ["synthetic"])],
    }
    if configs := _configs(tables):
        fields["configs"] = configs
    return f"---\n{yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=120)}---\n"


def _configs(tables: Sequence[TableFiles]) -> list[dict[str, Any]]:
    return [
        {
            "config_name": table.name,
            **({} if number else {"default": True}),
            "data_files": [{"split": split, "path": path} for split, path in table.patterns.items()],
        }
        for number, table in enumerate(tables)
    ]
