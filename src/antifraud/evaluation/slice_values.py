"""What calls are sliced by."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from pydantic import BaseModel, ConfigDict

from antifraud.labels import Awareness, Codec, FraudType, Noise, OfficialCategory, Outcome, Scene, Speaker
from antifraud.records import Line, Voice

_LENGTH_BOUNDS_SECONDS: Final = (0, 30, 60, 120)
"""30 s is what a Whisper-like encoder hears of a call; the rest are design choices."""
_HEARD_BOUNDS_SECONDS: Final = (10, 20, 30, 60)
_LOUD_NOISE_DB: Final = 15.0
"""Speech over noise below which a line counts as noisy, a design choice."""


class _Known(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Callee(_Known):
    awareness: Awareness


class _Ending(_Known):
    outcome: Outcome


class Sliced(_Known):
    """The fields of a `Reference` that calls are sliced by."""

    is_fraud: bool
    scene: Scene | None
    fraud_type: FraudType | None
    official_category: OfficialCategory | None
    branch: str
    source: str
    callee: _Callee | None
    ending: _Ending
    voices: dict[Speaker, Voice]
    line: Line
    subsets: tuple[str, ...]


def slice_values(reference: Sliced, duration_seconds: float) -> Iterator[tuple[str, str]]:
    """Yield dimension and value of each slice that a call belongs to; more than one where it is of several subsets."""
    yield "label", "fraud" if reference.is_fraud else "normal"
    yield "branch", reference.branch
    yield "scene", reference.scene or "unknown"
    if reference.fraud_type:
        yield "fraud_type", reference.fraud_type
    yield "official_category", reference.official_category or "none"
    yield "awareness", reference.callee.awareness if reference.callee else "unknown"
    yield "outcome", reference.ending.outcome
    yield "source", reference.source
    for side in Speaker:
        if voice := reference.voices.get(side):
            yield f"{side}_voice", f"{voice.engine}/{voice.name}"
            yield f"{side}_voice_gender", voice.gender
    yield from _line_values(reference.line)
    yield "length", _length_band(duration_seconds)
    for subset in reference.subsets:
        yield "subset", subset


def _line_values(line: Line) -> Iterator[tuple[str, str]]:
    noises = sorted({side.noise for side in line.sides.values()} - {Noise.NONE})
    worst = min((side.snr_db for side in line.sides.values() if side.snr_db is not None), default=None)
    yield "codec", line.codec
    yield "noise", "+".join(noises) or Noise.NONE
    is_noisy, is_lossy = worst is not None and worst < _LOUD_NOISE_DB, line.lost_share > 0
    condition = "noisy" if is_noisy else "lossy" if is_lossy else "coded" if line.codec is not Codec.NONE else "clean"
    yield "line", "noisy and lossy" if is_noisy and is_lossy else condition


def heard_band(seconds: float) -> str:
    """Return which band a beginning belongs to; one of 10 s to the first, for that is where beginnings are cut."""
    within = next((bound for bound in _HEARD_BOUNDS_SECONDS if seconds <= bound), None)
    return f"more than {_HEARD_BOUNDS_SECONDS[-1]} s" if within is None else f"up to {within} s"


def _length_band(seconds: float) -> str:
    for low, high in pairwise(_LENGTH_BOUNDS_SECONDS):
        if seconds < high:
            return f"{low}-{high} s"
    return f"{_LENGTH_BOUNDS_SECONDS[-1]} s and more"
