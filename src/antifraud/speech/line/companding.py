"""ITU-T G.711: eight bits a sample, fine steps for soft sound and coarse ones for loud sound.

Only what a listener gets back is computed: a 16-bit sample is rounded as encoder and decoder together round it. Both
laws are tables of all 65,536 samples.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antifraud.labels import Codec

Samples = NDArray[np.int16]

_MU_BIAS: Final = 33
"""Added before the segment is found, in steps of 14 bits; makes every mu-law segment begin at a power of two."""
_MU_LARGEST: Final = 8158
"""Largest magnitude, in steps of 14 bits."""


def companded(samples: Samples, codec: Codec) -> Samples:
    """Return 16-bit samples as they come out of A-law or mu-law."""
    return _table(codec)[samples.view(np.uint16)]


@cache
def _table(codec: Codec) -> Samples:
    every_sample = np.arange(1 << 16, dtype=np.uint16).view(np.int16).astype(np.int32)
    return (_a_law(every_sample) if codec is Codec.ALAW else _mu_law(every_sample)).astype(np.int16)


def _a_law(samples: NDArray[np.int32]) -> NDArray[np.int32]:
    """Keep a sign, three bits of segment and four of place, of 13 bits; segments 0 and 1 have the same step."""
    steps = samples >> 3
    size = np.where(steps < 0, ~steps, steps)
    shift = np.maximum(1, np.frexp(size)[1] - 5)
    middle = (size >> shift << shift) + (1 << shift >> 1)
    return np.asarray(np.where(steps < 0, -middle, middle) << 3, np.int32)


def _mu_law(samples: NDArray[np.int32]) -> NDArray[np.int32]:
    """Keep a sign, three bits of segment and four of place, of 14 bits."""
    steps = samples >> 2
    size = np.minimum(np.abs(steps), _MU_LARGEST) + _MU_BIAS
    shift = np.frexp(size)[1] - 5
    middle = (size >> shift << shift) + (1 << shift >> 1) - _MU_BIAS
    return np.asarray(np.where(steps < 0, -middle, middle) << 2, np.int32)
