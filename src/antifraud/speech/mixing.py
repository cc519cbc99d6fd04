"""Utterances become one stereo call: cut, levelled, placed, written; caller left, callee right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import soxr
from numpy.typing import NDArray

from antifraud.acoustics.levels import active_level_dbfs, trimmed
from antifraud.acoustics.wave import Wave
from antifraud.labels import Speaker
from antifraud.records import Segment, Turn

Stereo = NDArray[np.float32]
"""A call, shape (samples, 2): caller left, callee right."""

CHANNELS = (Speaker.CALLER, Speaker.CALLEE)
PEAK_LIMIT, PEAK_TARGET = 0.9, 0.899
"""A call above the limit is turned down to the target, a hair lower to allow for rounding."""
FADE_SECONDS = 0.005
LEVEL_SD_DB, LEVEL_LIMIT_DB = 1.5, 3.0
"""How far a side lies from the target level; a design choice."""


@dataclass(frozen=True)
class Utterance:
    """A turn as it sounds and the sample of the call where it starts."""

    turn: Turn
    wave: Wave
    first: int

    @property
    def end(self) -> int:
        return self.first + len(self.wave)

    def segment(self, sample_rate_hz: int) -> Segment:
        """Return when it is heard, exact to the sample."""
        return Segment(
            turn=self.turn.index,
            speaker=self.turn.speaker,
            start_seconds=self.first / sample_rate_hz,
            end_seconds=self.end / sample_rate_hz,
        )


def cut(wave: Wave, from_rate_hz: int, to_rate_hz: int) -> Wave:
    """Return an engine's utterance without silence at its ends, at another rate, faded; empty if it is silent."""
    speech = trimmed(wave, from_rate_hz)
    if from_rate_hz != to_rate_hz and speech.size:
        speech = soxr.resample(speech, from_rate_hz, to_rate_hz)
    return _faded(speech.astype(np.float32), round(FADE_SECONDS * to_rate_hz))


def _faded(speech: Wave, samples: int) -> Wave:
    ramp = np.linspace(0, 1, min(samples, len(speech) // 2), endpoint=False, dtype=np.float32)
    speech[: ramp.size] *= ramp
    speech[speech.size - ramp.size :] *= ramp[::-1]
    return speech


def mix(utterances: Sequence[Utterance], samples: int, sample_rate_hz: int, level_dbfs: float, rng: Random) -> Stereo:
    """Return the call; where a peak would pass 0.9, both channels are turned down together.

    Args:
        samples: length of the call; longer where an utterance needs it.
        level_dbfs: where the active speech of each side lies, give or take up to 3 dB.
    """
    stereo = np.zeros((max(samples, *(utterance.end for utterance in utterances)), len(CHANNELS)), np.float32)
    for channel, speaker in enumerate(CHANNELS):
        target_dbfs = level_dbfs + max(-LEVEL_LIMIT_DB, min(LEVEL_LIMIT_DB, rng.gauss(0, LEVEL_SD_DB)))
        own = [utterance for utterance in utterances if utterance.turn.speaker is speaker]
        if own:
            speech = np.concatenate([utterance.wave for utterance in own])
            gain = np.float32(10 ** ((target_dbfs - active_level_dbfs(speech, sample_rate_hz)) / 20))
            for utterance in own:
                stereo[utterance.first : utterance.end, channel] += gain * utterance.wave
    peak = float(np.abs(stereo).max())
    return stereo * np.float32(PEAK_TARGET / peak) if peak > PEAK_LIMIT else stereo
