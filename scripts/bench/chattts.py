"""What batches gain and what engine and stage cost: ChatTTS's own loop against ours, weights random.

    PYTHONPATH=. python scripts/bench/chattts.py [--device cuda] [--batches 1 4 16 64]

Weights have the real size and random values, so that speed is real and sound is noise; every row lasts the same count
of tokens. All sides speak the same rows with refining off, in turns, each in a process of one thread that is warm;
of all rounds the best counts. The stage is the engine with gates, timing, a G.711 line and the file. Cost is CPU time
of model and, for engine and stage, of the parent; on a GPU it is wall time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from antifraud.config import Config
from antifraud.dialogue.generate import generate
from antifraud.labels import Codec, Emotion, Speaker
from antifraud.records import Dialogue, Turn
from antifraud.speech.assembly import assemble
from antifraud.speech.engines import SpeechFailed, Utterance
from antifraud.speech.engines.chattts import WORKER, ChatttsEngine
from antifraud.speech.sound_files import encode
from antifraud.speech.studio import Studio
from antifraud.speech.voices.bank import read_bank
from antifraud.speech.voices.reserves import Reserves
from antifraud.speech_config import ChatttsConfig, LineConfig, SpeechConfig
from antifraud.stages.dialogues import sample_calls
from antifraud.stages.job import Job
from tests.speech import chattts_assets
from tests.speech.processes import workers_of

TEXT = "您名下有一个金卡会员今天下午要扣三百块吧"
TOKENS_PER_CHARACTER = 4
TOKENS = TOKENS_PER_CHARACTER * len(TEXT)
LEAST_ROWS = 2
"""Rows of one measurement; small batches are repeated."""
GAIN_WANTED, COST_WANTED = 4.0, 1.10

Figures = tuple[float, float]
"""Seconds of audio, seconds of cost."""


def bare(folder: Path, device: str) -> None:
    """Speak batches of the sizes that stdin names with ChatTTS alone; print the figures of each."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, str(WORKER.parent))
    from chattts_worker import load  # type: ignore[import-not-found]

    start = {"assets": str(folder), "model": str(folder / "model.json"), "device": device, "compile": False}
    loaded, _ = load(start)
    import ChatTTS
    import torch

    chat = ChatTTS.Chat()
    chat.config, chat.sha256_map = loaded.config, loaded.sha256_map
    speaker = loaded.sample_speakers(1, 0)[0]
    del loaded
    if not chat.load(source="custom", custom_path=str(folder), device=torch.device(device)):
        raise SystemExit("the weights do not load")
    for line in sys.stdin:
        size = int(line)
        clock = _clock(device)
        params = chat.InferCodeParams(
            spk_emb=speaker, min_new_token=TOKENS, max_new_token=TOKENS, show_tqdm=False, prompt="[speed_5]"
        )
        options = {"split_text": False, "do_text_normalization": False, "do_homophone_replacement": False}
        started, samples = clock(), 0
        for _ in range(-(-LEAST_ROWS // size)):
            waves = chat.infer([TEXT] * size, skip_refine_text=True, params_infer_code=params, **options)
            samples += sum(map(len, waves))
        print(json.dumps([samples / ChatttsEngine.sample_rate_hz, clock() - started]), file=out, flush=True)


def _clock(device: str) -> Callable[[], float]:
    return time.perf_counter if device == "cuda" else time.process_time


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def speak(engine: ChatttsEngine, plain: Utterance, size: int, device: str) -> Figures:
    """Speak batches of one size with the engine."""
    [worker] = workers_of(os.getpid(), WORKER)

    def cost() -> float:
        return time.perf_counter() if device == "cuda" else time.process_time() + _cpu_seconds(worker)

    started, samples = cost(), 0
    for call in range(-(-LEAST_ROWS // size)):
        for wave in await engine.speak([replace(plain, seed=call * size + row) for row in range(size)]):
            if isinstance(wave, SpeechFailed):
                raise SystemExit(str(wave))
            samples += len(wave)
    return samples / engine.sample_rate_hz, cost() - started


async def make_calls(engine: ChatttsEngine, model: Dialogue, size: int, device: str) -> Figures:
    """Make calls whose turns are batches of one size."""
    [worker] = workers_of(os.getpid(), WORKER)

    def cost() -> float:
        return time.perf_counter() if device == "cuda" else time.process_time() + _cpu_seconds(worker)

    turns = tuple(
        Turn(
            index=number,
            speaker=(Speaker.CALLER, Speaker.CALLEE)[number % 2],
            text=TEXT,
            emotion=Emotion.NEUTRAL,
            acts=(),
        )
        for number in range(max(LEAST_ROWS, size))
    )
    config = SpeechConfig(gates="report", line=LineConfig(codecs={Codec.ALAW: 1}))
    started = cost()
    async with Studio(Sized(engine, size), config, Reserves([], 0, 0)) as studio:
        (booking,) = studio.book([model.model_copy(update={"turns": turns})])
        spoken = await studio.speak(booking)
        sound = assemble(booking.dialogue, spoken, engine.sample_rate_hz, config, None)
        encode(sound.stereo, config.sample_rate_hz, "wav", title="bench", comment="bench")
    return sum(map(len, spoken.waves)) / engine.sample_rate_hz, cost() - started


class Sized:
    """The engine with batches of another size."""

    def __init__(self, engine: ChatttsEngine, size: int) -> None:
        self.name, self.version, self.licence = engine.name, engine.version, engine.licence
        self.sample_rate_hz, self.batch_size, self.block_calls = engine.sample_rate_hz, size, 1
        self.start, self.close, self.speak, self.voices = engine.start, engine.close, engine.speak, engine.voices


async def some_dialogue() -> Dialogue:
    """Return any dialogue; its turns are replaced."""
    job = Job(Config())
    for each in sample_calls(job.config, job.packs):
        dialogue = await generate(each, job.config.generate, job.packs, None)
        if isinstance(dialogue, Dialogue):
            return dialogue
    raise SystemExit("no dialogue was made")


async def measure(
    folder: Path, device: str, batches: Sequence[int], rounds: int, loop: tuple[IO[str], IO[str]]
) -> dict[str, dict[int, float]]:
    """Return seconds of audio for each second of cost, by who spoke and the size of the batch."""
    chattts = ChatttsConfig.model_validate(
        {"assets": folder, "model": folder / "model.json", "device": device, "refine": False}
    )
    bank = read_bank(folder / "bank.jsonl")
    engine = ChatttsEngine(SpeechConfig(workers=1, timeout_seconds=600, chattts=chattts), bank)
    await engine.start()
    model = await some_dialogue()
    plain = Utterance(TEXT, engine.voices("女")[0].voice, Emotion.NEUTRAL, "", 0)
    speakers: dict[str, Callable[[int], Coroutine[Any, Any, Figures]]] = {
        "bare": lambda size: _ask(*loop, size),
        "engine": lambda size: speak(engine, plain, size, device),
        "stage": lambda size: make_calls(engine, model, size, device),
    }
    best: dict[str, dict[int, float]] = {name: dict.fromkeys(batches, 0.0) for name in speakers}
    for name in speakers:  # warm
        await speakers[name](min(batches))
    for _ in range(rounds):
        for size in batches:
            for name in speakers:
                audio_seconds, cost_seconds = await speakers[name](size)
                best[name][size] = max(best[name][size], audio_seconds / cost_seconds)
    await engine.close()
    return best


async def _ask(stdin: IO[str], stdout: IO[str], size: int) -> Figures:
    print(size, file=stdin, flush=True)
    audio_seconds, cost_seconds = json.loads(stdout.readline())
    return audio_seconds, cost_seconds


def show(best: dict[str, dict[int, float]], device: str) -> None:
    """Print the figures beside what they should be."""
    second = "second" if device == "cuda" else "CPU second"
    print(f"random weights of the real size, {device}, {TOKENS} tokens a row; seconds of audio per {second}")
    print(f"{'batch':>5}{'bare loop':>12}{'engine':>12}{'stage':>12}{'cost of the stage over the loop':>34}")
    for size in best["bare"]:
        loop, engine, stage = (best[name][size] for name in ("bare", "engine", "stage"))
        print(f"{size:>5}{loop:>12.3f}{engine:>12.3f}{stage:>12.3f}{loop / stage:>34.3f}")
    if {1, 16} <= best["engine"].keys():
        gain = best["engine"][16] / best["engine"][1]
        print(f"batch 16 over batch 1: {gain:.2f} (wanted: at least {GAIN_WANTED})")
        cost = best["bare"][16] / best["stage"][16]
        print(f"stage over bare loop at batch 16: {cost:.3f} (wanted: at most {COST_WANTED})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--batches", type=int, nargs="+")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--bare", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.bare:
        bare(given.bare, given.device)
        return
    batches = given.batches or ([1, 4, 16, 64] if given.device == "cuda" else [1, 4, 16])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = [sys.executable, chattts_assets.__file__, name, "--real-size", "--fixed", str(TOKENS_PER_CHARACTER)]
        subprocess.run(build, check=True, capture_output=True)
        command = [sys.executable, __file__, "--bare", name, "--device", given.device]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        ) as loop:
            if loop.stdin is None or loop.stdout is None:
                raise SystemExit("no pipes to the bare loop")
            pipes = loop.stdin, loop.stdout
            best = asyncio.run(measure(folder, given.device, batches, given.rounds, pipes))
            loop.stdin.close()
        show(best, given.device)


if __name__ == "__main__":
    main()
