"""Which storylines go where: whole, in proportion to every label, by a seed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from antifraud.records import Dialogue

Stratum = tuple[str, str]
"""Kinds and labels of a storyline: ("fraud", "银行诈骗"), or ("fraud+lawful", …) where it holds both."""


def strata(dialogues: Iterable[Dialogue]) -> dict[str, Stratum]:
    """Return the stratum of each storyline: the kinds and the labels its calls have together."""
    kinds: dict[str, set[str]] = defaultdict(set)
    labels: dict[str, set[str]] = defaultdict(set)
    for dialogue in dialogues:
        kinds[dialogue.storyline].add(dialogue.branch)
        label = dialogue.fraud_type or dialogue.official_category if dialogue.is_fraud else dialogue.scene
        labels[dialogue.storyline].add(str(label))
    return {name: ("+".join(sorted(kinds[name])), "+".join(sorted(labels[name]))) for name in kinds}


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
