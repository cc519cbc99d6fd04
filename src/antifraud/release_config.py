"""Settings of what is made of annotated calls: the training release and the frozen benchmark."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from antifraud.records import Id, Share, Source
from antifraud.settings import Count, Settings, SomeWeight

ReleaseFormat = Literal["taf", "swift", "llamafactory", "openai", "prefixes", "parquet", "webdataset", "lhotse"]


class WindowConfig(Settings):
    """What becomes of calls that are longer than the model which is trained hears."""

    heard_seconds: float = Field(default=30.0, gt=0)
    """Of a recording; towers of the Whisper family, Qwen2-Audio's among them, drop what comes after 30 s unasked."""
    cut: bool = False
    """true: calls are cut into windows that are heard whole, at borders of turns; false: the metadata tells how much
    of each call is heard."""
    overlap_turns: Count = 1
    """cut alone: turns that a window repeats of the one before, where they fit."""


Licence = Literal[
    "Apache-2.0", "CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "CC-BY-NC-SA-4.0", "LicenseRef-by-part"
]
"""SPDX ids; LicenseRef-by-part: every part under the terms of what made it."""


class PackConfig(Settings):
    """The training release."""

    formats: tuple[ReleaseFormat, ...] = ("taf",)
    """For whom: TeleAntiFraud's tools, ms-swift, LLaMA-Factory, OpenAI's chat, training on beginnings of calls, Hugging
    Face's datasets, WebDataset, lhotse."""
    windows: WindowConfig = WindowConfig()
    shard_megabytes: float = Field(default=500, gt=0)
    """parquet, webdataset: most sound of a file; 500 MB is what datasets cuts at too."""
    viewer_calls: Count = 100
    """taf: calls of each split in the viewer's table, with their sound; the Hub shows 100 rows a page."""
    preview_calls: Count = 4
    """taf: recordings of each label to listen to."""
    zips: bool = False
    """taf: audio, sft and binary_classification also as zips, as TeleAntiFraud is published."""
    test_share: Share = 0.2
    test_voices: Literal["shared", "apart"] = "shared"
    """apart: no voice of the test split is heard in training, or pack refuses; see docs/splits.md."""
    name: str = "antifraud-release"
    licence: Licence | None = None
    """null for what the engines allow: Apache-2.0, the licence of the packs' wording; CC-BY-NC-4.0 with voices of
    ChatTTS; LicenseRef-by-part with a provider's model or transcribed calls."""
    creators: Annotated[tuple[str, ...], Field(min_length=1)] = ("antifraud users",)
    """Whom a citation names."""
    version: str = Field(default="1.0.0", pattern=r"^\d+\.\d+\.\d+$")
    """Of the release, by semantic versioning."""
    published: date | None = None
    """Stands in citation and metadata; null keeps a release free of the day it was made."""
    url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """Where the release can be found, for citation and metadata."""

    @model_validator(mode="after")
    def beginnings_need_whole_calls(self) -> Self:
        if self.windows.cut and "prefixes" in self.formats:
            raise ValueError("the format prefixes needs whole calls; leave it out or set windows.cut to false")
        return self


class BenchConfig(Settings):
    """The frozen benchmark."""

    snapshot: Id = "v1"
    share: Share = 0.25
    """Share of the storylines of each label; TeleAntiFraud-28k's benchmark holds 24.62 % of its samples."""
    counts: Annotated[dict[str, Count], SomeWeight] = {}
    """Exact numbers of calls, drawn from that share: by kind (fraud, lawful, sibling, everyday, sales) or by label;
    empty: all of it."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)] = get_args(Source)
    """Where calls may come from; `[adversarial]` keeps out what derives from real calls, `[transcribed, imitated]`
    takes nothing else."""
    against: tuple[Path, ...] = ()
    """Releases and snapshots that no call may be known from."""
    parent: Path | None = None
    """The snapshot that this one follows; null for the first snapshot of `against`."""
    jaccard_limit: float = Field(default=0.7, ge=0.5, le=1)
    """Of the shingles of 5 characters; a call that reaches it against a known one is contaminated."""
    late_share: Share = 0.6
    """Fraud that shows itself no earlier than this share of the call is in the subset `late_fraud`; a design choice."""
    noisy_below_db: float = 20.0
    """A side whose SNR lies below makes the line `noisy`; a design choice."""
    cuts_seconds: tuple[Annotated[float, Field(gt=0)], ...] = (10, 20, 30, 40, 50, 60, 90, 120, 180, 240, 300)
    """Where the beginnings end that are asked about for early detection; steps of 10 s, wider after a minute."""
