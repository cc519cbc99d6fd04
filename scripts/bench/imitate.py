"""Figures of imitation: how many of 500 seeds' imitations pass, what they copy, how alike and how varied they are.

    .venv/bin/python scripts/bench/imitate.py SEEDS... [-n 500] [--set KEY=VALUE]

SEEDS are dialogue files, ours or of TeleAntiFraud. They are imported first: those that the checks refuse are seeds
all the same. Copied runs and Jaccard indices are exact, over all pairs of an imitation with a seed or another one.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from antifraud.audit.diversity import diversity
from antifraud.audit.reader import read_label
from antifraud.config import Config, load_config
from antifraud.engine.stage import Tally
from antifraud.intake.imitation.orders import kind_of
from antifraud.likeness.characters import bare, runs, shingles
from antifraud.records import Dialogue
from antifraud.stages.imitations import imitate, read_seeds
from antifraud.stages.intake import import_files
from antifraud.stages.job import Job
from antifraud.store.lines import read_records


def plain_turns(dialogue: Dialogue) -> list[str]:
    """Return the turns without punctuation."""
    return [bare(turn.text) for turn in dialogue.turns]


def longest_copied_run(calls: Sequence[Dialogue], seeds: Sequence[Dialogue]) -> str:
    """Return the longest run of characters in a turn that an imitation shares with a seed or another imitation."""
    found = ""
    for length in itertools.count(1):
        said = {run for seed in seeds for turn in plain_turns(seed) for run in runs(turn, length)}
        shared: set[str] = set()
        for call in calls:
            own = {run for turn in plain_turns(call) for run in runs(turn, length)}
            shared |= own & said
            said |= own
        if not shared:
            return found
        found = min(shared)
    raise AssertionError("runs have no end")


def largest_jaccard(calls: Sequence[Dialogue], seeds: Sequence[Dialogue]) -> float:
    """Return the largest Jaccard index of 5-shingles between an imitation and a seed or another imitation."""
    cut = [shingles("".join(plain_turns(each))) for each in (*calls, *seeds)]
    places = {shingle: place for place, shingle in enumerate(sorted(set().union(*cut)))}
    columns = [places[shingle] for each in cut for shingle in sorted(each)]
    sizes = np.array([len(each) for each in cut])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    held = csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(cut), len(places)))
    shared = (held[: len(calls)] @ held.T).toarray()
    index = shared / (sizes[: len(calls), None] + sizes[None, :] - shared)
    index[np.arange(len(calls)), np.arange(len(calls))] = 0
    return float(index.max())


def imported(config: Config, files: list[Path]) -> str:
    """Return how many lines of files from elsewhere pass the checks."""
    job = Job(config.model_copy(update={"run": config.run.model_copy(update={"name": "imported"})}), quiet=True)
    tally = asyncio.run(import_files(job, files))
    return f"{tally.accepted} of {tally.entered} ({', '.join(f'{k} {n}' for k, n in tally.reasons.most_common(4))})"


def main() -> None:
    """Imitate in a folder of its own and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seeds", nargs="+", type=Path)
    parser.add_argument("-n", "--count", type=int, default=500)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = load_config(None, {}, [f"run.folder={folder}", f"imitate.count={given.count}", *given.set])
        job = Job(config, quiet=True)
        seeds = read_seeds(given.seeds)
        if all(seed.scenario == "imported" for seed in seeds):
            print(f"imported without a defect    {imported(config, given.seeds)}")
        started = time.process_time()
        tally = asyncio.run(imitate(job, given.seeds))
        seconds = time.process_time() - started
        calls = list(read_records(job.run.imitations, Dialogue))
    report(tally, seconds, calls, seeds)


def report(tally: Tally, seconds: float, calls: list[Dialogue], seeds: list[Dialogue]) -> None:
    """Print the figures."""
    run = longest_copied_run(calls, seeds)
    kinds, before = Counter(map(kind_of, calls)), Counter(map(kind_of, seeds))
    off = {kind: round(kinds[kind] - tally.entered * before[kind] / len(seeds), 1) for kind in before}
    agree = sum(read_label(call.turns).is_fraud == call.is_fraud for call in calls)
    attempts = Counter(call.provenance.attempts for call in calls)
    print(f"seeds                        {len(seeds)}")
    print(
        f"accepted                     {tally.accepted} of {tally.entered}; rejected: {dict(tally.reasons) or 'none'}"
    )
    print(f"drafts of an accepted call   {sum(n * k for n, k in attempts.items()) / tally.accepted:.2f} on average")
    print(f"largest copied run           {len(run)} characters ({run})")
    print(f"largest Jaccard, 5-shingles  {largest_jaccard(calls, seeds):.3f}")
    print(f"label read from the words    {agree} of {len(calls)}")
    print(f"kinds against the seeds      {min(off.values()):+} to {max(off.values()):+} calls of a kind")
    for name, dialogues in (("seeds", seeds), ("imitations", calls)):
        found = diversity(dialogues, 1)
        varied = f"{found.distinct_2:.3f} of {found.tokens} tokens; top stems {found.top_stems_share:.3f}"
        print(f"distinct-2, {name:<17}{varied}")
    print(f"CPU                          {seconds:.1f} s")


if __name__ == "__main__":
    main()
