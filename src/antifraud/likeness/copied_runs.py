"""Which runs of characters were said before, whatever punctuation stood between them."""

from __future__ import annotations

from collections.abc import Iterable

from antifraud.likeness.characters import bare, runs


class CopiedRuns:
    """Runs of one character more than may be copied, of everything that was kept.

    A run lies within one turn: what two people say after each other, nobody copied in one go; turns copied one by
    one are found by their shingles. 5,000 calls hold 2 million runs, about 0.25 GB.

    Args:
        longest: characters that may be copied in one run, without punctuation.
    """

    def __init__(self, longest: int) -> None:
        self._length = longest + 1
        self._said: set[str] = set()

    def copied(self, text: str) -> str | None:
        """Return the first run of a turn that is too long to be said again, or None."""
        plain = bare(text)
        for start in range(len(plain) - self._length + 1):
            run = plain[start : start + self._length]
            if run in self._said:
                return run
        return None

    def keep(self, turns: Iterable[str]) -> None:
        """Remember what was said."""
        for text in turns:
            self._said |= runs(bare(text), self._length)
