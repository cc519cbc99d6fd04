"""What a release says of a sample beside the conversation: metadata, the columns of Parquet, the viewer's rows."""

from __future__ import annotations

from typing import Any, Final

from antifraud.records import AnnotatedCall
from antifraud.release.parquet import Columns
from antifraud.release.rows import BINARY_PROMPT, messages, verdict
from antifraud.release.samples import Sample

METADATA: Final[Columns] = {
    "id": "string",
    "audio": "string",
    "sha256": "string",
    "sample_rate_hz": "int32",
    "channels": "int32",
    "duration_seconds": "float64",
    "heard_seconds": "float64",
    "split": "string",
    "is_fraud": "bool",
    "scene": "string",
    "fraud_type": "string",
    "official_category": "string",
    "call_id": "string",
    "call_is_fraud": "bool",
    "conversation_stage": "string",
    "start_seconds": "float64",
    "first_turn": "int32",
    "scenario": "string",
    "storyline": "string",
    "parents": ["string"],
    "voices": ["string"],
    "synthetic": "bool",
    "outcome": "string",
    "turns": [{"speaker": "string", "text": "string", "start_seconds": "float64", "end_seconds": "float64"}],
}
PARQUET: Final[Columns] = {
    **METADATA,
    "audio": "audio",
    "messages": [{"role": "string", "content": "string"}],
}
VIEWER: Final[Columns] = {
    "id": "string",
    "task": "string",
    "audio_path": "string",
    "instruction": "string",
    "label": "string",
    "audio": "audio",
}


def metadata_row(sample: Sample) -> dict[str, Any]:
    """Return what users of a release need to know of a sample without opening it; the keys are those of `METADATA`."""
    call = sample.call
    return {
        "id": call.id,
        "audio": call.audio,
        "sha256": call.sha256,
        "sample_rate_hz": call.sample_rate_hz,
        "channels": call.channels,
        "duration_seconds": call.duration_seconds,
        "heard_seconds": sample.heard_seconds,
        "split": sample.split,
        "is_fraud": sample.is_fraud,
        "scene": call.scene,
        "fraud_type": call.fraud_type,
        "official_category": call.official_category,
        "call_id": sample.whole.id,
        "call_is_fraud": sample.whole.is_fraud,
        "conversation_stage": sample.stage,
        "start_seconds": sample.start_seconds,
        "first_turn": sample.first_turn,
        "scenario": call.scenario,
        "storyline": call.storyline,
        "parents": list(call.provenance.parents),
        "voices": sorted({voice.name for voice in call.voices.values()}),
        "synthetic": call.synthetic,
        "outcome": call.ending.outcome if sample.ends_the_call else None,
        "turns": _turns(call),
    }


def _turns(call: AnnotatedCall) -> list[dict[str, Any]]:
    when = {segment.turn: segment for segment in call.segments}
    return [
        {
            "speaker": turn.speaker,
            "text": turn.text,
            "start_seconds": when[turn.index].start_seconds,
            "end_seconds": when[turn.index].end_seconds,
        }
        for turn in call.turns
    ]


def parquet_row(sample: Sample) -> dict[str, Any]:
    """Return all of a sample, its recording included; the keys are those of `PARQUET`."""
    recording = {"bytes": sample.sound, "path": sample.file.name}
    return {**metadata_row(sample), "audio": recording, "messages": messages(sample.call)}


def webdataset_row(sample: Sample) -> dict[str, Any]:
    """Return the JSON that stands beside a recording in a tar."""
    return {**metadata_row(sample), "messages": messages(sample.call)}


def viewer_row(sample: Sample) -> dict[str, Any]:
    """Return a row of TeleAntiFraud's viewer, and the recording to play; the keys are those of `VIEWER`."""
    return {
        "id": sample.call.id,
        "task": "binary_classification",
        "audio_path": sample.call.audio,
        "instruction": BINARY_PROMPT,
        "label": verdict(sample.is_fraud),
        "audio": {"bytes": sample.sound, "path": sample.file.name},
    }
