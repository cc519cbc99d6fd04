"""What an imitation must not be: faulty, a copy, nearly the same as another, or of another label than its seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from antifraud.defects import Defect, form_defects, text_defects
from antifraud.dialogue_config import ImitateConfig
from antifraud.labels import RejectReason
from antifraud.likeness.characters import bare
from antifraud.likeness.copied_runs import CopiedRuns
from antifraud.likeness.near_texts import NearTexts
from antifraud.records import Dialogue, Turn

ReadsAsFraud = Callable[[Sequence[Turn]], bool]
"""A reader that sees the words alone."""


class Sieve:
    """Seeds and accepted imitations, and what they keep out."""

    def __init__(self, limits: ImitateConfig, reads_as_fraud: ReadsAsFraud, seeds: Iterable[Dialogue]) -> None:
        self._reads_as_fraud = reads_as_fraud
        self._runs = CopiedRuns(limits.longest_copied_run)
        self._near = NearTexts(limits.jaccard_limit)
        self._ids: list[str] = []
        for seed in seeds:
            self.keep(seed)

    def defect(self, dialogue: Dialogue) -> Defect | None:
        """Return the first reason to refuse a dialogue, or None."""
        return next(self._defects(dialogue), None)

    def copied(self, text: str) -> str | None:
        """Return a run of a turn that was said before and is too long to be said again, or None."""
        return self._runs.copied(text)

    def keep(self, dialogue: Dialogue) -> None:
        """Let a dialogue keep out those that are like it."""
        self._runs.keep(turn.text for turn in dialogue.turns)
        self._near.keep(_plain(dialogue))
        self._ids.append(dialogue.id)

    def _defects(self, dialogue: Dialogue) -> Iterator[Defect]:
        yield from form_defects(dialogue.turns)
        yield from text_defects(dialogue.turns)
        for turn in dialogue.turns:
            if (run := self._runs.copied(turn.text)) is not None:
                yield RejectReason.COPIED_RUN, f"turn {turn.index} repeats {run!r} of another call"
        for earlier, jaccard in self._near.near(_plain(dialogue)):
            yield RejectReason.NEAR_DUPLICATE, f"shares {jaccard:.2f} of its shingles with {self._ids[earlier]}"
        if self._reads_as_fraud(dialogue.turns) != dialogue.is_fraud:
            said, read = ("fraud", "lawful") if dialogue.is_fraud else ("lawful", "fraud")
            yield RejectReason.LABEL_MISMATCH, f"labelled {said}, but its words read as {read}"


def _plain(dialogue: Dialogue) -> str:
    return bare("".join(turn.text for turn in dialogue.turns))
