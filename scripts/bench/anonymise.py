"""How much personal data is found in labelled lines, kind by kind, and how fast.

.venv/bin/python scripts/bench/anonymise.py FILE.jsonl… [--show]

A line is {text, spans} or {turns, spans: one list a turn}; a value counts where start, end and type are right. With
--show the lines that were missed are printed: not for a file that is kept aside.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from antifraud.privacy.finding import find
from antifraud.privacy.labelled_lines import LabelledLine, compare, measure, read_lines


def show_missed(lines: Sequence[LabelledLine]) -> None:
    """Print each line that was not read right, with what is missing and what is too much."""
    for line in lines:
        labelled, found = compare(line)
        signs = [("-", labelled - found), ("+", found - labelled)]
        told = [f"{sign}{line.turns[turn][a:b]}:{kind}" for sign, some in signs for turn, (a, b, kind) in sorted(some)]
        if told:
            print(" / ".join(line.turns), *told)


def table(lines: Sequence[LabelledLine]) -> None:
    """Print recall and precision by kind, and the share of values of which no sign is left, whatever they pass for."""
    counted = measure(lines)
    right, covered, wanted, given = counted.right, counted.covered, counted.labelled, counted.found
    for counts in (right, covered, wanted, given):
        counts["ALL"] = sum(counts.values())
    print(f"{'kind':>12} {'recall':>14} {'precision':>14} {'covered':>14}")
    for kind in sorted(wanted | given):
        pairs = ((right, wanted), (right, given), (covered, wanted))
        shares = (f"{some[kind]}/{of[kind]} {some[kind] / max(1, of[kind]):.3f}" for some, of in pairs)
        print(f"{kind:>12}", *(f"{share:>14}" for share in shares))


def main() -> None:
    """Print a table for each file, then turns a second on one core."""
    options = argparse.ArgumentParser()
    options.add_argument("files", type=Path, nargs="+")
    options.add_argument("--show", action="store_true")
    given = options.parse_args()
    texts: list[str] = []
    for path in given.files:
        lines = read_lines(path)
        texts += [text for line in lines for text in line.turns]
        nothing = sum(not any(line.spans) for line in lines)
        print(f"{path.name}: {len(lines)} lines, {nothing} of them without personal data")
        if given.show:
            show_missed(lines)
        table(lines)
    started = time.process_time()
    for text in texts:
        find(text)
    print(f"{len(texts) / (time.process_time() - started):,.0f} turns per second and core")


if __name__ == "__main__":
    main()
