"""Which calls become the snapshot: those of the storylines kept for the benchmark, all of them or exact numbers.

A storyline never parts between training and benchmark. Where exact numbers need fewer calls of one than it has, the
others are left out of both.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from antifraud.errors import AntifraudError, ConfigError
from antifraud.labels import FraudType, OfficialCategory, Scene, age_band
from antifraud.records import AnnotatedCall
from antifraud.release_config import BenchConfig
from antifraud.splits import benched

Calls = Callable[[], Iterable[AnnotatedCall]]
KINDS: Final = ("fraud", "lawful", "sibling", "everyday", "sales")
COUNTABLE: Final = (*KINDS, *map(str, (*FraudType, *OfficialCategory, *Scene)))
"""What `bench.counts` may name; lawful is sibling and everyday together."""


@dataclass(frozen=True)
class Candidate:
    """What of a call decides whether it is drawn."""

    id: str
    storyline: str
    names: frozenset[str]
    """Kinds and labels that it counts for."""
    stratum: tuple[str, ...]
    """Kind, label, source, and the callee's awareness and age band."""


@dataclass(frozen=True)
class Draw:
    """Which calls are in."""

    ids: frozenset[str]
    reserved: frozenset[str]
    """Storylines kept for benchmarks, drawn or not; training has none of them."""
    left_out: int
    """Other calls of the storylines that were drawn: exact numbers did not need them, and training has them neither."""


def draw(calls: Calls, source: Path, config: BenchConfig, seed: int) -> Draw:
    """Draw the calls of a snapshot.

    Args:
        calls: opens the annotated calls; called twice.
        source: the folder they lie in, for messages.

    Raises:
        ConfigError: `bench.counts` names what is no kind or label, or two names cover the same call.
        AntifraudError: there is nothing to draw, or less than the exact numbers ask for.
    """
    if unknown := sorted(config.counts.keys() - set(COUNTABLE)):
        raise ConfigError(f"bench.counts: {', '.join(unknown)}: no such kind or label; expected one of {_told()}.")
    reserved = benched(calls(), config.share, seed)
    if not reserved:
        raise AntifraudError(
            f"{source}: bench.share {config.share} takes no storyline; raise it or generate more calls."
        )
    stories = _candidates(calls(), reserved, config)
    if not stories:
        raise AntifraudError(
            f"{source}: no storyline kept for the benchmark comes from {', '.join(config.sources)} alone;"
            " see bench.sources."
        )
    chosen = _exactly(stories, config.counts, seed) if config.counts else [one for story in stories for one in story]
    taken = frozenset(candidate.storyline for candidate in chosen)
    held = sum(len(story) for story in stories if story[0].storyline in taken)
    return Draw(frozenset(candidate.id for candidate in chosen), reserved, held - len(chosen))


def _told() -> str:
    return ", ".join(KINDS) + ", a type of fraud, an official category or a scene"


def _candidates(calls: Iterable[AnnotatedCall], reserved: frozenset[str], config: BenchConfig) -> list[list[Candidate]]:
    """Return the storylines that may be drawn from, each as its calls; a mixed origin keeps a storyline out."""
    stories: dict[str, list[AnnotatedCall]] = defaultdict(list)
    for call in calls:
        if call.storyline in reserved:
            stories[call.storyline].append(call.model_copy(update={"turns": (), "segments": (), "rounds": ()}))
    allowed = [story for story in stories.values() if all(call.source in config.sources for call in story)]
    return [[_candidate(call, story) for call in story] for story in allowed]


def _candidate(call: AnnotatedCall, story: Sequence[AnnotatedCall]) -> Candidate:
    kind = kind_of(call.branch, {other.branch for other in story})
    labels = {str(label) for label in (call.fraud_type, call.official_category, call.scene) if label is not None}
    callee = (call.callee.awareness, age_band(call.callee.age)) if call.callee else ("", "")
    label = call.fraud_type or call.official_category if call.is_fraud else call.scene
    return Candidate(
        id=call.id,
        storyline=call.storyline,
        names=frozenset({call.branch, kind, *labels}),
        stratum=(kind, str(label), call.source, *map(str, callee)),
    )


def kind_of(branch: str, branches: Iterable[str]) -> str:
    """Return what a call is: fraud, sales, a sibling of a fraud call of its storyline, or an everyday call."""
    if branch != "lawful":
        return branch
    return "sibling" if "fraud" in branches else "everyday"


def _exactly(stories: Sequence[Sequence[Candidate]], counts: Mapping[str, int], seed: int) -> list[Candidate]:
    """Return exactly so many calls, of whole storylines as far as that goes."""
    wanted: Counter[str | None] = Counter(counts)
    cells = {one.id: _cell(one, counts) for story in stories for one in story}
    _require(Counter(cell for cell in cells.values() if cell is not None), counts)
    chosen: list[Candidate] = []
    # the largest first: what only they hold is not crowded out by single calls
    waiting = sorted(_in_proportion(stories, seed), key=len, reverse=True)
    for only_whole in (True, False):
        passed = []
        for story in waiting:
            needed = _needed(story, cells, wanted)
            if needed and (len(needed) == len(story) or not only_whole):
                chosen += needed
                wanted.subtract(cells[one.id] for one in needed)
            else:
                passed.append(story)
        # then those first that the fewest calls are left out of
        waiting = sorted(passed, key=lambda story: len(story) - len(_needed(story, cells, wanted)))
    return chosen


def _needed(
    story: Sequence[Candidate], cells: Mapping[str, str | None], wanted: Mapping[str | None, int]
) -> list[Candidate]:
    left = Counter(wanted)
    needed = []
    for one in story:
        cell = cells[one.id]
        if cell is not None and left[cell] > 0:
            needed.append(one)
            left[cell] -= 1
    return needed


def _cell(candidate: Candidate, counts: Mapping[str, int]) -> str | None:
    """Return the name that a call counts for, or None."""
    fitting = sorted(candidate.names & counts.keys())
    if len(fitting) > 1:
        raise ConfigError(
            f"bench.counts: {' and '.join(fitting)} both cover {candidate.id}; name kinds that share no call."
        )
    return fitting[0] if fitting else None


def _require(there: Mapping[str, int], counts: Mapping[str, int]) -> None:
    short = [f"{there.get(name, 0)} of {count} {name}" for name, count in counts.items() if there.get(name, 0) < count]
    if short:
        raise AntifraudError(
            f"bench.counts: the storylines kept for the benchmark hold {', '.join(short)}."
            " Ask for fewer, raise bench.share, or generate more calls."
        )


def _in_proportion(stories: Sequence[Sequence[Candidate]], seed: int) -> Iterator[Sequence[Candidate]]:
    """Yield storylines so that any first part of them holds labels, sources and people in proportion.

    Each label spreads its storylines evenly over the order, and within a label each source and kind of callee does;
    ties and the place within a stratum are a hash of the seed.
    """

    def spread(groups: Iterable[Sequence[Sequence[Candidate]]]) -> list[Sequence[Candidate]]:
        placed = [
            ((at + 0.5) / len(group), _rank(story[0].storyline, seed), story)
            for group in groups
            for at, story in enumerate(group)
        ]
        return [story for _, _, story in sorted(placed, key=lambda each: each[:2])]

    labels: dict[tuple[str, ...], dict[tuple[str, ...], list[Sequence[Candidate]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for story in sorted(stories, key=lambda story: _rank(story[0].storyline, seed)):
        stratum = story[0].stratum
        labels[stratum[:2]][stratum[2:]].append(story)
    yield from spread([spread(people.values()) for people in labels.values()])


def _rank(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}:snapshot:{name}".encode()).digest()
