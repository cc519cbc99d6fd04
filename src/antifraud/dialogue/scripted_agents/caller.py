"""The one who calls: an agenda of steps, and an answer to whatever the callee does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from antifraud.dialogue.scripted_agents.callee import Reaction
from antifraud.dialogue.scripted_agents.course import Beat
from antifraud.dialogue.scripted_agents.moves import Move
from antifraud.scenarios.phrases import Exchange

_ANSWERS = {
    Reaction.QUESTION: Move.ANSWER,
    Reaction.DOUBT: Move.REASSURE,
    Reaction.REPORT: Move.REASSURE,
    Reaction.ASK_VERIFY: Move.VERIFY,
    Reaction.CHECK: Move.VERIFY,
    Reaction.HESITATE: Move.INSIST,
    Reaction.REFUSE: Move.INSIST,
    Reaction.MISHEAR: Move.REPEAT,
    Reaction.DISTRACTED: Move.WAIT,
}


@dataclass(slots=True)
class Caller:
    """Where the caller stands on the agenda, and how often they still press."""

    agenda: Sequence[Beat]
    persistence: int
    position: int = -1
    questions: list[Exchange] = field(default_factory=list)

    @property
    def beat(self) -> Beat:
        """The item in hand."""
        return self.agenda[self.position]

    @property
    def is_done(self) -> bool:
        """Nothing is left on the agenda."""
        return self.position + 1 >= len(self.agenda)

    @property
    def at_request(self) -> bool:
        """A request has been reached, so that there is something to resist."""
        return any(beat.is_request for beat in self.agenda[: self.position + 1])

    def advance(self, rng: Random) -> None:
        """Go to the next item, where one is left."""
        if not self.is_done:
            self.position += 1
            self.questions = rng.sample(self.beat.qa, len(self.beat.qa))

    def answer_to(self, reaction: Reaction) -> Move:
        """Return the move that answers a reaction; GOODBYE where the caller has pressed enough."""
        if reaction is Reaction.REFUSE:
            self.persistence -= 1
            if self.persistence < 0:
                return Move.GOODBYE
        return _ANSWERS[reaction]
