"""The supervisor: listens to both sides and says when a call is over, and how."""

from __future__ import annotations

from dataclasses import dataclass

from antifraud.dialogue.scripted_agents.callee import Reaction
from antifraud.labels import Outcome

STALLED_ROUNDS = 6
"""Rounds in a row without the agenda going on, after which a call is a stalemate."""


@dataclass(slots=True)
class Supervisor:
    """Counts of one call."""

    is_fraud: bool
    max_turns: int
    firmness: int
    """Refusals after which the callee means it."""
    caution: int
    """Announcements to check after which the callee goes and does it."""
    refusals: int = 0
    checks: int = 0
    stalled: int = 0

    def verdict(self, reaction: Reaction, *, agenda_done: bool, turns: int) -> Outcome | None:
        """Return how the call ends after a reaction of the callee, or None while it goes on."""
        self.stalled = 0 if reaction is Reaction.GO_ALONG else self.stalled + 1
        if reaction is Reaction.GO_ALONG and agenda_done:
            return Outcome.COMPLIED if self.is_fraud else Outcome.SETTLED
        if reaction is Reaction.REFUSE:
            self.refusals += 1
            if self.refusals >= self.firmness:
                return Outcome.REFUSED if self.is_fraud else Outcome.DECLINED
        if reaction is Reaction.CHECK:
            self.checks += 1
            if self.checks >= self.caution:
                return Outcome.WILL_VERIFY
        if reaction is Reaction.BUSY or self.stalled >= STALLED_ROUNDS or turns >= self.max_turns:
            return Outcome.UNRESOLVED
        return None
