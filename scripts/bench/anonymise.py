"""How much personal data is found in labelled lines, kind by kind, and how fast.

.venv/bin/python scripts/bench/anonymise.py FILE.jsonl… [--show]

A line is {text, spans} or {turns, spans: one list a turn}; a span counts where start, end and type are right. With
--show the lines that were missed are printed: not for a file that is kept aside.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from antifraud.privacy.finding import find, find_in_turns

Spot = tuple[int, int, int, str]
"""Turn, start, end, kind."""


def labelled(path: Path) -> list[tuple[list[str], set[Spot]]]:
    """Return the turns of each line with the spots that are to be found."""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        turns, spans = (row["turns"], row["spans"]) if "turns" in row else ([row["text"]], [row["spans"]])
        spots = {(turn, s["start"], s["end"], s["type"]) for turn, each in enumerate(spans) for s in each}
        rows.append((turns, spots))
    return rows


def found(turns: Sequence[str]) -> set[Spot]:
    """Return the spots that are found."""
    return {(turn, s.start, s.end, s.kind.value) for turn, spans in enumerate(find_in_turns(turns)) for s in spans}


def table(rows: Sequence[tuple[list[str], set[Spot]]], show: bool) -> None:
    """Print right, labelled and found spots by kind with recall and precision."""
    right, wanted, given = Counter[str](), Counter[str](), Counter[str]()
    for turns, spots in rows:
        got = found(turns)
        for counts, which in ((right, got & spots), (wanted, spots), (given, got)):
            counts.update(spot[3] for spot in which)
            counts["ALL"] += len(which)
        if show and got != spots:
            print(
                " / ".join(turns),
                *(
                    f"{sign}{turns[t][a:b]}:{k}"
                    for sign, some in (("-", spots - got), ("+", got - spots))
                    for t, a, b, k in some
                ),
            )
    print(f"{'kind':>12} {'recall':>14} {'precision':>14}")
    for kind in sorted(wanted | given):
        shares = (f"{right[kind]}/{of[kind]} {right[kind] / max(1, of[kind]):.3f}" for of in (wanted, given))
        print(f"{kind:>12}", *(f"{share:>14}" for share in shares))


def main() -> None:
    """Print a table for each file, then turns a second on one core."""
    options = argparse.ArgumentParser()
    options.add_argument("files", type=Path, nargs="+")
    options.add_argument("--show", action="store_true")
    given = options.parse_args()
    texts = []
    for path in given.files:
        rows = labelled(path)
        texts += [text for turns, _ in rows for text in turns]
        print(f"{path.name}: {len(rows)} lines, {sum(not spots for _, spots in rows)} of them without personal data")
        table(rows, given.show)
    started, rounds = time.process_time(), 20
    for text in texts * rounds:
        find(text)
    print(f"{len(texts) * rounds / (time.process_time() - started):,.0f} turns per second and core")


if __name__ == "__main__":
    main()
