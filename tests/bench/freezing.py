"""Annotated calls with real recordings, and snapshots made of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from antifraud.bench.build_bench import Frozen, Ground, build_bench
from antifraud.labels import Act, FraudType, LabelSet, Scene, Speaker
from antifraud.records import AnnotatedCall, Answer, Evidence, Round
from antifraud.release_config import BenchConfig
from tests.calls import a_call

SECONDS, RATE_HZ = 25.0, 8000
QUESTIONS = {labels: {"scene": "什么场景？", "fraud": "是否诈骗？", "fraud_type": "什么诈骗？"} for labels in LabelSet}
TOPICS = "贷款利率低快递丢失医保停用机票改签会员到期刷单返利冻结账户中奖领奖投资理财退税补贴征信修复积分兑换"


@cache
def voiced(seed: int, seconds: float = SECONDS) -> np.ndarray:
    """Return sound that moves as speech does: syllables of a wandering pitch, shape (samples, 2)."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE_HZ)
    sides = []
    for side in range(2):
        syllables = rng.uniform(0.12, 0.3, round(seconds / 0.12))
        at = np.searchsorted(np.cumsum(syllables), np.arange(count) / RATE_HZ)
        pitch_hz = rng.uniform(90, 260, at.max() + 1)[at]
        tilt = rng.uniform(0.2, 1.0, (at.max() + 1, 12))[at]
        phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ
        wave = sum(tilt[:, n - 1] * np.sin(n * phase) / n for n in range(1, 13))
        speaks = (rng.random(at.max() + 1) < 0.85)[at] & ((np.arange(count) // (3 * RATE_HZ)) % 2 == side)
        sides.append(0.1 * wave * speaks)
    return np.stack(sides, axis=1).astype(np.float32)


def annotated(number: int, folder: Path, sound: np.ndarray | None = None, **changes: Any) -> AnnotatedCall:
    """Return an annotated call whose recording lies in a folder; a changed branch changes its labels too."""
    rng = np.random.default_rng((number, 7))
    said = ["".join(rng.choice(list(TOPICS), 40)) for _ in range(6)]
    sides = (Speaker.CALLER, Speaker.CALLEE) * 3
    branch = changes.get("branch", "fraud")
    lawful = {"is_fraud": False, "fraud_type": None}
    fields = {
        "id": f"call-{number}",
        "storyline": f"story-{number}",
        "audio": f"audio/call-{number}.wav",
        "scene": Scene.CONSULTATION,
        "fraud_type": FraudType.BANKING,
        "decisive": Evidence(turn=4, quote=said[4][:4], act=Act.ASK_SECRET),
        **({} if branch == "fraud" else lawful),
        **changes,
    }
    call = a_call(
        turns=list(zip(sides, said)), segments=[(4.0 * at, 4.0 * at + 3) for at in range(6)], duration_seconds=SECONDS
    )
    path = folder / str(fields["audio"])
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, voiced(number) if sound is None else sound, RATE_HZ)
    proof = (Evidence(turn=0, quote=said[0][:4]),)
    answer = Answer(reason="凭这句话", confidence=0.9, is_fraud=branch == "fraud")
    round_ = Round(task="fraud", question="是否诈骗？", think="想。", answer=answer, evidence=proof)
    made = {**dict(call), "sha256": sha256(path.read_bytes()).hexdigest(), "rounds": (round_,)}
    return AnnotatedCall(**{**made, **fields}, annotator="rules", attempts=1, agrees=True)


def ground(**content: Any) -> Ground:
    said = {"inputs": {}, "config": {}, "seed": 1, "engines": [], "sample_rates_hz": [RATE_HZ], "synthetic": True}
    return Ground(questions=QUESTIONS, content={**said, **content}, measure=lambda _: {"text": {}, "sound": {}})


def freeze(calls: Sequence[AnnotatedCall], source: Path, target: Path, seed: int = 1, **config: Any) -> Frozen:
    """Freeze all of the calls, if the config says nothing else."""
    settings = BenchConfig.model_validate({"share": 1.0, **config})
    said = ground(config={"bench": settings.model_dump(mode="json", exclude={"against", "parent"})}, seed=seed)
    return build_bench(lambda: calls, source, target, settings, said, seed=seed)
