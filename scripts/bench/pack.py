"""What packing costs against a plain copy, and what keeping near-duplicates together costs.

    .venv/bin/python scripts/bench/pack.py [--calls 30000] [--formats taf parquet webdataset] [--texts 300000]

- pack: so many calls of 45 s (FLAC at 8 kHz, noise; 200 recordings, linked to all calls) and a tenth of them, each
  format alone and all together. CPU seconds and peak memory, against a plain copy of what was written and against one
  that verifies each file by its SHA-256. A release and its copy lie on the disk at once: 34 GB for 30,000 calls in taf,
  two or three times that with parquet and webdataset. Everything runs `--runs` times, and the smallest figure counts:
  a full disk cache costs either side CPU time.
- split: so many dialogues of 348 characters on average, every twentieth a copy of an earlier one with three characters
  changed; grouped by near-duplicates, parted, and looked at anew. A count of 0 leaves a part out.

Every figure is that of a child process, user and kernel time together.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections import Counter, deque
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import Final, NamedTuple, get_args

import numpy as np
import soundfile

from antifraud.leaks import Side, refuse_leaks
from antifraud.lineage import Lineage
from antifraud.records import AnnotatedCall, Call, Segment, Turn
from antifraud.release.pack import pack
from antifraud.release_config import PackConfig, ReleaseFormat
from antifraud.splits import divide
from antifraud.store.lines import dump_line, read_records
from antifraud.store.sealed import copy_checked, read_manifest

SAMPLE: Final = Path(__file__).parents[2] / "data/sample/annotations.jsonl"
SECONDS, RATE_HZ, SOUNDS = 45, 8000, 200
NOISE_LEVEL: Final = 0.02
"""Of full scale, on the side that speaks, a second each: FLAC makes 0.5 MB of 45 s."""
TURNS, SIGNS, CHARACTERS_A_TURN = 60_000, 3_000, 17
"""Different turns that calls are put together from, of so many characters in a distribution like that of a language."""
EVERY: Final = 20
"""Each of so many dialogues is a near-duplicate."""


class Spent(NamedTuple):
    """What a process used."""

    cpu_seconds: float
    peak_mib: float


def measured(work: Callable[[], object]) -> Spent:
    """Run something in a child; return its CPU time and its peak resident memory."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    if status:
        raise SystemExit("the measured process failed")
    return Spent(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def texts(count: int) -> Iterator[list[str]]:
    """Yield the turns of so many dialogues, mean length 348 characters."""
    rng = np.random.default_rng(1)
    common = np.minimum(rng.zipf(1.2, (TURNS, CHARACTERS_A_TURN)), SIGNS)
    said = ["".join(map(chr, 0x4E00 + row)) for row in common]
    before: list[list[str]] = []
    for number in range(count):
        if number % EVERY == EVERY - 1:
            yield _changed(before[int(rng.integers(len(before)))], rng)
            continue
        turns = [said[at] for at in rng.integers(0, TURNS, int(rng.integers(15, 27)))]
        before = [*before[-1_000:], turns]
        yield turns


def _changed(turns: list[str], rng: np.random.Generator) -> list[str]:
    """Return a dialogue with three characters changed."""
    new = list(turns)
    for at in rng.choice(len(turns), 3, replace=False).tolist():
        place = int(rng.integers(CHARACTERS_A_TURN))
        new[at] = new[at][:place] + "变" + new[at][place + 1 :]
    return new


def calls_of(count: int, sounds: list[str]) -> Iterator[AnnotatedCall]:
    """Yield so many calls, each a storyline of its own.

    Args:
        sounds: checksums of the recordings, given to the calls in turn.
    """
    samples = cycle(list(read_records(SAMPLE, AnnotatedCall)))
    for number, (call, said) in enumerate(zip(samples, texts(count))):
        name = f"call-{number}"
        turns = tuple(turn.model_copy(update={"text": text}) for turn, text in zip(call.turns, cycle(said)))
        told = {"id": name, "storyline": f"story-{number}", "audio": f"audio/{name}.flac", "reserve": None}
        size = {"sample_rate_hz": RATE_HZ, "duration_seconds": float(SECONDS)}
        heard = {"turns": turns, "segments": _segments(turns), "sha256": sounds[number % len(sounds)]}
        yield call.model_copy(update={**told, **size, **heard})


def _segments(turns: tuple[Turn, ...]) -> tuple[Segment, ...]:
    each = SECONDS / len(turns)
    return tuple(
        Segment(turn=at, speaker=turn.speaker, start_seconds=round(at * each, 3), end_seconds=round((at + 1) * each, 3))
        for at, turn in enumerate(turns)
    )


def write_calls(folder: Path, count: int) -> Path:
    """Write annotated calls and link their recordings; return their file."""
    rng = np.random.default_rng(1)
    (folder / "audio").mkdir(parents=True)
    pool = [folder / f"{number}.flac" for number in range(min(SOUNDS, count))]
    for sound in pool:
        wave = rng.normal(scale=NOISE_LEVEL, size=(SECONDS, RATE_HZ, 2))
        wave[::2, :, 0] = wave[1::2, :, 1] = 0
        soundfile.write(sound, wave.reshape(-1, 2), RATE_HZ)
    sums = [sha256(sound.read_bytes()).hexdigest() for sound in pool]
    with open(folder / "annotations.jsonl", "wb") as file:
        for number, call in enumerate(calls_of(count, sums)):
            os.link(pool[number % len(pool)], folder / call.audio)
            file.write(dump_line(call))
    return folder / "annotations.jsonl"


def least(work: Callable[[], object], folder: Path, runs: int) -> Spent:
    """Measure something that writes a folder, several times; it is left there from the last."""
    spent = []
    for _ in range(runs):
        shutil.rmtree(folder, ignore_errors=True)
        spent.append(measured(work))
    return Spent(min(each.cpu_seconds for each in spent), min(each.peak_mib for each in spent))


def checked(source: Path, target: Path) -> None:
    """Copy a release and verify its files by their SHA-256, as `pack` does with recordings."""
    for path, entry in read_manifest(source)[1]["files"].items():
        copy_checked(source / path, target / path, entry["sha256"])


def report_pack(folder: Path, count: int, formats: tuple[ReleaseFormat, ...], runs: int) -> None:
    """Print a row of the table: what a set of formats costs."""
    calls, release, copy = folder / f"{count}/annotations.jsonl", folder / "release", folder / "copy"
    config, content = PackConfig(formats=formats), {"engines": [], "sample_rates_hz": [RATE_HZ]}

    def packed() -> None:
        records = partial(read_records, calls, AnnotatedCall)
        pack(records, calls.parent, release, config, seed=1, bench_share=0.0, content=content)

    made = least(packed, release, runs)
    megabytes = sum(file.stat().st_size for file in release.rglob("*") if file.is_file()) / 1e6
    plain = least(partial(shutil.copytree, release, copy), copy, runs).cpu_seconds
    verified = least(partial(checked, release, copy), copy, runs).cpu_seconds
    print(
        f"| {count} | {' + '.join(formats)} | {megabytes:.0f} | {made.cpu_seconds:.2f} | {made.peak_mib:.0f} |"
        f" {plain:.2f} | {verified:.2f} | {made.cpu_seconds / plain:.1f} | {made.cpu_seconds / verified:.1f} |",
        flush=True,
    )
    shutil.rmtree(release)
    shutil.rmtree(copy)


def report_split(count: int) -> None:
    """Print what parting dialogues costs, beside making them twice."""
    samples = list(read_records(SAMPLE, AnnotatedCall))
    turn = samples[0].turns[0]

    def dialogues() -> Iterator[Call]:
        for number, said in enumerate(texts(count)):
            story = {"id": f"call-{number}", "storyline": f"story-{number}", "reserve": None}
            turns = tuple(turn.model_copy(update={"text": text}) for text in said)
            yield samples[number % len(samples)].model_copy(update={**story, "turns": turns})

    def parted() -> None:
        division = divide(dialogues(), bench_share=0.25, test_share=0.2, seed=1)
        sides: list[Side] = []
        with Lineage() as seen:
            for call in seen.entering(dialogues()):
                sides.append(division.of(call))
            refuse_leaks(seen, sides)
        print(f"split {division.summary()}; sides {dict(Counter(sides))}", flush=True)

    made = measured(lambda: [deque(dialogues(), maxlen=0) for _ in range(2)])
    spent = measured(parted)
    print(
        f"split {count:>20} dialogues: {spent.cpu_seconds - made.cpu_seconds:.1f} s of CPU, beside"
        f" {made.cpu_seconds:.1f} s for making them twice; peak {spent.peak_mib:.0f} MiB",
        flush=True,
    )


def main() -> None:
    """Print a line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=30_000)
    parser.add_argument("--formats", nargs="+", default=["taf"], choices=get_args(ReleaseFormat))
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--texts", type=int, default=300_000)
    given = parser.parse_args()
    if given.texts:
        report_split(given.texts)
    if given.calls:
        print("| calls | formats | MB | pack | peak MiB | copy | checked | pack / copy | pack / checked |")
        print("|" + "---|" * 9)
    sets = dict.fromkeys([*((name,) for name in given.formats), tuple(given.formats)]) if given.calls else {}
    with tempfile.TemporaryDirectory() as name:
        for count in (given.calls // 10, given.calls) if given.calls else ():
            write_calls(Path(name) / f"{count}", count)
            for formats in sets:
                report_pack(Path(name), count, formats, given.runs)


if __name__ == "__main__":
    main()
