"""What the server tells of itself; its client reads the same models."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from antifraud.records import Sha256, Voice
from antifraud.speech.engines import Candidate

FAILURES = "failed.json"
"""In the archive of a batch with failures: an object from the index of each text that failed to the reason."""


class Reply(BaseModel):
    """Frozen; a newer server may tell more than this version knows."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Offer(Reply):
    """A voice that can be asked for and whom it suits; see `speech.engines.Candidate`."""

    name: str
    gender: Literal["男", "女"]
    youngest: int
    oldest: int
    pitch_step: float
    voice: Voice

    @classmethod
    def of(cls, candidate: Candidate) -> Offer:
        """Return what is told of a candidate."""
        return cls(
            name=candidate.voice.name,
            gender=candidate.voice.gender,
            youngest=candidate.youngest,
            oldest=candidate.oldest,
            pitch_step=candidate.pitch_step,
            voice=candidate.voice,
        )

    @property
    def candidate(self) -> Candidate:
        """What was offered."""
        return Candidate(self.voice, self.youngest, self.oldest, self.pitch_step)


class Voices(Reply):
    """GET /v1/voices: men first, always in the same order."""

    voices: list[Offer]


class Model(Reply):
    """One engine, as OpenAI describes a model."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str
    """Its licence."""


class Models(Reply):
    """GET /v1/models."""

    object: Literal["list"] = "list"
    data: list[Model]


class Ready(Reply):
    """GET /ready."""

    status: Literal["ready"] = "ready"


class Status(Reply):
    """GET /status."""

    server: str
    """Version of antifraud."""
    engine: str
    version: str
    licence: str
    device: str | None
    """None where the engine has no choice of device."""
    sample_rate_hz: int = Field(gt=0, le=384_000)
    batch_size: int = Field(ge=1, le=4096)
    block_calls: int = Field(ge=1, le=4096)
    lanes: int = Field(ge=1, le=256)
    """Batches that are spoken at once."""
    voices_sha256: Sha256
    """Equal where two servers offer the same voices."""
    sound: str
    """Checksum of the settings that decide how the engine sounds."""
    is_ready: bool
    trouble: str | None
    """Why the engine spoke nothing of the last batch; None where it did."""
    waiting: int
    """Utterances, as the three below."""
    running: int
    served: int
    failed: int
    uptime_seconds: float


class Problem(Reply):
    """OpenAI's description of an error."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class ProblemReply(Reply):
    """The body of every answer that is an error."""

    error: Problem


def voices_sha256(offers: Sequence[Offer]) -> str:
    """Return the checksum of a list of voices, all their settings and their order."""
    return sha256("\n".join(offer.model_dump_json() for offer in offers).encode()).hexdigest()
