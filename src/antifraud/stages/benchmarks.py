"""The benchmark, made of annotated calls that stand the audit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from antifraud.bench.build_bench import Frozen, Ground
from antifraud.bench.build_bench import build_bench as freeze
from antifraud.bench.known_calls import Known, open_known
from antifraud.labels import LabelSet
from antifraud.records import AnnotatedCall
from antifraud.release_config import BenchConfig
from antifraud.snapshot import Snapshot, open_snapshot
from antifraud.stages.card_baselines import card_baselines
from antifraud.stages.job import Job
from antifraud.stages.releases import sealed_content
from antifraud.stages.standards import refuse_below_standard
from antifraud.store.lines import read_records

_ELSEWHERE: Final = {"against", "parent"}
"""Paths of this machine; the manifest names what lies there by its seal."""


async def build_bench(job: Job) -> Frozen:
    """Freeze the benchmark's share of the annotated calls."""
    source = job.input or job.run.annotations
    target = job.output or job.run.bench / job.config.bench.snapshot
    config, seed = job.config.bench, job.config.run.seed
    content = sealed_content(source, {"bench": config.model_dump(mode="json", exclude=_ELSEWHERE)}, seed)
    against = [open_known(folder) for folder in config.against]
    await refuse_below_standard(job.config, source, job.packs)
    ground = Ground(
        questions={labels: job.packs.reasoning.asked(labels) for labels in LabelSet},
        content=content,
        measure=partial(_figures, seed=seed),
        score=partial(card_baselines, release=job.run.release),
        against=against,
        parent=_parent(config, against),
    )
    return freeze(lambda: read_records(source, AnnotatedCall), source.parent, target, config, ground, seed=seed)


def _parent(config: BenchConfig, against: Sequence[Known]) -> Snapshot | None:
    """Return the snapshot that a new one follows: the one that is named, or the first it is compared with."""
    if config.parent is not None:
        return open_snapshot(config.parent, with_audio=False)
    return next((known.snapshot for known in against if known.snapshot is not None), None)


def _figures(calls: Sequence[AnnotatedCall], seed: int) -> Mapping[str, Any]:
    """Return what the texts and sounds of a snapshot are like: figures of the audit by name, and spreads of quality.

    Intervals are empty where a figure has none.
    """
    from antifraud.audit.audit import audit
    from antifraud.audit.figures import FIGURES
    from antifraud.speech.gates.summary import summarise

    report = audit(calls, seed=seed, parts=("lengths", "duplicates", "defects", "personal", "association", "shortcuts"))
    text = {
        figure.name.strip(): {"value": _short(value), "interval": list(map(_short, figure.interval(report) or ()))}
        for figure in FIGURES
        if (value := figure.read(report)) is not None
    }
    spreads = summarise(call.quality for call in calls)
    sound = {name: dict(zip(("least", "median", "largest"), map(_short, values))) for name, values in spreads.items()}
    return {"text": text, "sound": sound}


def _short(value: float) -> float:
    """Return a figure as another machine would have it too, whose sums end otherwise in the last digits."""
    return float(f"{value:.4g}")
