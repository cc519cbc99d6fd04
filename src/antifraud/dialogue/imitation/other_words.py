"""The last resort against copied runs: another word, or a pause filled in, where a run was said before."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from antifraud.likeness.characters import bare
from antifraud.records import Dialogue, Evidence, Turn
from antifraud.scenarios.packs import SpeechPack

Copied = Callable[[str], str | None]
"""Returns the first run of a text that was said before, without punctuation, or None."""
MOST_EDITS: Final = 6
CHARACTERS_PER_ASIDE: Final = 16
"""Of a turn for each aside, so that nobody stammers more than people do; both are design choices."""
LOOKED_AT: Final = 24
"""Edits tried for a run, drawn from all that would break it."""
_PAUSES: Final = "，；。？！"


@dataclass(frozen=True)
class _Said:
    """A turn in work, with the words of it that prove the label."""

    text: str
    quote: tuple[int, int]
    """Where they stand; (0, 0) where there are none."""

    def put(self, start: int, end: int, new: str) -> _Said | None:
        """Return the turn with other words in a place; None where they would reach over the end of the quote."""
        first, last = self.quote
        moved = len(new) - (end - start)
        if end <= first:
            first, last = first + moved, last + moved
        elif first <= start and end <= last:
            last += moved
        elif start < last:
            return None
        return _Said(self.text[:start] + new + self.text[end:], (first, last))


class OtherWords:
    """Says worn turns otherwise, by the words of a speech pack.

    Args:
        most_turns: worn turns up to which a dialogue is revised; None for any number. One that copies more of
            another stays what it is, a copy.
    """

    def __init__(self, speech: SpeechPack, copied: Copied, most_turns: int | None = None) -> None:
        self._most_turns = most_turns
        self._words, self._asides, self._copied = speech.otherwise, speech.asides, copied
        known = sorted(speech.otherwise, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known)) or r"(?!)")

    def revised(self, dialogue: Dialogue) -> Dialogue:
        """Return a dialogue whose turns repeat no other call, as far as a few edits a turn can bring that about."""
        worn = [turn for turn in dialogue.turns if self._copied(turn.text) is not None]
        if self._most_turns is not None and len(worn) > self._most_turns:
            return dialogue
        rng = Random(f"{dialogue.seed}:other words")
        turns, decisive = list(dialogue.turns), dialogue.decisive
        for turn in worn:
            quoted = decisive.quote if decisive and decisive.turn == turn.index else ""
            said = self._revised(turn.text, quoted, rng)
            turns[turn.index] = Turn(**{**dict(turn), "text": said.text})
            if decisive and quoted:
                decisive = Evidence(turn=turn.index, quote=said.text[slice(*said.quote)], act=decisive.act)
        return dialogue.model_copy(update={"turns": tuple(turns), "decisive": decisive})

    def _revised(self, text: str, quoted: str, rng: Random) -> _Said:
        start = text.find(quoted)
        said = _Said(text, (start, start + len(quoted)) if quoted else (0, 0))
        asides_left = max(1, len(text) // CHARACTERS_PER_ASIDE)
        for _ in range(MOST_EDITS):
            run = self._copied(said.text)
            if run is None:
                break
            options = list(self._edits(said, *_place(said.text, run), with_asides=asides_left > 0))
            rng.shuffle(options)
            worn = self._worn_characters(said.text)
            tried = [(self._worn_characters(each[0].text), each[1], each[0]) for each in options[:LOOKED_AT]]
            if not (better := [each for each in tried if each[0] < worn]):
                break
            _, is_aside, said = min(better, key=lambda each: (each[1], each[0]))
            asides_left -= is_aside
        return said

    def _edits(self, said: _Said, start: int, end: int, *, with_asides: bool) -> Iterator[tuple[_Said, bool]]:
        """Yield the turn with each edit that breaks the run from `start` to `end`, and whether it is an aside."""
        for match in self._known.finditer(said.text, start, end):
            for word in self._words[match[0]]:
                if (edited := said.put(*match.span(), word)) is not None:
                    yield edited, False
        pauses = [at + 1 for at in range(start, end - 1) if said.text[at] in _PAUSES] if with_asides else []
        for at in pauses:
            for aside in self._asides:
                if (edited := said.put(at, at, aside)) is not None:
                    yield edited, True

    def _worn_characters(self, text: str) -> int:
        """Return how much of a text, without punctuation, is left from where it repeats another."""
        run, plain = self._copied(text), bare(text)
        return 0 if run is None else len(plain) - plain.find(run)


def _place(text: str, run: str) -> tuple[int, int]:
    """Return where a run without punctuation stands in a text."""
    places = [at for at, character in enumerate(text) if bare(character)]
    start = bare(text).find(run)
    return places[start], places[start + len(run) - 1] + 1
