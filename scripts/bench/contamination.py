"""How well a call is told from others by its sound, whatever line it went through, and what that costs.

Usage: contamination.py RUN [CALLS]: a run folder whose calls were made with `synthesize.line.keep_clean`.
"""

from __future__ import annotations

import itertools
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from antifraud.bench.recordings import mixed
from antifraud.bench.sound_index import Overlap, SoundIndex, overlap
from antifraud.bench.sound_prints import FINE, STEP_SECONDS, Prints, prints_of
from antifraud.labels import Codec, Noise, Speaker
from antifraud.records import Call, Side
from antifraud.speech.line.line import through_line
from antifraud.speech.line.loss import LossModel
from antifraud.speech.line.profile import NARROW_BAND_HZ, LineProfile
from antifraud.store.lines import read_records

Stereo = NDArray[np.float32]
Change = Callable[[Stereo, int], Stereo]
CUT_SECONDS = 1.237
MANY_CALLS = 7000
"""The size of TeleAntiFraud-28k's benchmark."""


def line(codec: Codec, kbps: float, snr_db: float | None = None, loss: LossModel | None = None) -> Change:
    side = Side() if snr_db is None else Side(noise=Noise.STREET, snr_db=snr_db)
    profile = LineProfile(codec, kbps, NARROW_BAND_HZ, dict.fromkeys(Speaker, side), None, None, loss, 5)
    return lambda sound, rate_hz: through_line(sound, rate_hz, profile)[0]


def _with_pauses(sound: Stereo, rate_hz: int) -> Iterator[Stereo]:
    for first in range(0, len(sound), 10 * rate_hz):
        yield from (sound[first : first + 10 * rate_hz], np.zeros((rate_hz, 2), np.float32))


CHANGES: dict[str, Change] = {
    "G.711 A-law": line(Codec.ALAW, 64.0),
    "AMR-NB 12.2 kbit/s": line(Codec.AMR_NB, 12.2),
    "AMR-NB 4.75 kbit/s": line(Codec.AMR_NB, 4.75),
    "Opus 12 kbit/s": line(Codec.OPUS, 12.0),
    "G.711, street at 15 dB": line(Codec.ALAW, 64.0, 15.0),
    "AMR-NB 4.75, street at 15 dB": line(Codec.AMR_NB, 4.75, 15.0),
    "AMR-NB 12.2, 5 % of frames lost": line(Codec.AMR_NB, 12.2, None, LossModel(0.03, 0.5, 0.9)),
    "G.711, pauses of 1 s put in every 10 s": lambda sound, rate_hz: line(Codec.ALAW, 64.0)(
        np.concatenate(list(_with_pauses(sound, rate_hz))), rate_hz
    ),
    "G.711, 0.5 % faster": lambda sound, rate_hz: line(Codec.ALAW, 64.0)(
        np.asarray(soxr.resample(sound, rate_hz, 0.995 * rate_hz), np.float32), rate_hz
    ),
    "15 s of it through AMR-NB 12.2": lambda sound, rate_hz: line(Codec.AMR_NB, 12.2)(
        sound[len(sound) // 2 : len(sound) // 2 + 15 * rate_hz], rate_hz
    ),
}


def at_any_place(fine: Prints, plain: Prints) -> Overlap:
    """Return what two calls have in common, each block wherever it fits best."""
    return overlap(fine, plain, range(-FINE * len(plain), len(fine), FINE))


def kinds_of_pairs(calls: list[Call], fine: list[Prints], plain: list[Prints]) -> Iterator[tuple[str, Overlap]]:
    for one, other in itertools.combinations(range(len(calls)), 2):
        voices = [{voice.name for voice in calls[place].voices.values()} for place in (one, other)]
        if calls[one].storyline == calls[other].storyline:
            kind = "of one storyline"
        else:
            kind = "with a voice in common" if voices[0] & voices[1] else "of nothing in common"
        yield kind, at_any_place(fine[one], plain[other])


def timed(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def scaled(fine: list[Prints]) -> list[Prints]:
    """Return as many calls as a benchmark has: copies with their bits in another order, which no two share."""
    rng = np.random.default_rng(1)
    copies = []
    for number in range(MANY_CALLS):
        prints, order = fine[number % len(fine)], rng.permutation(32).astype(np.uint32)
        copies.append(sum((((prints >> bit) & 1) << place) for place, bit in enumerate(order)).astype(np.uint32))
    return copies


def told_through_lines(run: Path, calls: list[Call], index: SoundIndex) -> None:
    """Print how many calls are found through each line, how many others with them, and the largest difference."""
    for name, change in CHANGES.items():
        missed = others = 0
        different = [0.0]
        for number, call in enumerate(calls):
            sound, rate_hz = soundfile.read(run / str(call.clean_audio), dtype="float32", always_2d=True)
            wave = np.asarray(change(sound[round(CUT_SECONDS * rate_hz) :], rate_hz).mean(axis=1), np.float32)
            matches = {match.number: match.different for match in index.matches(prints_of(wave, rate_hz))}
            missed += number not in matches
            others += len(matches.keys() - {number})
            different.append(matches.get(number, 0.0))
        print(f"| {name} | {len(calls) - missed} of {len(calls)} | {others} | {max(different):.3f} |")


def main() -> None:
    run, most = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 24
    calls = [call for call in read_records(run / "calls.jsonl", Call) if call.clean_audio]
    waves = [mixed(run / str(call.clean_audio)) for call in calls]
    seconds = sum(len(wave) / rate_hz for wave, rate_hz in waves)
    fine: list[Prints] = []
    fine_cost = timed(lambda: fine.extend(prints_of(*wave, fine=True) for wave in waves))
    plain: list[Prints] = []
    plain_cost = timed(lambda: plain.extend(prints_of(*wave) for wave in waves))
    print(f"{len(calls)} calls, {seconds:.0f} s")
    told_through_lines(run, calls[:most], SoundIndex(fine))
    pairs: dict[str, list[Overlap]] = {}
    for kind, value in kinds_of_pairs(calls, fine, plain):
        pairs.setdefault(kind, []).append(value)
    for kind, values in sorted(pairs.items()):
        longest = max(values, key=lambda shared: shared.share)
        print(f"| other calls {kind} | {len(values)} pairs | {longest.share:.1%}, {longest.seconds:.1f} s |")
    print(f"ms a second of call: prints {1000 * plain_cost / seconds:.2f}, fine ones {1000 * fine_cost / seconds:.2f}")
    print(f"kept: {60 / STEP_SECONDS * 16 / 3 / 1000:.1f} kB a minute")
    many = scaled(fine)
    built: list[SoundIndex] = []
    cost = timed(lambda: built.append(SoundIndex(many)))
    each = timed(lambda: [built[0].matches(one) for one in plain]) / len(plain)
    print(f"index of {MANY_CALLS} calls: {cost:.1f} s; {1000 * each:.1f} ms to look up a call")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
