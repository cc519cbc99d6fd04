"""The one who calls: an agenda of steps, and an answer to whatever the callee does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from antifraud.dialogue.scripted_agents.callee import Reaction
from antifraud.labels import Act
from antifraud.scenarios.packs import Exchange, Scenario, Step


class Move(StrEnum):
    """What the caller can do when it is their turn."""

    STEP = "step"
    ANSWER = "answer"
    REASSURE = "reassure"
    VERIFY = "verify"
    INSIST = "insist"
    REPEAT = "repeat"
    WAIT = "wait"
    GOODBYE = "goodbye"


MOVE_ACTS: dict[bool, dict[Move, tuple[Act, ...]]] = {
    True: {
        Move.ANSWER: (Act.EXPLAIN,),
        Move.REASSURE: (Act.REASSURE,),
        Move.VERIFY: (Act.REFUSE_VERIFICATION,),
        Move.INSIST: (Act.ULTIMATUM,),
        Move.WAIT: (Act.WAIT,),
        Move.GOODBYE: (Act.CLOSE,),
    },
    False: {
        Move.ANSWER: (Act.EXPLAIN,),
        Move.REASSURE: (Act.REASSURE,),
        Move.VERIFY: (Act.ALLOW_VERIFY,),
        Move.INSIST: (Act.NO_PRESSURE,),
        Move.WAIT: (Act.WAIT,),
        Move.GOODBYE: (Act.CLOSE,),
    },
}
"""Acts of a move, by whether the call is fraud; docs/packs.md tells authors the same."""

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

    scenario: Scenario
    agenda: list[Step]
    persistence: int
    position: int = -1
    questions: list[Exchange] | None = None

    @classmethod
    def of(cls, scenario: Scenario, rng: Random) -> Caller:
        """Return a caller who leaves out steps by their chance; a lawful caller presses once at most."""
        agenda = [step for step in scenario.agenda if rng.random() < step.chance]
        return cls(scenario, agenda, persistence=rng.randint(1, 3) if scenario.is_fraud else 1)

    @property
    def step(self) -> Step:
        """The step in hand."""
        return self.agenda[self.position]

    @property
    def at_request(self) -> bool:
        """A request has been reached, so that there is something to resist."""
        return any(step.request for step in self.agenda[: self.position + 1])

    def advance(self, rng: Random) -> bool:
        """Go to the next step; false where the agenda is done."""
        if self.position + 1 >= len(self.agenda):
            return False
        self.position += 1
        self.questions = rng.sample(self.step.qa, len(self.step.qa))
        return True

    def answer_to(self, reaction: Reaction) -> Move:
        """Return the move that answers a reaction; GOODBYE where the caller has pressed enough."""
        if reaction is Reaction.REFUSE:
            self.persistence -= 1
            if self.persistence < 0:
                return Move.GOODBYE
        return _ANSWERS[reaction]
