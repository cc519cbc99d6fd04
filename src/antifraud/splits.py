"""Which storylines go where: whole, in proportion to every label, by a seed."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from antifraud.errors import AntifraudError, IntegrityError
from antifraud.leaks import Side, refuse_leaks, refuse_near, refuse_personal, refuse_shared
from antifraud.lineage import Lineage
from antifraud.records import Call, Dialogue

Stratum = tuple[str, str]
"""Kinds and labels of a storyline: ("fraud", "银行诈骗"), or ("fraud+lawful", …) where it holds both."""

_MOST_TOO_FEW: Final = 2
"""A test split kept apart by voices may miss half of its share; a design choice."""


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


@dataclass(frozen=True)
class Division:
    """Where each storyline goes."""

    side_of: Mapping[str, Side]
    groups: int
    """Storylines of one origin, and those with near-duplicates, are one group."""
    joined: int
    """Groups of one origin that near-duplicates made part of another."""

    def of(self, call: Dialogue) -> Side:
        """Return the side of a call."""
        return self.side_of[call.storyline]

    def summary(self) -> dict[str, int]:
        """Return how storylines hung together, as a manifest has it."""
        return {"storylines": len(self.side_of), "groups": self.groups, "joined_by_words": self.joined}


def divide(
    calls: Iterable[Call],
    *,
    bench_share: float,
    test_share: float,
    seed: int,
    test_voices: Literal["shared", "apart"] = "shared",
) -> Division:
    """Part calls into training, test and benchmark, by whole groups of storylines.

    Raises:
        AntifraudError: the calls were spoken for a benchmark of another share, or voices cannot be kept apart.
        Leak: the benchmark is fixed, and what it holds is in training too; or a real call holds personal data.
    """
    with Lineage() as lineage:
        stratum_of = strata(_clean(lineage.entering(calls)))
        groups = lineage.groups()
        bench = _benched(lineage, stratum_of, groups, bench_share, seed)
        bound = lineage.groups(voices_without=bench) if test_voices == "apart" else groups
        joined = lineage.kindreds - len(set(groups.values()))
    rest = {name: stratum for name, stratum in stratum_of.items() if name not in bench}
    tested = _drawn(rest, bound, test_share, seed, "test")
    if test_voices == "apart" and len(tested) < test_share * len(rest) / _MOST_TOO_FEW:
        most = Counter(bound[name] for name in rest).most_common(1)[0][1]
        raise AntifraudError(
            f"pack.test_voices is apart, and {most} of {len(rest)} storylines hang together by voices they share, so"
            f" that {len(tested)} can be tested on; speak with more voices, or --set pack.test_voices=shared."
        )
    side_of: dict[str, Side] = dict.fromkeys(stratum_of, "train")
    side_of.update(dict.fromkeys(bench, "bench"))
    side_of.update(dict.fromkeys(tested, "test"))
    return Division(side_of, len(set(groups.values())), joined)


def benched(calls: Iterable[Call], share: float, seed: int) -> frozenset[str]:
    """Return the storylines of the benchmark: those spoken with its voices, or drawn where no voices are kept for it.

    Raises:
        AntifraudError: the calls were spoken for a benchmark of another share, or only some of them were.
        Leak: the benchmark is fixed, and what it holds is in training too; or a real call holds personal data.
    """
    with Lineage() as lineage:
        stratum_of = strata(_clean(lineage.entering(calls)))
        chosen = _benched(lineage, stratum_of, lineage.groups(), share, seed)
        refuse_leaks(lineage, ["bench" if each.storyline in chosen else "train" for each in lineage.members])
    return chosen


def _clean(calls: Iterable[Call]) -> Iterator[Call]:
    for call in calls:
        refuse_personal(call)
        yield call


def _benched(
    lineage: Lineage, stratum_of: Mapping[str, Stratum], groups: Mapping[str, int], share: float, seed: int
) -> frozenset[str]:
    reserves = {each.storyline: each.reserve for each in lineage.members}
    reserved = frozenset(name for name, reserve in reserves.items() if reserve == "bench")
    if not any(reserves.values()):
        return _drawn(stratum_of, groups, share, seed, "bench")
    if None in reserves.values() or abs(len(reserved) - share * len(reserves)) > 1 + len(set(stratum_of.values())):
        raise AntifraudError(
            f"{len(reserved)} of {len(reserves)} storylines were spoken with the voices kept for a benchmark,"
            f" and bench.share is {share}; set it to what the calls were made with, or run synthesize again."
        )
    sides: list[Side] = [each.reserve or "train" for each in lineage.members]
    refuse_shared(lineage, sides)
    refuse_near(lineage, sides, lineage.near)
    return reserved


def _drawn(
    stratum_of: Mapping[str, Stratum], group_of: Mapping[str, int], share: float, seed: int, purpose: str
) -> frozenset[str]:
    """Draw whole groups, each by the first of its storylines; one that is larger than the share is never drawn."""
    members: dict[int, list[str]] = defaultdict(list)
    for storyline in stratum_of:
        members[group_of[storyline]].append(storyline)
    most = max(1.0, share * len(stratum_of))
    small = {min(names): names for names in members.values() if len(names) <= most}
    together = {first: _joined(stratum_of[name] for name in names) for first, names in small.items()}
    return frozenset(name for first in choose(together, share, seed, purpose) for name in small[first])


def _joined(several: Iterable[Stratum]) -> Stratum:
    kinds, labels = zip(*several)
    return _listed(kinds), _listed(labels)


def _listed(names: Iterable[str]) -> str:
    return "+".join(sorted({part for name in names for part in name.split("+")}))


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
