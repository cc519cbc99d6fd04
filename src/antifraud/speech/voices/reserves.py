"""Which voices are kept for the benchmark, so that no model is tested on a voice it was trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from antifraud.records import Dialogue
from antifraud.speech.engines import GENDERS, Candidate
from antifraud.splits import reserve_storylines

Reserve = Literal["train", "bench"]
LEAST_VOICES = 4
"""Of each gender, on either side: both sides of a call differ, and ages find one that fits; a design choice."""


class Reserves:
    """Parts the voices of an engine, where there are enough of them; otherwise every call may have any voice."""

    def __init__(self, candidates: Sequence[Candidate], share: float, seed: int) -> None:
        """Part the voices.

        Args:
            share: of the voices and of the storylines that the benchmark gets.
        """
        self.share, self._seed = share, seed
        self._benched = frozenset(self._drawn(candidates))
        self.parted = bool(self._benched)
        """Whether there are enough voices of each gender to keep some for the benchmark."""

    def _drawn(self, candidates: Sequence[Candidate]) -> list[str]:
        benched: list[str] = []
        for gender in GENDERS:
            names = [candidate.voice.name for candidate in candidates if candidate.voice.gender == gender]
            count = round(self.share * len(names))
            if min(count, len(names) - count) < LEAST_VOICES:
                return []
            benched += sorted(names, key=self._rank)[:count]
        return benched

    def _rank(self, name: str) -> bytes:
        return hashlib.sha256(f"{self._seed}:voice:{name}".encode()).digest()

    def assign(self, dialogues: Iterable[Dialogue]) -> Iterator[tuple[Dialogue, Reserve | None]]:
        """Yield each dialogue with the side whose voices it gets; whole storylines, None where nothing is parted."""
        if self.parted:
            yield from reserve_storylines(dialogues, self.share, self._seed)
        else:
            for dialogue in dialogues:
                yield dialogue, None

    def open_to(self, reserve: Reserve | None, candidates: Sequence[Candidate]) -> list[Candidate]:
        """Return the voices that a side may use."""
        if reserve is None:
            return list(candidates)
        wanted = reserve == "bench"
        return [candidate for candidate in candidates if (candidate.voice.name in self._benched) == wanted]
