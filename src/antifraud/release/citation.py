"""CITATION.cff: how a release wants to be cited, in the Citation File Format 1.2.0."""

from __future__ import annotations

from typing import Any, Final

import yaml

from antifraud import __version__
from antifraud.release.licences import BY_PART
from antifraud.release_config import Licence, PackConfig

KEYWORDS: Final = ("telecom fraud", "telephone calls", "Mandarin", "synthetic speech")
_MESSAGE: Final = "If you use this release, please cite it, and name the version of antifraud that made it."


def citation(config: PackConfig, licence: Licence) -> str:
    """Return the file; a licence that SPDX does not list is left to the file LICENSE.

    Fields: cff-version, message, title and authors are those the format requires; the rest are optional ones of its
    guide (doi 10.5281/zenodo.5171937).
    """
    fields: dict[str, Any] = {
        "cff-version": "1.2.0",
        "message": _MESSAGE,
        "type": "dataset",
        "title": config.name,
        "version": config.version,
        "authors": [{"name": creator} for creator in config.creators],
        "abstract": f"Mandarin telephone calls for detecting fraud, made by antifraud {__version__}.",
        "keywords": list(KEYWORDS),
    }
    if licence != BY_PART:
        fields["license"] = licence
    if config.published:
        fields["date-released"] = config.published.isoformat()
    if config.url:
        fields["url"] = config.url
    return yaml.safe_dump(fields, allow_unicode=True, sort_keys=False, width=120)
