"""Annotated calls with recordings: fraud and lawful, 8 kHz WAV and 16 kHz FLAC, another noise on each side."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from antifraud.labels import Act, FraudType, Scene, Speaker
from antifraud.records import AnnotatedCall, Answer, Evidence, Prefix, Round
from tests.calls import a_call, prattle

CONTENT: dict[str, Any] = {"engines": [], "sample_rates_hz": [8000, 16000]}
SAID = ("您好，我是银行的。", "什么事？", "您把验证码念给我。", "我不念。", "那好吧。", "再见。")
ASKED = 2
"""The turn that decides."""


def annotated(
    number: int, folder: Path, spans: Sequence[tuple[float, float]] | None = None, file_format: str | None = None
) -> AnnotatedCall:
    """Return a call whose recording lies in a folder: every fourth is lawful and decided by nothing, every other FLAC.

    Args:
        spans: when each turn is heard; a second in all where it is left out.
    """
    is_fraud, extension = number % 4 != 3, file_format or ("flac" if number % 2 else "wav")
    spans = spans or [(at / 6, (at + 1) / 6) for at in range(6)]
    turns = [(Speaker.CALLEE if at % 2 else Speaker.CALLER, SAID[at % len(SAID)]) for at in range(len(spans))]
    turns[-1] = (turns[-1][0], prattle(f"{number}"))
    seconds, rate_hz = max(end for _, end in spans), 16000 if number % 2 else 8000
    call = a_call(
        turns,
        spans,
        seconds,
        id=f"call-{number}",
        storyline=f"story-{number}",
        audio=f"audio/call-{number}.{extension}",
        sample_rate_hz=rate_hz,
        is_fraud=is_fraud,
        branch="fraud" if is_fraud else "lawful",
        scene=Scene.CONSULTATION,
        fraud_type=FraudType.BANKING if is_fraud else None,
        decisive=Evidence(turn=ASKED, quote="验证码", act=Act.ASK_SECRET) if is_fraud else None,
    )
    file = folder / call.audio
    file.parent.mkdir(exist_ok=True)
    noise = np.random.default_rng(number).normal(scale=[0.05, 0.1], size=(round(seconds * rate_hz), 2))
    with soundfile.SoundFile(file, "w", rate_hz, 2) as writing:
        if extension != "mp3":
            writing.comment = "synthetic speech"
        writing.write(noise.clip(-1, 1))
    fields = {**dict(call), "sha256": sha256(file.read_bytes()).hexdigest(), "rounds": _rounds(is_fraud)}
    return AnnotatedCall(**fields, prefixes=_prefixes(spans, is_fraud), annotator="rules", attempts=1, agrees=True)


def _rounds(is_fraud: bool) -> list[Round]:
    proof = Evidence(turn=ASKED, quote="验证码")
    claims = Evidence(turn=0, quote="银行")
    rounds = [
        Round(
            task="scene",
            question="场景？",
            think="说了“银行”。",
            answer=Answer(reason="凭“银行”", confidence=0.9, scene=Scene.CONSULTATION),
            evidence=(claims,),
        ),
        Round(
            task="fraud",
            question="诈骗？",
            think="要“验证码”。",
            answer=Answer(reason="凭“验证码”", confidence=0.9, is_fraud=is_fraud),
            evidence=(proof,),
        ),
    ]
    kind = Answer(reason="凭“银行”", confidence=0.9, fraud_type=FraudType.BANKING)
    if is_fraud:
        rounds.append(
            Round(task="fraud_type", question="类型？", think="先“银行”。", answer=kind, evidence=(claims, proof))
        )
    return rounds


def _prefixes(spans: Sequence[tuple[float, float]], is_fraud: bool) -> tuple[Prefix, ...]:
    decided = {"stage": "late", "is_fraud": True} if is_fraud else {"stage": "early", "is_fraud": None}
    heard = Prefix(turns=ASKED + 1, seconds=spans[ASKED][1], **decided)
    return heard, Prefix(turns=len(spans), seconds=spans[-1][1], stage="complete", is_fraud=is_fraud)
