"""Recordings that a model would not hear to their end: refused before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from antifraud.errors import UsageError
from antifraud.evaluation.audio_ways import AudioLimits
from antifraud.evaluation.rounds import Asked

_BYTES_A_SAMPLE: Final = 2


def refuse_unheard(folder: Path, asked: Iterable[Asked], limits: AudioLimits) -> None:
    """Look at the recordings of a snapshot.

    Raises:
        UsageError: some are longer than the model hears, or larger than the provider takes.
    """
    count, long, large = 0, [], []
    for each in asked:
        count += 1
        seconds = each.item.duration_seconds if each.heard_seconds is None else each.heard_seconds
        if limits.most_seconds is not None and seconds > limits.most_seconds:
            long.append(seconds)
        size = base64_bytes(folder, each, limits)
        if limits.most_bytes is not None and size > limits.most_bytes:
            large.append(size)
    if long:
        raise UsageError(
            f"{len(long)} of {count} recordings are longer than the {limits.most_seconds:g} s that the model hears (the"
            f" longest {max(long):.1f} s); the rest would go unheard. Take another model or a snapshot of shorter"
            " calls, or set evaluate.most_seconds if it hears more."
        )
    if large:
        raise UsageError(
            f"{len(large)} of {count} recordings are larger than the {limits.most_bytes:,} bytes in base64 that the"
            f" provider takes (the largest {max(large):,}). {_way_out(limits)}"
        )


def _way_out(limits: AudioLimits) -> str:
    if "mp3" in limits.way.formats and limits.audio_format != "mp3":
        return "Send them as MP3 (--set evaluate.audio_format=mp3), or set evaluate.most_bytes if it takes more."
    return "Ask another provider, or set evaluate.most_bytes if it takes more."


def base64_bytes(folder: Path, asked: Asked, limits: AudioLimits) -> int:
    """Return how large a recording will be; 0 for a format whose size shows only once it has been encoded."""
    item, own = asked.item, Path(asked.item.audio).suffix.removeprefix(".")
    wanted = limits.format_of(own)
    if asked.heard_seconds is None and wanted == own:
        size = (folder / item.audio).stat().st_size
    elif wanted == "wav":
        seconds = item.duration_seconds if asked.heard_seconds is None else asked.heard_seconds
        size = round(seconds * item.sample_rate_hz) * item.channels * _BYTES_A_SAMPLE
    else:
        return 0
    return -(-size // 3) * 4
