"""How much of a side is heard in the other's channel: what goes up and down with it, not what is merely there.

While only one side speaks, the power of the other channel is regressed on that of its own, frame by frame, at every
delay a line can have. Noise does not follow the speaker, so it adds to the error of the slope, not to the slope; the
figure is the slope less its error.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from antifraud.acoustics.wave import SILENT_DBFS

FRAME_SECONDS = 0.02
LONGEST_DELAY_SECONDS = 0.2
"""Echo of a line comes 0.04 to 0.15 s late."""
LEAST_SECONDS = 2.0
"""Of one side speaking alone; with less nothing can be told."""

_ERRORS = 3.0
"""Standard errors taken off, so that none of the 11 delays makes a leak of noise."""
_FRAMES_PER_DRAW = 8.0
"""Neighbouring frames of babble and traffic are alike over about 0.16 s and count as one observation."""

Powers = NDArray[np.float64]
"""Mean square of each frame, shape (frames,)."""
Alone = NDArray[np.bool_]
"""Whether only that side speaks, shape (frames,)."""


def leakage_db(own: Powers, other: Powers, alone: Alone) -> float | None:
    """Return how far a side's speech in the other's channel lies from its own level; None where it is hardly alone."""
    delays = range(round(LONGEST_DELAY_SECONDS / FRAME_SECONDS) + 1)
    slopes = [_slope(own, other, alone, delay) for delay in delays]
    told = [slope for slope in slopes if slope is not None]
    if not told:
        return None
    return float(10 * np.log10(max(*told, 10 ** (SILENT_DBFS / 10))))


def _slope(own: Powers, other: Powers, alone: Alone, delay: int) -> float | None:
    """Return the least slope that fits, at one delay in frames."""
    end = max(0, alone.size - delay)
    both = np.flatnonzero(alone[:end] & alone[delay:])
    if both.size < LEAST_SECONDS / FRAME_SECONDS:
        return None
    cause, effect = own[both], other[both + delay]
    cause, effect = cause - cause.mean(), effect - effect.mean()
    spread = float(cause @ cause)
    if spread == 0:
        return None
    slope = float(cause @ effect) / spread
    rest = effect - slope * cause
    draws = max(1.0, both.size / _FRAMES_PER_DRAW - 2)
    return slope - _ERRORS * float(np.sqrt(rest @ rest / (both.size * draws) / (spread / both.size)))
