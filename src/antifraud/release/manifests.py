"""Manifests for lhotse: recordings, supervisions and cuts with two channels, one JSON object a line.

Shapes: `to_dict` of lhotse's Recording, SupervisionSegment and MultiCut. Paths are relative to the release.
"""

from __future__ import annotations

from typing import Any, Final

from antifraud.labels import Speaker
from antifraud.release.columns import metadata_row
from antifraud.release.samples import Sample

CHANNELS: Final = {Speaker.CALLER: 0, Speaker.CALLEE: 1}
_LANGUAGE: Final = "Chinese"
_NOT_CUSTOM: Final = ("id", "audio", "duration_seconds", "sample_rate_hz", "channels", "turns")
"""Columns of the metadata that lhotse has fields of its own for."""


def recording(sample: Sample) -> dict[str, Any]:
    """Return the Recording of a sample."""
    call, channels = sample.call, sorted(CHANNELS.values())
    return {
        "id": call.id,
        "sources": [{"type": "file", "channels": channels, "source": call.audio}],
        "sampling_rate": call.sample_rate_hz,
        "num_samples": sample.frames,
        "duration": sample.frames / call.sample_rate_hz,
        "channel_ids": channels,
    }


def supervisions(sample: Sample) -> list[dict[str, Any]]:
    """Return a SupervisionSegment for each turn: who says what when, on which channel."""
    call = sample.call
    end = sample.frames / call.sample_rate_hz
    spoken = {turn.index: turn for turn in call.turns}
    return [
        {
            "id": f"{call.id}-{segment.turn:03d}",
            "recording_id": call.id,
            "start": segment.start_seconds,
            "duration": round(min(segment.end_seconds, end) - segment.start_seconds, 6),
            "channel": [CHANNELS[segment.speaker]],
            "text": spoken[segment.turn].text,
            "language": _LANGUAGE,
            "speaker": f"{sample.whole.id}-{segment.speaker}",
            "custom": {"role": segment.speaker, "turn": segment.turn, "emotion": spoken[segment.turn].emotion},
        }
        for segment in call.segments
    ]


def cut(sample: Sample) -> dict[str, Any]:
    """Return the MultiCut over the whole of a sample; labels are in `custom`."""
    source = recording(sample)
    return {
        "id": sample.call.id,
        "start": 0.0,
        "duration": source["duration"],
        "channel": source["channel_ids"],
        "supervisions": supervisions(sample),
        "recording": source,
        "custom": {key: value for key, value in metadata_row(sample).items() if key not in _NOT_CUSTOM},
        "type": "MultiCut",
    }
