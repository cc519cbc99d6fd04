"""What every part of a pack is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class PackModel(BaseModel):
    """A frozen part of a pack that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")
