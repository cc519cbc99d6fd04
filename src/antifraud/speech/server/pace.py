"""Speed as clients ask for it, in units of the engine."""

from __future__ import annotations

import re

from antifraud.records import Voice

_SPEED = re.compile(r"\[speed_([0-9])\]")
NEUTRAL_TOKEN = 5
TOKEN_STEP = 0.05
"""How much faster one speed token of ChatTTS is taken to be; a design choice, nobody published a figure."""
BOUNDS = {"chattts": (0.0, 9.0), "espeak": (80.0, 450.0), "openai-speech": (0.25, 4.0)}
"""ChatTTS's tokens, espeak-ng's words a minute, OpenAI's factor: what the engines can do."""


def speed_token(prompt: str | None) -> int | None:
    """Return n of a prompt with [speed_n]; None where there is none."""
    found = _SPEED.search(prompt or "")
    return int(found[1]) if found else None


def rate_of_token(voice: Voice, token: int) -> float:
    """Return the rate at which a voice obeys a speed token of ChatTTS."""
    if voice.engine == "chattts":
        return max(float(token), _least(voice))
    return rate_of_factor(voice, 1 + TOKEN_STEP * (token - NEUTRAL_TOKEN))


def rate_of_factor(voice: Voice, factor: float) -> float:
    """Return the rate at which a voice speaks `factor` times as fast, held to what the engine can do."""
    rate = voice.rate + (factor - 1) / TOKEN_STEP if voice.engine == "chattts" else voice.rate * factor
    return max(_least(voice), min(BOUNDS.get(voice.engine, (0.0, rate))[1], rate))


def _least(voice: Voice) -> float:
    """A voice's rate is above 0, so the slowest token of ChatTTS is written as a rate that rounds to it."""
    return max(0.01, BOUNDS.get(voice.engine, (0.0, 0.0))[0])
