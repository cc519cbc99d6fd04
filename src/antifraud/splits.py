"""Which storylines go where: whole, in proportion to every label, by a seed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping

from antifraud.records import Dialogue


def strata(dialogues: Iterable[Dialogue]) -> dict[str, str]:
    """Return the stratum of each storyline: the labels its calls carry together."""
    labels: dict[str, set[str]] = defaultdict(set)
    for dialogue in dialogues:
        label = dialogue.fraud_type or dialogue.official_category if dialogue.is_fraud else dialogue.scene
        labels[dialogue.storyline].add(f"{dialogue.branch}:{label}")
    return {storyline: "+".join(sorted(found)) for storyline, found in labels.items()}


def choose(stratum_of: Mapping[str, str], share: float, seed: int, purpose: str) -> frozenset[str]:
    """Draw a share of the storylines, in proportion to each stratum.

    Seats left over by rounding go to the largest remainders (Hamilton's method); within a stratum the order is
    a hash of seed, purpose and storyline, so that adding calls moves few others.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for storyline, stratum in stratum_of.items():
        groups[stratum].append(storyline)
    seats = {stratum: int(share * len(group)) for stratum, group in groups.items()}
    left = round(share * len(stratum_of)) - sum(seats.values())
    by_remainder = sorted(
        groups, key=lambda stratum: (seats[stratum] - share * len(groups[stratum]), _rank(seed, purpose, stratum))
    )
    for stratum in by_remainder[:left]:
        seats[stratum] += 1
    chosen: set[str] = set()
    for stratum, group in groups.items():
        chosen.update(sorted(group, key=lambda storyline: _rank(seed, purpose, storyline))[: seats[stratum]])
    return frozenset(chosen)


def _rank(seed: int, purpose: str, name: str) -> bytes:
    return hashlib.sha256(f"{seed}:{purpose}:{name}".encode()).digest()
