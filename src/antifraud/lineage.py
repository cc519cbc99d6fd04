"""Which storylines belong together: one seed call, one recording, nearly the same words, or one voice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cached_property
from sys import intern
from typing import Literal, NamedTuple, Self, TypeVar

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from antifraud.likeness.characters import bare
from antifraud.likeness.near_pairs import Groups, NearPair, near_pairs
from antifraud.likeness.text_shelf import TextShelf
from antifraud.records import Call

C = TypeVar("C", bound=Call)


class Member(NamedTuple):
    """What is kept of a call."""

    id: str
    storyline: str
    origins: tuple[str, ...]
    """What it and others may both come from: itself, its recording or transcript, its seed call."""
    voices: tuple[str, ...]
    reserve: Literal["train", "bench"] | None


def member(call: Call) -> Member:
    """Return what is kept of a call.

    An imitation is made of its first parent, the seed, and belongs to the seed's storyline. Its other parents were
    shown for their words and tie nothing: every imitation of a kind would else hang together.
    """
    parents = call.provenance.parents
    origins = (call.id, *(parents[:1] if call.source == "imitated" else parents))
    voices = tuple(intern(voice.name) for voice in call.voices.values())
    return Member(call.id, intern(call.storyline), origins, voices, call.reserve)


class Lineage:
    """What a split needs to know of calls, read once; their texts lie in a file, so use it in a `with` block."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.texts = TextShelf()
        """What is said in each call, without punctuation."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.texts.close()

    def entering(self, calls: Iterable[C]) -> Iterator[C]:
        """Yield the calls, each taken in on its way."""
        for call in calls:
            self.members.append(member(call))
            self.texts.put(bare("".join(turn.text for turn in call.turns)))
            yield call

    @cached_property
    def near(self) -> tuple[NearPair, ...]:
        """Near-duplicates that no storyline or origin ties together, by the numbers of calls; enough to connect all."""
        return tuple(near_pairs(self.texts, self._components(self._kin())))

    @property
    def kindreds(self) -> int:
        """How many groups there are by storyline and origin alone."""
        return len(set(self._components(self._kin()).tolist()))

    def groups(self, *, voices_without: Collection[str] | None = None) -> dict[str, int]:
        """Return the group of each storyline, by a number: those of one origin and those with near-duplicates.

        Args:
            voices_without: where it is given, storylines that share a voice are of one group, but for these.
        """
        ties = [*self._kin(), *(pair[:2] for pair in self.near)]
        if voices_without is not None:
            ties += self._shared(lambda one: () if one.storyline in voices_without else one.voices)
        found = self._components(ties).tolist()
        return {each.storyline: group for each, group in zip(self.members, found, strict=True)}

    def _kin(self) -> list[tuple[int, int]]:
        return [*self._shared(lambda one: (one.storyline,)), *self._shared(lambda one: one.origins)]

    def _shared(self, names_of: Callable[[Member], Iterable[str]]) -> Iterator[tuple[int, int]]:
        """Yield each call with the first that has a name in common with it."""
        first: dict[str, int] = {}
        for number, each in enumerate(self.members):
            for name in names_of(each):
                earliest = first.setdefault(name, number)
                if earliest != number:
                    yield earliest, number

    def _components(self, ties: Iterable[tuple[int, int]]) -> Groups:
        """Return for each call a number that is the same for all that hang together, shape (calls,)."""
        count = len(self.members)
        ends = np.array(list(ties), np.int64).reshape(-1, 2)
        graph = coo_array((np.ones(len(ends), bool), (ends[:, 0], ends[:, 1])), shape=(count, count))
        labels: Groups = connected_components(graph.tocsr(), directed=False)[1].astype(np.int64)
        return labels
