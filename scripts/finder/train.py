"""Trains the finder of personal data on the labelled lines beside this file, and on variants of them.

.venv/bin/python scripts/finder/train.py [--model FILE] [LINES.jsonl…]

Nobody is in the lines: they were written for this; dialogues of the scripted agents come with them. A variant has other
values of the same kinds, in other forms, and now and then a number told over several turns. Lines that the tables in
docs/intake.md are measured on are not here.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random

from pycrfsuite import Trainer
from spoken import spoken_lines
from variants import variant

from antifraud.privacy.finding import by_rules
from antifraud.privacy.labelled_lines import LabelledLine, read_lines
from antifraud.privacy.signs import features
from antifraud.privacy.tagger import BEGINS, INSIDE, MODEL, OUTSIDE

LINES = Path(__file__).with_name("lines")
VARIANTS = 3
"""Of each line that holds personal data; more gain nothing."""
SETTINGS = {"c1": 0.2, "c2": 0.05, "max_iterations": 120, "feature.possible_transitions": True}
"""Weights of the L1 and L2 norms, chosen by cross-validation."""


def labels(line: LabelledLine) -> list[str]:
    """Return the label of each sign of a call, the ends of turns among them."""
    told: list[str] = []
    for turn, spans in zip(line.turns, line.spans):
        signs = [OUTSIDE] * len(turn)
        for start, end, kind in spans:
            signs[start:end] = [BEGINS + kind, *[INSIDE + kind] * (end - start - 1)]
        told += [*signs, OUTSIDE]
    return told[:-1]


def with_variants(lines: Iterable[LabelledLine], rng: Random) -> Iterator[LabelledLine]:
    """Yield every line, and variants of those that hold something."""
    for line in lines:
        yield line
        if any(line.spans):
            yield from (variant(rng, line) for _ in range(VARIANTS))


def train(lines: Sequence[LabelledLine], model: Path, seed: int = 1) -> None:
    """Write the model that these lines teach."""
    trainer = Trainer(verbose=False)
    trainer.set_params(SETTINGS)
    for line in with_variants(lines, Random(seed)):
        trainer.append(features(line.turns, by_rules(line.turns)), labels(line))
    trainer.train(str(model))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="all lines beside this script unless given")
    parser.add_argument("--model", type=Path, default=MODEL)
    given = parser.parse_args()
    started = time.process_time()
    lines = [line for path in given.files or sorted(LINES.glob("*.jsonl")) for line in read_lines(path)]
    if not given.files:
        lines += spoken_lines(seed=1)
    train(lines, given.model)
    size = given.model.stat().st_size
    print(f"{len(lines)} lines, {size / 1e6:.2f} MB, {time.process_time() - started:.0f} s CPU: {given.model}")


if __name__ == "__main__":
    main()
