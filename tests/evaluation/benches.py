"""Snapshots and predictions for tests of scoring: real files, sealed as the real ones are, without audio."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from antifraud.evaluation.records import Given, Prediction
from antifraud.labels import (
    Awareness,
    Codec,
    Emotion,
    FraudType,
    LabelSet,
    Noise,
    OfficialCategory,
    Outcome,
    Scene,
    Speaker,
)
from antifraud.records import Ending, Evidence, Line, Persona, Segment, Side, Task, Turn, Voice
from antifraud.snapshot import Item, Reference
from antifraud.store.files import sha256_of
from antifraud.store.lines import dump_line
from antifraud.store.sealed import seal

CUTS = (10.0, 20.0, 30.0)


def reference(number: int, rng: random.Random, **changes: Any) -> Reference:
    """Return the reference of a call of 60 s; every third is lawful, two calls make a storyline."""
    is_fraud = number % 3 != 0
    turn = Turn(index=0, speaker=Speaker.CALLER, text="您好", emotion=Emotion.NEUTRAL, acts=())
    voice = Voice(engine="espeak", version="1", name=f"v{number % 3}", gender="女", rate=1, pitch=0)
    fields: dict[str, Any] = {
        "id": f"call-{number:06}",
        "is_fraud": is_fraud,
        "scene": rng.choice([*Scene]),
        "fraud_type": rng.choice([*FraudType]) if is_fraud else None,
        "official_category": rng.choice([*OfficialCategory, None]) if is_fraud else None,
        "label_set": LabelSet.TELEANTIFRAUD,
        "scenario": "made-up",
        "storyline": f"story-{number // 2:06}",
        "branch": "fraud" if is_fraud else "lawful",
        "source": "adversarial",
        "callee": Persona(
            name="王芳",
            gender="女",
            age=40,
            occupation="教师",
            region="武汉",
            awareness=rng.choice([*Awareness]),
            manner="干脆",
        ),
        "turns": (turn,),
        "segments": (Segment(turn=0, speaker=Speaker.CALLER, start_seconds=0, end_seconds=1),),
        "ending": Ending(ended_by="callee", outcome=Outcome.REFUSED, reason="挂了"),
        "decisive": Evidence(turn=0, quote="您好") if is_fraud else None,
        "decisive_seconds": 15.0 if is_fraud else None,
        "rounds": (),
        "voices": {Speaker.CALLER: voice},
        "line": Line(
            codec=rng.choice([Codec.ALAW, Codec.AMR_NB]),
            sides={Speaker.CALLER: Side(noise=Noise.BABBLE, snr_db=rng.choice([5.0, 30.0]))},
        ),
        "subsets": ("siblings",) if number % 2 else (),
    }
    return Reference(**{**fields, **changes})


def item(of: Reference) -> Item:
    """Return the item of a call of 60 s."""
    return Item(
        id=of.id,
        audio=f"audio/{of.id}.wav",
        sha256="0" * 64,
        sample_rate_hz=16000,
        channels=2,
        duration_seconds=60.0,
        label_set=of.label_set,
        questions={"scene": "?", "fraud": "?", "fraud_type": "?"},
        cuts_seconds=CUTS,
    )


def references(calls: int, seed: int = 0) -> list[Reference]:
    """Return references of every label."""
    rng = random.Random(str(seed))
    return [reference(number, rng) for number in range(calls)]


def write_bench(folder: Path, calls: Iterable[Reference]) -> Path:
    """Write and seal a snapshot without audio."""
    folder.mkdir(parents=True)
    kept = list(calls)
    (folder / "items.jsonl").write_bytes(b"".join(dump_line(item(call)) for call in kept))
    (folder / "references.jsonl").write_bytes(b"".join(dump_line(call) for call in kept))
    seal(folder, "manifest.json", {"snapshot": folder.name})
    return folder


QUESTIONS: dict[Task, str] = {
    "scene": "判断场景。可选场景：订餐服务、咨询客服、预约服务。用 JSON 回答，字段为 scene、reason、confidence。",
    "fraud": "判断是不是诈骗。用 JSON 回答，字段为 reason、confidence、is_fraud。",
    "fraud_type": "哪一类诈骗。可选类型：投资诈骗、银行诈骗。用 JSON 回答，字段为 fraud_type、reason、confidence。",
}


def write_sounding_bench(
    folder: Path, calls: int, *, seconds: float = 0.5, cuts: tuple[float, ...] = (), rate_hz: int = 8000
) -> Path:
    """Write and seal a snapshot whose calls are noise in stereo, each of its own."""
    (folder / "audio").mkdir(parents=True)
    items = []
    for of in references(calls):
        noise = np.random.default_rng(int(of.id.rpartition("-")[2])).uniform(-0.5, 0.5, (round(seconds * rate_hz), 2))
        path = folder / "audio" / f"{of.id}.wav"
        soundfile.write(path, noise, rate_hz, subtype="PCM_16")
        changes = {"sha256": sha256_of(path), "sample_rate_hz": rate_hz, "duration_seconds": seconds}
        items.append(item(of).model_copy(update={**changes, "questions": QUESTIONS, "cuts_seconds": cuts}))
    (folder / "items.jsonl").write_bytes(b"".join(map(dump_line, items)))
    (folder / "references.jsonl").write_bytes(b"".join(map(dump_line, references(calls))))
    seal(folder, "manifest.json", {"snapshot": folder.name})
    return folder


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> Path:
    """Write a predictions file."""
    path.write_bytes(b"".join(map(dump_line, predictions)))
    return path


def said(task: Task, label: str | None, confidence: float | None = None) -> Given:
    """Return an answer in the form that was asked for; one that cannot be read where there is no label."""
    if label is None:
        return Given(task=task, raw="说不清楚")
    field = {"scene": "scene", "fraud": "is_fraud", "fraud_type": "fraud_type"}[task]
    value: Any = label == "fraud" if task == "fraud" else label
    answer = {field: value, "reason": "r"} | ({} if confidence is None else {"confidence": confidence})
    text = json.dumps(answer, ensure_ascii=False)
    return Given(task=task, raw=f"<think>t</think><answer>{text}</answer>")


Answerer = Callable[[Reference, random.Random], Iterable[Given]]


def chained(right: float, unreadable: float = 0.0) -> Answerer:
    """Return a model that is right with one probability, unreadable with another, and names types of fraud alone."""

    def answer(of: Reference, rng: random.Random) -> Iterable[Given]:
        def pick(true: str, others: Iterable[str]) -> str | None:
            if rng.random() < unreadable:
                return None
            return true if rng.random() < right else rng.choice([*others])

        yield said("scene", pick(str(of.scene), Scene), 0.7)
        verdict = pick("fraud" if of.is_fraud else "normal", ("fraud", "normal"))
        yield said("fraud", verdict, round(rng.uniform(0.51, 1.0), 2))
        if verdict == "fraud":
            yield said("fraud_type", pick(str(of.fraud_type or FraudType.BANKING), FraudType), 0.6)

    return answer


def predictions(
    calls: Iterable[Reference], answerer: Answerer, seed: int = 0, model: str = "model-a"
) -> Iterable[Prediction]:
    """Yield a prediction for each whole call."""
    rng = random.Random(f"predictions {seed}")
    for call in calls:
        yield Prediction(id=call.id, answers=tuple(answerer(call, rng)), model=model)
