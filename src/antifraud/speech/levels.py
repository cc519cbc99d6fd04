"""Measures of speech: its level, where it begins and ends, what is wrong with a finished call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from antifraud.labels import Speaker
from antifraud.records import Quality, Segment

Wave = NDArray[np.float32]
"""Mono speech, shape (samples,), values in [-1, 1]."""

SILENT_DBFS = -100.0
"""Stands for the level of a wave without any signal."""
FULL_SCALE = 0.999
"""A sample at or above this counts as clipped."""
MOST_CLIPPED_SHARE = 0.01
"""Of an engine's samples; the gate of TeleAntiFraud-2.0 is 0.08, which lets audible distortion pass."""
LEAST_LEVEL_DBFS = -50.0
"""A channel below this is dead; -42 dBov is the weakest that TeleAntiFraud-2.0's gate was seen to refuse."""

_FRAME_SECONDS = 0.02
_ACTIVE_MARGIN_DB = 15.9
"""Speech lies less than this below its own level: the margin of ITU-T P.56."""
_ROUNDS = 12
_EDGE_FRAME_SECONDS = 0.005
_EDGE_BELOW_PEAK_DB = 45.0
_EDGE_KEPT_SECONDS = 0.01
"""Kept before the first and after the last frame of speech, for soft consonants."""


def active_level_dbfs(wave: Wave, sample_rate_hz: int) -> float:
    """Return the RMS level of the frames that hold speech, relative to full scale.

    An approximation of ITU-T P.56: 20 ms frames stand for its envelope and hangover.
    """
    power = _frame_power(wave, int(_FRAME_SECONDS * sample_rate_hz))
    active = power[power > 0]
    if not active.size:
        return SILENT_DBFS
    for _ in range(_ROUNDS):
        kept = active[active >= active.mean() * 10 ** (-_ACTIVE_MARGIN_DB / 10)]
        if kept.size == active.size:
            break
        active = kept
    return float(10 * np.log10(active.mean()))


def trimmed(wave: Wave, sample_rate_hz: int) -> Wave:
    """Return the part from the first to the last sound: a view, empty where there is no sound."""
    size = int(_EDGE_FRAME_SECONDS * sample_rate_hz)
    power = _frame_power(wave, size)
    loud = np.flatnonzero(power > power.max(initial=0.0) * 10 ** (-_EDGE_BELOW_PEAK_DB / 10))
    if not loud.size:
        return wave[:0]
    kept = int(_EDGE_KEPT_SECONDS * sample_rate_hz)
    return wave[max(0, int(loud[0]) * size - kept) : (int(loud[-1]) + 1) * size + kept]


def clipped_share(waves: Iterable[Wave]) -> float:
    """Return the share of samples at full scale over all waves, as the engine gave them."""
    clipped = samples = 0
    for wave in waves:
        clipped += int(np.count_nonzero(np.abs(wave) >= FULL_SCALE))
        samples += wave.size
    return clipped / max(1, samples)


def measure(
    stereo: NDArray[np.float32], sample_rate_hz: int, segments: Sequence[Segment], engine_clipped_share: float
) -> Quality:
    """Return the figures of a call; silence and overlap by its segments, as shares of its length.

    Args:
        stereo: shape (samples, 2), caller left.
        engine_clipped_share: clipping happens in the engine; mixing keeps clear of full scale.
    """
    speaking = {speaker: np.zeros(len(stereo), bool) for speaker in Speaker}
    for segment in segments:
        first, end = (round(seconds * sample_rate_hz) for seconds in (segment.start_seconds, segment.end_seconds))
        speaking[segment.speaker][first:end] = True
    caller, callee = speaking[Speaker.CALLER], speaking[Speaker.CALLEE]
    return Quality(
        peak=float(np.abs(stereo).max(initial=0.0)),
        clipped_share=engine_clipped_share,
        caller_level_dbfs=active_level_dbfs(stereo[:, 0], sample_rate_hz),
        callee_level_dbfs=active_level_dbfs(stereo[:, 1], sample_rate_hz),
        silence_share=float(np.mean(~(caller | callee))),
        overlap_share=float(np.mean(caller & callee)),
    )


def faults(quality: Quality) -> Iterator[str]:
    """Yield what makes a call unfit for use, with its figure and its limit."""
    if quality.clipped_share > MOST_CLIPPED_SHARE:
        yield f"clipped share {quality.clipped_share:.4f} above {MOST_CLIPPED_SHARE}"
    for side, level_dbfs in (("caller", quality.caller_level_dbfs), ("callee", quality.callee_level_dbfs)):
        if level_dbfs < LEAST_LEVEL_DBFS:
            yield f"{side} level {level_dbfs:.1f} dBFS below {LEAST_LEVEL_DBFS:.0f}"


def _frame_power(wave: Wave, size: int) -> NDArray[np.float64]:
    """Return the mean square of each frame; zeros fill the last one."""
    frames = np.pad(wave, (0, -len(wave) % size)).reshape(-1, size)
    return np.asarray(np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size)
