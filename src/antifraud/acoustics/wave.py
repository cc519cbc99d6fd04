"""What a piece of sound is here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]
"""Mono speech, shape (samples,), values in [-1, 1]."""

SILENT_DBFS = -100.0
"""Stands for the level of a wave without any signal."""
