"""The other side's voice, faint and late: it leaks from an earpiece into a microphone or comes back from a hybrid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def echo(stereo: NDArray[np.float32], delay_samples: int, loss_db: float) -> NDArray[np.float32]:
    """Return what each channel gets of the other one, shape (samples, 2) as the call."""
    late = np.zeros_like(stereo)
    late[delay_samples:] = stereo[: max(0, len(stereo) - delay_samples), ::-1]
    late *= np.float32(10 ** (-loss_db / 20))
    return late
