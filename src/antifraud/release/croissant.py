"""Croissant metadata: what files a release has, and the columns of its calls, as JSON-LD.

Format: MLCommons Croissant 1.0, http://mlcommons.org/croissant/1.0; the context is the one its specification prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from antifraud.release.citation import KEYWORDS
from antifraud.release.licences import LICENCES
from antifraud.release_config import Licence, PackConfig

_TERMS: Final = (
    "citeAs column conformsTo:dct equivalentProperty extract field fileProperty fileObject fileSet format includes"
    " isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace samplingRate"
    " separator source subField transform"
)
_CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"{prefix or 'cr'}:{term}" for term, _, prefix in (word.partition(":") for word in _TERMS.split())},
}
_MEDIA_TYPES: Final = {
    "jsonl": "application/jsonlines",
    "json": "application/json",
    "parquet": "application/x-parquet",
    "tar": "application/x-tar",
    "gz": "application/gzip",
    "zip": "application/zip",
}
_SOUND_TYPES: Final = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp3": "audio/mpeg",
}
_CALLS_FILE: Final = "metadata.jsonl"
_COLUMNS: Final = (
    ("id", "sc:Text", "Name of the recording; tells nothing of its label."),
    ("split", "sc:Text", "train or test."),
    ("audio", "sc:Text", "Path of the recording in the release; caller left, callee right."),
    ("sha256", "sc:Text", "Checksum of the recording."),
    ("duration_seconds", "sc:Float", "Length of the recording."),
    ("heard_seconds", "sc:Float", "How much of it the model that is trained hears."),
    ("sample_rate_hz", "sc:Integer", "Of the recording."),
    ("channels", "sc:Integer", "Of the recording."),
    ("is_fraud", "sc:Boolean", "Whether the caller tries to defraud; null where nothing heard in a window decides."),
    ("scene", "sc:Text", "Kind of conversation, by the scenes of TeleAntiFraud."),
    ("fraud_type", "sc:Text", "Kind of fraud, by the types of TeleAntiFraud; none for lawful calls."),
    ("official_category", "sc:Text", "Kind of fraud by the official list; none for lawful calls."),
    ("call_id", "sc:Text", "The call that a window was cut from; of a whole call its own name."),
    ("call_is_fraud", "sc:Boolean", "The label of the whole call."),
    ("conversation_stage", "sc:Text", "early, late or complete: whether it decides, and whether the call goes on."),
    ("start_seconds", "sc:Float", "Where in the call the recording begins."),
    ("first_turn", "sc:Integer", "The turn of the call that the recording begins with, from 0."),
    ("scenario", "sc:Text", "Scenario pack entry that the call was planned from."),
    ("storyline", "sc:Text", "Calls of one storyline share an opening and lie in one split."),
    ("synthetic", "sc:Boolean", "Whether nobody ever held this call."),
    ("outcome", "sc:Text", "How the call ended; none where its end is not heard."),
)


def croissant(
    config: PackConfig,
    licence: Licence,
    known: Mapping[str, Mapping[str, Any]],
    description: str,
) -> dict[str, Any]:
    """Return the metadata; paths are relative to the release.

    Args:
        known: the data files of the release with size and checksum, by path.
        description: what the release is, in one paragraph.
    """
    entry = LICENCES[licence]
    about: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": config.name,
        "description": description,
        "inLanguage": "zh",
        "keywords": list(KEYWORDS),
        "license": entry.url or licence,
        "version": config.version,
        "creator": [{"@type": "sc:Organization", "name": creator} for creator in config.creators],
        "citeAs": f"{', '.join(config.creators)}: {config.name}, version {config.version}",
        "isLiveDataset": False,
    }
    if config.published:
        about["datePublished"] = config.published.isoformat()
    if config.url:
        about["url"] = config.url
    return {**about, "distribution": _distribution(known), "recordSet": [_calls()]}


def _distribution(known: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return every file by itself, and the recordings of a folder as one set."""
    files, recordings = [], set()
    for path in sorted(known):
        folder, suffix = path.rpartition("/")[0], path.rpartition(".")[2]
        if suffix in _SOUND_TYPES:
            recordings.add((folder, suffix))
            continue
        file = {
            "@type": "cr:FileObject",
            "@id": path,
            "name": path,
            "contentUrl": path,
            "encodingFormat": _MEDIA_TYPES.get(suffix, "application/octet-stream"),
            "contentSize": f"{known[path]['bytes']} B",
            "sha256": known[path]["sha256"],
        }
        files.append(file)
    return [*files, *(_recordings(folder, suffix) for folder, suffix in sorted(recordings))]


def _recordings(folder: str, suffix: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{folder}-{suffix}",
        "name": f"{folder}-{suffix}",
        "description": "Recordings, named and with checksums in the tables.",
        "includes": f"{folder}/*.{suffix}",
        "encodingFormat": _SOUND_TYPES[suffix],
    }


def _calls() -> dict[str, Any]:
    turns = {
        "@type": "cr:Field",
        "@id": "calls/turns",
        "name": "turns",
        "description": "Who says what, in order.",
        "repeated": True,
        "subField": [
            _field(f"turns/{name}", "sc:Text", description, "turns", transform={"jsonPath": name})
            for name, description in (("speaker", "caller or callee."), ("text", "What is said, as it is spoken."))
        ],
    }
    columns = [_field(name, kind, description, name) for name, kind, description in _COLUMNS]
    return {
        "@type": "cr:RecordSet",
        "@id": "calls",
        "name": "calls",
        "description": "One record a recording, a call or a window of one; both splits.",
        "key": {"@id": "calls/id"},
        "field": [*columns, turns],
    }


def _field(name: str, kind: str, description: str, column: str, **more: Any) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"calls/{name}",
        "name": name.rpartition("/")[2],
        "description": description,
        "dataType": kind,
        "source": {"fileObject": {"@id": _CALLS_FILE}, "extract": {"column": column}, **more},
    }
