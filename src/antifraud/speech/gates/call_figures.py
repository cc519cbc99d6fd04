"""What a finished stereo call measures, before or after its telephone line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from antifraud.acoustics.frames import frame_powers
from antifraud.acoustics.levels import active_level_dbfs
from antifraud.acoustics.wave import SILENT_DBFS
from antifraud.labels import Speaker
from antifraud.records import Quality, Segment
from antifraud.speech.gates.figures import UtteranceFigures
from antifraud.speech.gates.leakage import FRAME_SECONDS, leakage_db

LEAST_LOUDER_DB = 1.5
"""A channel that is not even this much louder while its side speaks holds no speech, only noise. At the 5 dB of SNR
that a line has at least, the louder frames of speech lie 6 dB and more above those of noise."""
COMPARED_PERCENTILE = 90.0
"""Of the frames: neither the pauses within speech nor a click in a pause decide."""
LEAST_FRAMES_TO_COMPARE = 25
"""Half a second; with less, noise and speech cannot be told apart."""

_SIDES = (Speaker.CALLER, Speaker.CALLEE)

Stereo = NDArray[np.float32]
Mask = NDArray[np.bool_]


def measure_call(
    stereo: Stereo,
    rate_hz: int,
    segments: Sequence[Segment],
    utterances: Sequence[UtteranceFigures],
    respoken: int = 0,
    character_error_rate: float | None = None,
) -> Quality:
    """Return the figures of a call; silence and overlap by its segments, as shares of its length.

    Args:
        stereo: shape (samples, 2), caller left.
        utterances: what its utterances measured as the engine spoke them, at least one.
        respoken: utterances that failed a gate and were spoken again.

    Raises:
        ValueError: it is shorter than 20 ms, or there are no utterances.
    """
    size = round(FRAME_SECONDS * rate_hz)
    if len(stereo) < size or not utterances:
        raise ValueError(f"a call of {len(stereo)} samples and {len(utterances)} utterances cannot be measured")
    speaking = _speaking(len(stereo), rate_hz, segments)
    caller, callee = speaking
    channels = [np.ascontiguousarray(stereo[:, channel]) for channel in range(len(_SIDES))]
    powers = [frame_powers(channel, rate_hz, FRAME_SECONDS) for channel in channels]
    always = [_whole_frames(side, size) for side in speaking]
    never = [_whole_frames(~side, size) for side in speaking]
    talk = _talk(always[0] | always[1])
    levels = [
        active_level_dbfs(channel, rate_hz) if _holds_speech(power, own, not_own, talk) else SILENT_DBFS
        for channel, power, own, not_own in zip(channels, powers, always, never, strict=True)
    ]
    rates = [figures.characters_per_second for figures in utterances]
    return Quality(
        peak=float(min(1.0, max(np.abs(channel).max() for channel in channels))),
        clipped_share=_clipped_share(utterances),
        dc_offset=max((figures.dc_offset for figures in utterances), key=abs),
        caller_level_dbfs=levels[0],
        callee_level_dbfs=levels[1],
        silence_share=float(np.mean(~(caller | callee))),
        overlap_share=float(np.mean(caller & callee)),
        slowest_characters_per_second=min(_told(rates), default=None),
        fastest_characters_per_second=max(_told(rates), default=None),
        least_modulation_db=min(_told(figures.modulation_db for figures in utterances), default=None),
        least_snr_db=min(_told(figures.snr_db for figures in utterances), default=None),
        most_repetition=max(figures.repetition for figures in utterances),
        leakage_db=max(
            _told(leakage_db(powers[own], powers[1 - own], always[own] & never[1 - own]) for own in range(len(_SIDES))),
            default=None,
        ),
        respoken=respoken,
        character_error_rate=character_error_rate,
    )


def _told(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _clipped_share(utterances: Sequence[UtteranceFigures]) -> float:
    seconds = sum(figures.duration_seconds for figures in utterances)
    clipped = sum(figures.clipped_share * figures.duration_seconds for figures in utterances)
    return clipped / seconds if seconds else 0.0


def _speaking(samples: int, rate_hz: int, segments: Sequence[Segment]) -> tuple[Mask, Mask]:
    """Return for each side which samples lie in its segments."""
    masks = {speaker: np.zeros(samples, bool) for speaker in _SIDES}
    for segment in segments:
        masks[segment.speaker][round(segment.start_seconds * rate_hz) : round(segment.end_seconds * rate_hz)] = True
    return masks[Speaker.CALLER], masks[Speaker.CALLEE]


def _whole_frames(mask: Mask, size: int) -> Mask:
    """Return which whole frames the mask fills."""
    return np.asarray(mask[: mask.size // size * size].reshape(-1, size).all(axis=1))


def _holds_speech(power: NDArray[np.float64], own: Mask, not_own: Mask, talk: slice) -> bool:
    """Return whether a channel is louder while its side speaks than in the rest of the talk."""
    speech, rest = power[own], power[talk][not_own[talk]]
    if min(speech.size, rest.size) < LEAST_FRAMES_TO_COMPARE:
        return bool(speech.any())
    loud, quiet = (np.percentile(frames, COMPARED_PERCENTILE) for frames in (speech, rest))
    return bool(loud > quiet * 10 ** (LEAST_LOUDER_DB / 10))


def _talk(either: Mask) -> slice:
    """Return the frames from the first word to the last: ring and busy tones lie outside."""
    frames = np.flatnonzero(either)
    return slice(int(frames[0]), int(frames[-1]) + 1) if frames.size else slice(0, 0)
