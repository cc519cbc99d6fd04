"""Calls for tests that need a record of one and no words of the packs."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from antifraud.labels import Emotion, Outcome, Speaker
from antifraud.records import Call, Ending, Line, Provenance, Quality, Segment, Turn

QUALITY = {name: None if field.annotation == float | None else 0 for name, field in Quality.model_fields.items()}


def prattle(seed: str, characters: int = 60) -> str:
    """Return a text that resembles no other."""
    rng = Random(seed)
    return "".join(chr(rng.randrange(0x4E00, 0x9000)) for _ in range(characters))


def a_call(
    turns: Sequence[tuple[Speaker, str]],
    segments: Sequence[tuple[float, float]],
    duration_seconds: float,
    **changes: Any,
) -> Call:
    """Return a fraud call of these turns, heard at these seconds."""
    said = tuple(
        Turn(index=at, speaker=side, text=text, emotion=Emotion.NEUTRAL, acts=())
        for at, (side, text) in enumerate(turns)
    )
    heard = tuple(
        Segment(turn=turn.index, speaker=turn.speaker, start_seconds=start, end_seconds=end)
        for turn, (start, end) in zip(said, segments, strict=True)
    )
    fields: dict[str, Any] = {
        "id": "call-1",
        "seed": 1,
        "is_fraud": True,
        "scene": None,
        "fraud_type": None,
        "official_category": None,
        "scenario": "made-up",
        "storyline": "story-1",
        "branch": "fraud",
        "caller": None,
        "callee": None,
        "intended_outcome": Outcome.REFUSED,
        "turns": said,
        "ending": Ending(ended_by="callee", outcome=Outcome.REFUSED, reason="挂了"),
        "source": "adversarial",
        "provenance": Provenance(engine="test", version="1"),
        "audio": "audio/call-1.wav",
        "sha256": "0" * 64,
        "sample_rate_hz": 8000,
        "channels": 2,
        "duration_seconds": duration_seconds,
        "segments": heard,
        "voices": {},
        "line": Line(),
        "quality": Quality(**QUALITY),
    }
    return Call(**{**fields, **changes})
