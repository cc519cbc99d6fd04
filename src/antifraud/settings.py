"""What every group of settings is, and the kinds of values they share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _some_weight(weights: dict[Any, Any]) -> dict[Any, Any]:
    if weights and not any(weights.values()):
        raise ValueError("at least one must be above 0")
    return weights


Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]
SomeWeight = AfterValidator(_some_weight)


class Settings(BaseModel):
    """A frozen group of settings that refuses unknown keys and checks its own defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
