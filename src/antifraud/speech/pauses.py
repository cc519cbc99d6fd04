"""Pauses within a turn: a share of those that an utterance makes anyhow is drawn out, as people stop to think.

A pause is lengthened at its quietest point with its own background, so that breath, hum and noise go on through it;
not one sample of the speech changes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random

import numpy as np
from numpy.typing import NDArray

from antifraud.acoustics.frames import FRAME_SECONDS, decibels, frame_powers
from antifraud.acoustics.speech_activity import active_dbfs, floor_dbfs, sounds
from antifraud.acoustics.wave import Wave

LEAST_GAP_SECONDS = 0.1
"""A gap this long lies between words: the closures of Mandarin stops and affricates, within words, last up to 0.09 s.
Of 100 characters without a mark, espeak-ng makes 6 gaps from 0.06 s and less than 1 from 0.1 s."""
PAUSE_MEDIAN_SECONDS, PAUSE_SIGMA = 0.5, 0.4
"""Length of a drawn-out pause, lognormal; both are design choices, the same as between two turns of one speaker."""
MOST_SECONDS = 2.0
"""Added to one pause at most; longer silence is a turn of its own in a call."""
MOST_LONGER_SHARE = 0.4
"""Of the utterance, added over all its pauses; a design choice."""

_EDGE_FRAMES = 1
"""Left alone at both ends of a gap, where sounds die away and begin."""
_EVEN_DB = 6.0
"""What lies less than this above the quietest frame around it is background; a sound that dies away is more."""
_FEWEST_FRAMES = 4
"""Of background that a pause is made of."""
_GRAIN_SECONDS = 0.04
_FADE_SECONDS = 0.01


@dataclass(frozen=True)
class Insertion:
    """Background that goes between two samples of an utterance."""

    at: int
    """Sample of the utterance that it goes before."""
    background: Wave


def draw_out_pauses(
    wave: Wave, rate_hz: int, share: float, rng: Random, marks: int | None = None, most_seconds: float = MOST_SECONDS
) -> Wave:
    """Return the utterance with a share of its inner pauses drawn out; the wave itself where there are none.

    Args:
        share: chance of each pause, 0 to 1.
        marks: punctuation marks within the text; no more gaps than that are taken for pauses, the longest ones.
            None where nobody counted them.
        most_seconds: added to one pause.
    """
    inserted = insertions(wave, rate_hz, share, rng, marks, most_seconds)
    if not inserted:
        return wave
    ends = [0, *(insertion.at for insertion in inserted), wave.size]
    pieces = [wave[ends[0] : ends[1]]]
    for insertion, (first, end) in zip(inserted, pairwise(ends[1:]), strict=True):
        pieces += [insertion.background, wave[first:end]]
    return np.concatenate(pieces)


def insertions(
    wave: Wave, rate_hz: int, share: float, rng: Random, marks: int | None = None, most_seconds: float = MOST_SECONDS
) -> list[Insertion]:
    """Return what `draw_out_pauses` puts in, in the order of the utterance."""
    frame = round(FRAME_SECONDS * rate_hz)
    if share <= 0 or wave.size < 2 * frame:
        return []
    powers = frame_powers(wave, rate_hz)
    left = MOST_LONGER_SHARE * wave.size / rate_hz
    found = []
    for first, end in _gaps(powers, marks):
        pause = rng.lognormvariate(math.log(PAUSE_MEDIAN_SECONDS), PAUSE_SIGMA)
        added = min(most_seconds, left, pause - (end - first) * FRAME_SECONDS)
        if rng.random() >= share or added < FRAME_SECONDS:
            continue
        left -= added
        quietest, quiet = _background(powers, first + _EDGE_FRAMES, end - _EDGE_FRAMES)
        background = wave[quiet.start * frame : quiet.stop * frame]
        at = quietest * frame + frame // 2
        length = round(added * rate_hz)
        found.append(Insertion(at, _filled(background, at - quiet.start * frame, length, rate_hz, rng)))
    return found


def _gaps(powers: NDArray[np.float64], marks: int | None) -> list[tuple[int, int]]:
    """Return first frame and end of each gap between sounds that is long enough, in order."""
    levels = decibels(powers)
    background = floor_dbfs(levels)
    heard = np.flatnonzero(sounds(levels, active_dbfs(powers, background), background))
    least = round(LEAST_GAP_SECONDS / FRAME_SECONDS)
    gaps = [(int(last) + 1, int(following)) for last, following in pairwise(heard) if following - last > least]
    if marks is None:
        return gaps
    return sorted(sorted(gaps, key=lambda gap: gap[0] - gap[1])[:marks])


def _background(powers: NDArray[np.float64], first: int, end: int) -> tuple[int, range]:
    """Return the quietest frame from `first` to `end` and the frames around it that are about as quiet."""
    quietest = first + int(np.argmin(powers[first:end]))
    levels = decibels(powers)
    start, stop = quietest, quietest + 1
    while start > first and levels[start - 1] <= levels[quietest] + _EVEN_DB:
        start -= 1
    while stop < end and levels[stop] <= levels[quietest] + _EVEN_DB:
        stop += 1
    start = max(first, min(start, stop - _FEWEST_FRAMES))
    return quietest, range(start, max(stop, min(end, start + _FEWEST_FRAMES)))


def _filled(background: Wave, at: int, samples: int, rate_hz: int, rng: Random) -> Wave:
    """Return `samples` of background that go on from what stands before `at` and lead into what stands there."""
    fade = min(round(_FADE_SECONDS * rate_hz), at, background.size - at, samples // 2)
    inserted = _grains(background, samples, rate_hz, rng)
    rising = np.sin(np.linspace(0, np.pi / 2, fade, dtype=np.float32))
    inserted[:fade] = inserted[:fade] * rising + background[at : at + fade] * rising[::-1]
    inserted[samples - fade :] = inserted[samples - fade :] * rising[::-1] + background[at - fade : at] * rising
    return inserted


def _grains(background: Wave, samples: int, rate_hz: int, rng: Random) -> Wave:
    """Return background of any length: pieces from random places, overlapped at constant power."""
    size = min(round(_GRAIN_SECONDS * rate_hz), background.size // 2) // 2 * 2
    hop = size // 2
    window = np.sin(np.pi * (np.arange(size, dtype=np.float32) + np.float32(0.5)) / size)
    made = np.zeros(samples + 2 * size, np.float32)
    for start in range(0, samples + size, hop):
        first = rng.randrange(background.size - size + 1)
        made[start : start + size] += window * background[first : first + size]
    return made[hop : hop + samples]
