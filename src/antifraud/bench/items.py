"""A call as the two lines of a snapshot: what a model sees, and what is right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from antifraud.bench.subsets import decisive_seconds, subsets
from antifraud.records import AnnotatedCall
from antifraud.release_config import BenchConfig
from antifraud.snapshot import Item, Reference

_SEEN: Final = ("id", "audio", "sha256", "sample_rate_hz", "channels", "duration_seconds", "label_set")
_TOLD: Final = (
    *("id", "is_fraud", "scene", "fraud_type", "official_category", "label_set", "scenario", "storyline", "branch"),
    *("source", "callee", "turns", "segments", "ending", "decisive", "rounds", "prefixes", "voices", "line"),
)


def item_of(call: AnnotatedCall, questions: Mapping[str, str], config: BenchConfig) -> Item:
    """Return what a model under test may see: audio and all three questions, whatever the call; no label."""
    cuts = tuple(float(cut) for cut in sorted(set(config.cuts_seconds)) if cut < call.duration_seconds)
    return Item.model_validate({**_fields(call, _SEEN), "questions": dict(questions), "cuts_seconds": cuts})


def reference_of(call: AnnotatedCall, branches: Collection[str], config: BenchConfig) -> Reference:
    """Return what the evaluation compares with.

    Args:
        branches: of the calls of its storyline that are in the snapshot.
    """
    found = {"decisive_seconds": decisive_seconds(call), "subsets": subsets(call, branches, config)}
    return Reference.model_validate({**_fields(call, _TOLD), **found})


def _fields(call: AnnotatedCall, names: Collection[str]) -> dict[str, object]:
    return {name: getattr(call, name) for name in names}
