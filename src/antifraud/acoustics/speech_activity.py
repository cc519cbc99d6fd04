"""When somebody speaks, by energy alone: the time that a speaking rate is measured over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from antifraud.acoustics.frames import FRAME_SECONDS, loud_level_dbfs

QUIETEST_BELOW_ACTIVE_DB, LOUDEST_BELOW_ACTIVE_DB = 25.0, 8.0
"""Speech starts this far below the active level at most, and at least where noise is near: design choices."""
ABOVE_FLOOR_DB = 3.0
"""A frame of noise is seldom this much louder than its quietest frames."""
FLOOR_PERCENTILE = 5.0
"""The quietest frames of an utterance are taken for its background."""
LONGEST_CLOSURE_SECONDS = 0.15
"""A shorter gap belongs to the speech: Mandarin stops and affricates close for 0.05 to 0.12 s. A design choice."""


def floor_dbfs(levels_dbfs: NDArray[np.float64]) -> float:
    """Return the level of the background; of `levels_dbfs`, shape (frames,), at least one."""
    return float(np.percentile(levels_dbfs, FLOOR_PERCENTILE))


def active_dbfs(power: NDArray[np.float64], background_dbfs: float) -> float:
    """Return the level of the speech: noise in long pauses would lower it, so frames of mere background do not count.

    Args:
        power: shape (frames,); where all of it is background, as in a tone, all of it counts.
    """
    above = power[power > 10 ** ((background_dbfs + ABOVE_FLOOR_DB) / 10)]
    return loud_level_dbfs(above if above.size else power)


def sounds(levels_dbfs: NDArray[np.float64], level_dbfs: float, background_dbfs: float) -> NDArray[np.bool_]:
    """Return for each frame whether it holds a sound of speech."""
    quietest, loudest = level_dbfs - QUIETEST_BELOW_ACTIVE_DB, level_dbfs - LOUDEST_BELOW_ACTIVE_DB
    return np.asarray(levels_dbfs >= min(max(background_dbfs + ABOVE_FLOOR_DB, quietest), loudest))


def speaks(levels_dbfs: NDArray[np.float64], level_dbfs: float, background_dbfs: float) -> NDArray[np.bool_]:
    """Return for each frame of 10 ms whether somebody speaks, gaps between sounds filled."""
    filled = sounds(levels_dbfs, level_dbfs, background_dbfs)
    edges = np.flatnonzero(np.diff(filled.astype(np.int8), prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    for end, start in zip(ends[:-1], starts[1:], strict=True):
        if start - end <= LONGEST_CLOSURE_SECONDS / FRAME_SECONDS:
            filled[end:start] = True
    return filled
