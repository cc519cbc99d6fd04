"""Which storylines go where: whole, in proportion to every label, by a seed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

from antifraud.errors import AntifraudError, IntegrityError
from antifraud.records import Call, Dialogue

Stratum = tuple[str, str]
"""Kinds and labels of a storyline: ("fraud", "银行诈骗"), or ("fraud+lawful", …) where it holds both."""


def strata(dialogues: Iterable[Dialogue]) -> dict[str, Stratum]:
    """Return the stratum of each storyline: the kinds and the labels its calls have together."""
    kinds: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, set[str]] = defaultdict(set)
    for dialogue in dialogues:
        kinds[dialogue.storyline].add(dialogue.branch)
        labels[dialogue.storyline].add(_label(dialogue))
    return {name: ("+".join(sorted(kinds[name])), "+".join(sorted(labels[name]))) for name in kinds}


def _label(dialogue: Dialogue) -> str:
    return str(dialogue.fraud_type or dialogue.official_category if dialogue.is_fraud else dialogue.scene)


def reserve_storylines(
    dialogues: Iterable[Dialogue], share: float, seed: int
) -> Iterator[tuple[Dialogue, Literal["train", "bench"]]]:
    """Yield each dialogue with the side it is kept for, before anyone knows how many will come.

    Within the kind and label that a storyline begins with, every 1/share-th is kept for the benchmark (error
    diffusion), so that more dialogues of a label move none of those before. Labels of a kind start staggered, the
    first by the seed, so that a share holds for few storylines of many labels too.
    """
    credit: dict[str, dict[str, float]] = defaultdict(dict)
    kept: dict[str, Literal["train", "bench"]] = {}
    for dialogue in dialogues:
        if dialogue.storyline not in kept:
            labels, label = credit[dialogue.branch], _label(dialogue)
            if label not in labels:
                labels[label] = (_fraction(f"{seed}:reserve:{dialogue.branch}") + len(labels) * share) % 1
            kept[dialogue.storyline] = "bench" if labels[label] + share >= 1 else "train"
            labels[label] = (labels[label] + share) % 1
        yield dialogue, kept[dialogue.storyline]


def _fraction(name: str) -> float:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:6], "big") / 2**48


def benched(calls: Iterable[Call], share: float, seed: int) -> frozenset[str]:
    """Return the storylines of the benchmark: those spoken with its voices, or drawn where no voices are kept for it.

    Raises:
        AntifraudError: the calls were spoken for a benchmark of another share, or only some of them were.
    """
    sides: dict[str, str | None] = {}

    def noted() -> Iterator[Call]:
        for call in calls:
            sides[call.storyline] = call.reserve
            yield call

    stratum_of = strata(noted())
    reserved = frozenset(name for name, side in sides.items() if side == "bench")
    if not any(sides.values()):
        return choose(stratum_of, share, seed, "bench")
    if None in sides.values() or abs(len(reserved) - share * len(sides)) > 1 + len(set(stratum_of.values())):
        raise AntifraudError(
            f"{len(reserved)} of {len(sides)} storylines were spoken with the voices kept for a benchmark,"
            f" and bench.share is {share}; set it to what the calls were made with, or run synthesize again."
        )
    return reserved


def shared_voices(calls: Iterable[Call], bench: frozenset[str]) -> list[str]:
    """Return the voices heard on both sides of the split.

    Raises:
        IntegrityError: voices were kept for the benchmark and are heard in training all the same.
    """
    heard: dict[bool, set[str]] = {True: set(), False: set()}
    parted = False
    for call in calls:
        parted = parted or call.reserve is not None
        heard[call.storyline in bench].update(voice.name for voice in call.voices.values())
    both = sorted(heard[True] & heard[False])
    if parted and both:
        raise IntegrityError(f"voices kept for the benchmark are heard in training: {', '.join(both[:5])}.")
    return both


def choose(stratum_of: Mapping[str, Stratum], share: float, seed: int, purpose: str) -> frozenset[str]:
    """Draw a share of the storylines: in proportion to each kind, and within it to each label.

    Within a stratum the order is a hash of seed, purpose and storyline, so that adding calls moves few others.
    """
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for storyline, (kind, label) in stratum_of.items():
        groups[kind][label].append(storyline)

    def rank(name: str) -> bytes:
        return hashlib.sha256(f"{seed}:{purpose}:{name}".encode()).digest()

    def seats(sizes: Mapping[str, int], total: int) -> dict[str, int]:
        """Hamilton's method: what rounding leaves over goes to the largest remainders, ties by rank."""
        whole = sum(sizes.values())
        exact = {name: total * size / whole for name, size in sizes.items()}
        given = {name: int(value) for name, value in exact.items()}
        by_remainder = sorted(sizes, key=lambda name: (given[name] - exact[name], rank(name)))
        for name in by_remainder[: total - sum(given.values())]:
            given[name] += 1
        return given

    total = round(share * len(stratum_of))
    of_kind = seats({kind: sum(map(len, labels.values())) for kind, labels in groups.items()}, total)
    chosen: set[str] = set()
    for kind, labels in groups.items():
        of_label = seats({label: len(group) for label, group in labels.items()}, of_kind[kind])
        for label, group in labels.items():
            chosen.update(sorted(group, key=rank)[: of_label[label]])
    return frozenset(chosen)
