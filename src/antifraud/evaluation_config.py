"""Settings of how models are tested."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from antifraud.settings import Count, Settings


class EvaluateConfig(Settings):
    """How a model is asked about the benchmark; a chat model and its service are those of `llm`."""

    kind: Literal["audio", "transcript", "command"] = "audio"
    """audio: a chat model that listens; transcript: one that reads; command: a program of your own."""
    transcript: Path | None = None
    """transcript alone: what a recogniser wrote down; null for what was said by the snapshot's references."""
    command: str | None = None
    """command alone: what to run; it is split into words, and no shell reads it."""
    chain: bool = True
    """Own answers of earlier rounds stand before a question; false: every question by itself."""
    binary: bool = False
    """Ask for one word, fraud or normal, as TeleAntiFraud 2.0 does."""
    prefixes: bool = False
    """Ask about the beginnings of calls too, on audio that is cut there."""
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=4096, ge=1)
    """Room for thinking and answer."""
    concurrency: int = Field(default=64, ge=1, le=4096)
    """Calls asked about at once; llm.concurrency bounds the requests."""
    audio_format: Literal["wav", "mp3", "flac"] | None = None
    """null: as the file is, where the provider takes it."""
    most_bytes: int | None = Field(default=None, ge=1)
    """Largest recording in base64 that the provider takes; null for what is known of it."""
    most_seconds: float | None = Field(default=None, gt=0)
    """Longest recording that the model hears to its end; null for what is known of provider and model."""
    timeout_seconds: float = Field(default=600.0, gt=0)
    """command alone: for one answer."""
    draws: int = Field(default=1000, ge=1)
    """Of the bootstrap over storylines."""


class JudgeConfig(Settings):
    """Judging how a model argued."""

    model: str | None = None
    """A model of the service of `llm`; null for one of the provider's that did not write the reference reasoning."""
    repeats: int = Field(default=3, ge=1, le=32)
    """Judgements of each answer, of which the mean counts; SAFE-QAQ takes 3."""
    temperature: float = Field(default=0.6, ge=0, le=2)
    """SAFE-QAQ's."""
    max_tokens: int = Field(default=4096, ge=256)
    """Room for thinking and the fifteen probabilities."""
    calls: int | None = Field(default=None, ge=1)
    """Calls that are judged, drawn by the seed; null for all."""
    probed: Count = 20
    """Answers that are judged again with the order turned round, and again with words that say nothing."""
