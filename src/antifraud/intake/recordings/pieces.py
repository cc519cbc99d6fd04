"""Cuts the speech of a recording into pieces that a recogniser takes, at silences, and knows when each is heard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antifraud.intake.recordings.activity import FRAME_SAMPLES, FRAME_SECONDS, Activity, Flags
from antifraud.intake.recordings.sound import HEARD_RATE_HZ, Recording

Samples = NDArray[np.int16]

_SHORTEST_SECONDS: Final = 0.12
"""Clicks are shorter, and so is no word."""
_MARGIN_SECONDS: Final = 0.15
"""Kept before and after: consonants begin before the detector wakes."""
_EARLIEST_CUT_SHARE: Final = 0.5
"""Of the longest piece; a piece that is too long is cut at its quietest moment after this."""
_FULL_SCALE: Final = 32767


@dataclass(frozen=True)
class Span:
    """Where a piece lies: channel and samples at the heard rate; `last` is not in it."""

    channel: int
    first: int
    last: int

    @property
    def start_seconds(self) -> float:
        return self.first / HEARD_RATE_HZ

    @property
    def end_seconds(self) -> float:
        return self.last / HEARD_RATE_HZ


def spans(activity: Activity, pause_seconds: float, longest_seconds: float) -> list[Span]:
    """Return the pieces of both channels, in the order they end."""
    found = [
        Span(channel, first * FRAME_SAMPLES, last * FRAME_SAMPLES)
        for channel, (flags, levels) in enumerate(zip(activity.speaks, activity.levels_dbfs, strict=True))
        for start, end in _stretches(flags, pause_seconds)
        for first, last in _cut(start, end, levels, int(longest_seconds / FRAME_SECONDS))
    ]
    return sorted(found, key=lambda span: (span.last, span.channel))


def _stretches(flags: Flags, pause_seconds: float) -> Iterator[tuple[int, int]]:
    """Yield first and last frame of every stretch of speech, with its margins; pauses within are part of it."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    stretches: list[list[int]] = []
    for first, last in edges.reshape(-1, 2).tolist():
        if stretches and (first - stretches[-1][1]) * FRAME_SECONDS < pause_seconds:
            stretches[-1][1] = last
        else:
            stretches.append([first, last])
    kept = [stretch for stretch in stretches if (stretch[1] - stretch[0]) * FRAME_SECONDS >= _SHORTEST_SECONDS]
    margin = round(min(_MARGIN_SECONDS, pause_seconds / 2) / FRAME_SECONDS)
    for first, last in kept:
        yield max(0, first - margin), min(len(flags), last + margin)


def _cut(first: int, last: int, levels: NDArray[np.float32], longest: int) -> Iterator[tuple[int, int]]:
    """Yield a stretch in parts of at most `longest` frames, cut where it is quietest."""
    while last - first > longest:
        earliest = first + int(longest * _EARLIEST_CUT_SHARE)
        at = earliest + int(np.argmin(levels[earliest : first + longest]))
        yield first, max(at, first + 1)
        first = max(at, first + 1)
    yield first, last


def cut_out(recording: Recording, wanted: list[Span]) -> Iterator[tuple[Span, Samples]]:
    """Yield the sound of every span, as it ends; no more than what is not yet complete is held.

    Raises:
        Unfit: the recording cannot be decoded any further.
    """
    waiting = sorted(wanted, key=lambda span: span.first)
    parts: dict[Span, list[Samples]] = {}
    position = 0
    for block in recording.heard():
        end = position + len(block)
        while waiting and waiting[0].first < end:
            parts[waiting.pop(0)] = []
        for span in list(parts):
            heard = block[max(0, span.first - position) : span.last - position, span.channel]
            parts[span].append(np.rint(np.clip(heard, -1, 1) * _FULL_SCALE).astype(np.int16))
            if span.last <= end:
                yield span, np.concatenate(parts.pop(span))
        position = end
    for span, left in parts.items():
        yield span, np.concatenate(left)
