"""How the fake service is to behave: the settings of POST /control, and which fault befalls which request."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from hashlib import blake2b
from typing import Any

from .reasoning import SPOILS

FAILURES = frozenset({"429", "429_retry_after", "500", "503", "hang", "drop", "error_200", "key_echo"})
"""Faults after which there is no answer at all, and nothing is charged."""
SPOILED = frozenset({"malformed_json", "wrong_schema", "refusal", "control_tokens", "empty", "length", "cut"}) | SPOILS
"""Faults of an answer that was made, and is charged."""


class BadSettings(ValueError):
    """POST /control names something that does not exist."""


@dataclass(slots=True)
class Settings:
    """Defaults: a quick service without limits or faults."""

    seed: int = 0
    latency_ms: float = 0.0
    jitter_ms: float = 0.0
    """Each request waits up to this much more or less."""
    rpm: int = 0
    """Requests admitted in any sixty seconds; 0 for no limit."""
    retry_after: str = "1"
    json_schema: bool = True
    cached_prefix: bool = False
    reasoning: bool = False
    batch_seconds: float = 0.2
    """From a batch's creation to its completion; the first quarter is validation."""
    speech_format: str = ""
    """What speech is sent as, whatever is asked for; empty for what is asked for."""
    speech_rate_hz: int = 0
    """Rate of speech, whatever is asked for; 0 for what is asked for."""
    transcripts: dict[str, str] | list[str] = field(default_factory=dict)
    """What is heard: by the beginning of the file's name or of its SHA-256, or one after the other."""
    sensevoice_tags: bool = False
    """Transcripts begin with SenseVoice's tags."""
    faults: dict[str, float] = field(default_factory=dict)
    faults_first: list[str] = field(default_factory=list)

    def change(self, changes: dict[str, Any]) -> None:
        """Take over the settings named.

        Raises:
            BadSettings: a setting or a fault has an unknown name, or the shares exceed one.
        """
        unknown = changes.keys() - {known.name for known in fields(self)}
        named = {*changes.get("faults", {}), *changes.get("faults_first", [])}
        if unknown or named - FAILURES - SPOILED:
            raise BadSettings(f"unknown: {sorted(unknown | (named - FAILURES - SPOILED))}")
        if sum(changes.get("faults", {}).values()) > 1:
            raise BadSettings(f"faults: shares sum to more than 1: {changes['faults']}")
        for name, value in changes.items():
            setattr(self, name, value)

    def draw_fault(self, digest: str, asked: int) -> str | None:
        """Return the fault of the `asked`-th request with this body, or None."""
        if self.faults_first:
            return self.faults_first.pop(0)
        if not self.faults:
            return None
        left = chance(f"fault:{self.seed}:{digest}:{asked}")
        for name, share in self.faults.items():
            left -= share
            if left < 0:
                return name
        return None

    def delay_seconds(self, digest: str, asked: int) -> float:
        """Return how long the service thinks."""
        jitter = self.jitter_ms * (2 * chance(f"delay:{self.seed}:{digest}:{asked}") - 1) if self.jitter_ms else 0.0
        return max(0.0, self.latency_ms + jitter) / 1000


def chance(key: str) -> float:
    """Return a number in [0, 1) that depends on nothing but the key."""
    return int.from_bytes(blake2b(key.encode(), digest_size=7).digest()) / 2**56
