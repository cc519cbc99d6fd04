"""Lost packets and what a telephone plays in their place.

Concealment follows the idea of ITU-T G.711 Appendix I for every codec, on the decoded sound: the last pitch period is
repeated and fades. AMR and Opus have concealment of their own inside the decoder; this stands for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from antifraud.acoustics.wave import Wave

FRAME_SECONDS: Final = 0.02
"""What a packet carries: usual for G.711 over RTP (RFC 3551), AMR and Opus."""
_PITCH_SECONDS: Final = (0.005, 0.015)
"""Periods that are looked for: 66 to 200 Hz, as in G.711 Appendix I."""
_COMPARED_SECONDS: Final = 0.02
"""How much sound is compared to find the period, as in G.711 Appendix I."""
_STEADY_SECONDS: Final = 0.01
_SILENT_AFTER_SECONDS: Final = 0.06
"""Full level for the first 10 ms, then down to nothing at 60 ms: G.711 Appendix I."""
_RETURN_SECONDS: Final = 0.004
"""Over which the sound that came through takes over again."""


@dataclass(frozen=True)
class LossModel:
    """Gilbert-Elliott: a good state that loses nothing and a bad one that loses some frames."""

    enter: float
    """Chance per frame to go from good to bad."""
    leave: float
    """Chance per frame to go from bad to good; above 0."""
    drop: float
    """Share of the frames that are lost in the bad state."""

    @property
    def expected_share(self) -> float:
        """Share of frames lost in the long run."""
        return self.drop * self.enter / (self.enter + self.leave)


def lost_frames(count: int, model: LossModel, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which of the frames are lost, shape (count,); the chain starts in its long-run state."""
    is_bad = np.zeros(count, bool)
    if model.enter > 0:
        start, bad = 0, bool(rng.random() < model.enter / (model.enter + model.leave))
        while start < count:
            end = start + int(rng.geometric(model.leave if bad else model.enter))
            is_bad[start:end] = bad
            start, bad = end, not bad
    return is_bad & (rng.random(count) < model.drop)


def conceal(wave: Wave, lost: NDArray[np.bool_], sample_rate_hz: int) -> Wave:
    """Return the wave with its lost frames replaced.

    Args:
        wave: as it would have arrived, shape (samples,).
        lost: one entry for each frame of 20 ms, shape (ceil(samples / samples of a frame),).
    """
    size = round(FRAME_SECONDS * sample_rate_hz)
    heard = wave.copy()
    edges = np.flatnonzero(np.diff(lost.astype(np.int8), prepend=0, append=0))
    for first, after in edges.reshape(-1, 2):
        _bridge(heard, int(first) * size, min(int(after) * size, len(heard)), sample_rate_hz)
    return heard


def _bridge(heard: Wave, start: int, end: int, sample_rate_hz: int) -> None:
    """Replace `heard[start:end]` in place, and blend into what lies on both sides."""
    period = _pitch_period(heard[:start], sample_rate_hz)
    if period is None:
        heard[start:end] = 0
        returning = heard[end : end + round(_RETURN_SECONDS * sample_rate_hz)]
        returning *= _rising(len(returning))
        return
    _lead_in(heard[:start], period)
    after = min(round(_RETURN_SECONDS * sample_rate_hz), len(heard) - end)
    repeated = np.resize(heard[start - period : start], end - start + after) * _fade(
        end - start + after, sample_rate_hz
    )
    heard[start:end] = repeated[: end - start]
    weight = _rising(after)
    heard[end : end + after] = weight * heard[end : end + after] + (1 - weight) * repeated[end - start :]


def _pitch_period(past: Wave, sample_rate_hz: int) -> int | None:
    """Return the lag in samples at which the end of the past is most like itself; None where it is too short."""
    shortest, longest = (round(seconds * sample_rate_hz) for seconds in _PITCH_SECONDS)
    size = round(_COMPARED_SECONDS * sample_rate_hz)
    if len(past) < size + longest:
        return None
    last = past[-size:].astype(np.float64)
    earlier = past[-size - longest : -shortest].astype(np.float64)
    likeness = np.correlate(earlier, last)  # index i: a lag of longest - i
    energy = np.cumsum(np.concatenate([[0.0], earlier**2]))
    energy = energy[size:] - energy[:-size]
    return longest - int(np.argmax(likeness / np.sqrt(energy + np.finfo(np.float32).tiny)))


def _lead_in(past: Wave, period: int) -> None:
    """Blend the last quarter of a period into the one before, so that the repetition starts without a step."""
    quarter = period // 4
    weight = _rising(quarter)
    end = len(past)
    past[end - quarter :] = (1 - weight) * past[end - quarter :] + weight * past[end - quarter - period : end - period]


def _fade(samples: int, sample_rate_hz: int) -> Wave:
    seconds = np.arange(samples, dtype=np.float32) / np.float32(sample_rate_hz)
    fading = (_SILENT_AFTER_SECONDS - seconds) / (_SILENT_AFTER_SECONDS - _STEADY_SECONDS)
    return np.asarray(np.clip(fading, 0, 1), np.float32)


def _rising(samples: int) -> Wave:
    """Return weights from just above 0 to 1."""
    return np.arange(1, samples + 1, dtype=np.float32) / np.float32(max(1, samples))
