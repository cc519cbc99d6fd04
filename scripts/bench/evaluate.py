"""How long scoring takes, and how long asking takes beside the model's own time.

.venv/bin/python scripts/bench/evaluate.py [--calls 100000]
.venv/bin/python scripts/bench/evaluate.py --ask [--items 2000] [--seconds 20] [--latency 1.0] [--concurrency 100]

The first scores stored predictions on a made-up snapshot and prints CPU seconds and peak memory of one process for
`score`, and the shares of its parts. The second asks the test double, whose every answer takes the same time, about
calls with audio and prints the wall time against the ideal: requests * latency / concurrency.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import soundfile

from antifraud.labels import Awareness, FraudType, OfficialCategory, Outcome, Scene
from antifraud.store.sealed import seal

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.fakes.client import FakeService

TURNS = 14
"""Of a storyline's call; with what they say a reference has some 4 kB."""
CUTS = [10.0, 20.0, 30.0]
RATE_HZ = 8000
QUESTIONS = {
    "scene": "判断场景。可选场景：订餐服务、咨询客服、预约服务。用 JSON 回答，字段为 scene、reason、confidence。",
    "fraud": "判断是不是诈骗。用 JSON 回答，字段为 reason、confidence、is_fraud。",
    "fraud_type": "哪一类诈骗。可选类型：投资诈骗、银行诈骗。用 JSON 回答，字段为 fraud_type、reason、confidence。",
}


def main() -> None:
    """Make files, score them in a process of its own, print what it took."""
    options = argparse.ArgumentParser()
    options.add_argument("--calls", type=int, default=100_000)
    options.add_argument("--ask", action="store_true", help="measure asking")
    options.add_argument("--items", type=int, default=2000)
    options.add_argument("--seconds", type=float, default=20.0, help="length of a call, 8 kHz stereo WAV")
    options.add_argument("--latency", type=float, default=1.0, help="seconds until the double answers")
    options.add_argument("--concurrency", type=int, default=100)
    options.add_argument("--score", nargs=2, type=Path, metavar=("BENCH", "PREDICTIONS"), help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.score:
        measure(*given.score)
        return
    if given.ask:
        ask(given.items, given.seconds, given.latency, given.concurrency)
        return
    with tempfile.TemporaryDirectory() as folder:
        bench, predictions = Path(folder, "made-up"), Path(folder, "predictions.jsonl")
        write(bench, predictions, given.calls)
        subprocess.run([sys.executable, __file__, "--score", str(bench), str(predictions)], check=True)


def measure(bench: Path, predictions: Path) -> None:
    """Score once and print CPU seconds of each part and the peak of memory."""
    from antifraud.evaluation import matching, score, truths

    started = time.process_time()
    results = score.score(bench, predictions)
    ended = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    known = truths.read_bench(bench)
    read = time.process_time()
    matching.match(predictions, known)
    matched = time.process_time()
    print(f"{results.calls} predictions, {results.storylines} storylines, {len(results.slices)} slices")
    print(f"score: {ended - started:.1f} s of CPU, peak {peak:.0f} MB")
    print(f"of it reading the snapshot {read - ended:.1f} s, reading answers {matched - read:.1f} s")
    print(f"accuracy of the fraud task {results.strict.tasks['fraud'].figures['accuracy']}")


def ask(items: int, seconds: float, latency: float, concurrency: int) -> None:
    """Ask the test double about a snapshot with audio and print what it took."""
    with tempfile.TemporaryDirectory() as folder, FakeService() as service:
        bench = Path(folder, "sounding")
        write_with_audio(bench, items, seconds)
        service.order(latency_ms=latency * 1000)
        settings = [
            f"llm.base_url={service.url}",
            f"llm.concurrency={concurrency}",
            f"evaluate.concurrency={concurrency}",
        ]
        options = [part for setting in (*settings, "evaluate.draws=50") for part in ("--set", setting)]
        asked = [
            "evaluate",
            "--bench",
            str(bench),
            "--model",
            "fake/chat",
            "-o",
            str(Path(folder, "out")),
            "-q",
            "--json",
        ]
        started = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "antifraud", *asked, *options],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "SILICONFLOW_API_KEY": "sk-loopback"},
        )
        wall = time.perf_counter() - started
        used, stats = resource.getrusage(resource.RUSAGE_CHILDREN), service.stats()
    asking, ideal = stats["last_seconds"] - stats["first_seconds"], stats["answered"] * latency / concurrency
    print(f"{items} items of {seconds:g} s, {stats['answered']} answers of {latency:g} s, {concurrency} at once")
    print(f"asking {asking:.1f} s, ideal {ideal:.1f} s: {asking / ideal:.2f}; most at once {stats['max_concurrent']}")
    print(
        f"whole command {wall:.1f} s, {used.ru_utime + used.ru_stime:.1f} s of CPU, peak {used.ru_maxrss / 1024:.0f} MB"
    )


def write_with_audio(bench: Path, items: int, seconds: float) -> None:
    """Write a snapshot whose calls are one noise, each with a first sample of its own."""
    (bench / "audio").mkdir(parents=True)
    rng = random.Random("evaluate")
    noise, buffer = np.random.default_rng(0).integers(-9000, 9000, (int(seconds * RATE_HZ), 2), np.int16), BytesIO()
    soundfile.write(buffer, noise, RATE_HZ, format="WAV", subtype="PCM_16")
    sound = buffer.getvalue()
    with open(bench / "items.jsonl", "wb") as known, open(bench / "references.jsonl", "wb") as references:
        for number in range(items):
            truth, own = reference(number, rng), sound[:-4] + number.to_bytes(4, "little")
            Path(bench, "audio", f"{truth['id']}.wav").write_bytes(own)
            changes = {"duration_seconds": seconds, "sample_rate_hz": RATE_HZ, "sha256": sha256(own).hexdigest()}
            known.write(orjson.dumps({**item(truth), **changes, "questions": QUESTIONS, "cuts_seconds": []}) + b"\n")
            references.write(orjson.dumps(truth) + b"\n")
    seal(bench, "manifest.json", {"snapshot": bench.name})


def write(bench: Path, predictions: Path, calls: int) -> None:
    """Write a snapshot without audio, and a model that is right in 8 of 10 and says nothing in 1 of 50."""
    bench.mkdir()
    rng = random.Random("evaluate")
    with (
        open(bench / "items.jsonl", "wb") as items,
        open(bench / "references.jsonl", "wb") as references,
        open(predictions, "wb") as answers,
    ):
        for number in range(calls):
            truth = reference(number, rng)
            references.write(orjson.dumps(truth) + b"\n")
            items.write(orjson.dumps(item(truth)) + b"\n")
            answers.write(orjson.dumps(prediction(truth, rng)) + b"\n")
    seal(bench, "manifest.json", {"snapshot": bench.name})


def reference(number: int, rng: random.Random) -> dict[str, Any]:
    """Return what is true of one call: every fifth is lawful, two of a storyline."""
    is_fraud = number % 5 != 0
    voice = {"engine": "chattts", "version": "1", "gender": "女", "rate": 5, "pitch": 0, "characters_per_second": None}
    turns = [
        {
            "index": at,
            "speaker": "caller" if at % 2 == 0 else "callee",
            "text": "您好，这里是客服中心，想跟您核实一笔订单。" * 2,
        }
        | {"emotion": "neutral", "acts": ["inform"]}
        for at in range(TURNS)
    ]
    return {
        "id": f"call-{number:06}",
        "is_fraud": is_fraud,
        "scene": rng.choice([*Scene]),
        "fraud_type": rng.choice([*FraudType]) if is_fraud else None,
        "official_category": rng.choice([*OfficialCategory]) if is_fraud else None,
        "label_set": "teleantifraud",
        "scenario": f"scenario-{number % 40}",
        "storyline": f"story-{number // 2:06}",
        "branch": "fraud" if is_fraud else "lawful",
        "source": "adversarial",
        "callee": {"name": "王芳", "gender": "女", "age": 40, "occupation": "教师", "region": "武汉", "manner": "干脆"}
        | {"awareness": rng.choice([*Awareness])},
        "turns": turns,
        "segments": [
            {"turn": at, "speaker": turn["speaker"], "start_seconds": 4.0 * at, "end_seconds": 4.0 * at + 3.5}
            for at, turn in enumerate(turns)
        ],
        "ending": {"ended_by": "callee", "outcome": rng.choice([*Outcome]), "reason": "挂了"},
        "decisive": {"turn": 4, "quote": "订单"} if is_fraud else None,
        "decisive_seconds": 19.5 if is_fraud else None,
        "rounds": [],
        "voices": {side: {**voice, "name": f"voice-{rng.randrange(35)}"} for side in ("caller", "callee")},
        "line": {"codec": rng.choice(["alaw", "amr-nb", "opus"]), "lost_share": rng.choice([0.0, 0.01])}
        | {"sides": {"caller": {"noise": rng.choice(["none", "babble"]), "snr_db": rng.choice([5.0, 30.0])}}},
        "subsets": rng.sample(["siblings", "late", "sales"], 1),
    }


def item(truth: dict[str, Any]) -> dict[str, Any]:
    """Return the item of a call."""
    questions = dict.fromkeys(("scene", "fraud", "fraud_type"), "请先听完这通电话的录音，判断它属于哪一种。" * 4)
    seconds = 4.0 * TURNS
    return {"id": truth["id"], "audio": f"audio/{truth['id']}.wav", "sha256": "0" * 64, "sample_rate_hz": 16000} | {
        "channels": 2,
        "duration_seconds": seconds,
        "label_set": "teleantifraud",
        "questions": questions,
        "cuts_seconds": CUTS,
    }


def prediction(truth: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    """Return answers to all three questions, with some 500 characters of thinking each."""
    think = "对方自称客服，要求核实订单信息，语气平稳，没有索要密码。" * 20

    def said(task: str, field: str, true: Any, others: list[Any]) -> dict[str, Any]:
        label = true if true is not None and rng.random() < 0.8 else rng.choice(others)
        answer = {field: label, "reason": "听下来如此", "confidence": round(rng.uniform(0.5, 1), 2)}
        text = json.dumps(answer, ensure_ascii=False) if rng.random() > 0.02 else "说不好。"
        return {"task": task, "raw": f"<think>{think}</think><answer>{text}</answer>", "latency_seconds": 1.5}

    def rounds() -> Iterator[dict[str, Any]]:
        yield said("scene", "scene", truth["scene"], [*Scene])
        yield said("fraud", "is_fraud", truth["is_fraud"], [True, False])
        yield said("fraud_type", "fraud_type", truth["fraud_type"], [*FraudType])

    return {"id": truth["id"], "answers": [*rounds()], "model": "made-up"}


if __name__ == "__main__":
    main()
