"""Settings of dialogues: which calls to plan, who talks them through, and what imitations may copy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from antifraud.labels import FRAUD_OUTCOMES, LAWFUL_OUTCOMES, Awareness, Outcome, Scene
from antifraud.records import Share
from antifraud.settings import Count, Settings, SomeWeight, Weight


class FraudMix(Settings):
    """Which fraud calls to plan: `count` spread over families by a prior or by weights, or exact `counts`.

    Weights and counts name families, official categories or types of TeleAntiFraud-28k; what a name covers shares it.
    """

    count: Count = 20
    prior: Literal["uniform", "paper-28k", "official"] = "uniform"
    """uniform over families; paper-28k by the type counts of TeleAntiFraud-28k; official by 82,210 police notes."""
    weights: Annotated[dict[str, Weight], SomeWeight] = {}
    """Instead of the prior."""
    counts: Annotated[dict[str, Count], SomeWeight] = {}
    outcomes: dict[Awareness, Annotated[dict[Outcome, Weight], SomeWeight]] = {
        Awareness.LOW: dict(zip(FRAUD_OUTCOMES, (6, 2, 1, 1), strict=True)),
        Awareness.MIDDLE: dict(zip(FRAUD_OUTCOMES, (3, 3, 3, 1), strict=True)),
        Awareness.HIGH: dict(zip(FRAUD_OUTCOMES, (1, 4, 4, 1), strict=True)),
    }
    """How calls end by awareness of fraud; the spread is a design choice, no source gives one.

    Siblings end alike, complied read as settled and refused as declined, or the ending would tell the label.
    """


class StorylineConfig(Settings):
    """What grows around each fraud call."""

    sibling_share: Share = 1.0
    """Share of the fraud calls that get a lawful sibling."""
    sales_share: Share = 0.1
    """Share of the storylines that are told as a pushy but legal sale too."""
    depth: int = Field(default=4, ge=1, le=4)
    """Levels of the tree below the opening."""
    width: int = Field(default=3, ge=2, le=6)
    """Most children of a node."""


class LawfulMix(Settings):
    """Which everyday calls to plan beside the siblings: `count` spread over `weights`, or exact `counts` per scene."""

    count: Count = 6
    weights: Annotated[dict[Scene, Weight], SomeWeight] = Field(default=dict.fromkeys(Scene, 1.0))
    counts: Annotated[dict[Scene, Count], SomeWeight] = {}
    outcomes: dict[Awareness, Annotated[dict[Outcome, Weight], SomeWeight]] = {
        Awareness.LOW: dict(zip(LAWFUL_OUTCOMES, (6, 2, 1, 1), strict=True)),
        Awareness.MIDDLE: dict(zip(LAWFUL_OUTCOMES, (5, 2, 2, 1), strict=True)),
        Awareness.HIGH: dict(zip(LAWFUL_OUTCOMES, (4, 2, 3, 1), strict=True)),
    }


class GenerateConfig(Settings):
    """Dialogues."""

    engine: Literal["scripted", "llm"] = "scripted"
    mode: Literal["turns", "script"] = "turns"
    """llm alone: agents take turns, or one request writes the whole call."""
    supervise_every: int = Field(default=6, ge=1)
    """llm alone: turns between two looks of the supervisor where nothing else calls for one."""
    rewrites: int = Field(default=2, ge=0)
    """llm alone: turns that may be asked for again in one call because a check failed."""
    packs: Path | None = None
    """Folder of scenario packs; null for those that come with antifraud."""
    fraud: FraudMix = FraudMix()
    storylines: StorylineConfig = StorylineConfig()
    lawful: LawfulMix = LawfulMix()
    max_turns: int = Field(default=40, ge=4, le=200)
    attempts: int = Field(default=40, ge=1)
    """Simulations of one plan before it is rejected because none ends as intended."""


class ImitateConfig(Settings):
    """New dialogues that keep the strategy of seed dialogues."""

    engine: Literal["embedded", "llm"] = "embedded"
    """embedded: the scripted agents say what the seed did again; llm: the chat model of `llm` writes by exemplars."""
    count: Count = 100
    kinds: Annotated[dict[str, Weight], SomeWeight] = {}
    """Weights of kinds of call, each by its type of fraud, else its official category or family, or by its scene;
    empty: as the seeds have them."""
    exemplars: int = Field(default=3, ge=1, le=8)
    """llm alone: dialogues shown for a call, the seed that it imitates included."""
    round_size: int = Field(default=50, ge=1, le=5000)
    """Calls that are written side by side; what is accepted of them is an exemplar for the rounds after."""
    attempts: int = Field(default=20, ge=1)
    """Drafts of one call before it is rejected; llm pays for each."""
    longest_copied_run: int = Field(default=12, ge=4)
    """Characters of a turn, without punctuation, that a seed or another imitation may hold too."""
    jaccard_limit: float = Field(default=0.5, ge=0.5, le=1)
    """Of the shingles of 5 characters; a dialogue that reaches it against a seed or another one is refused."""
