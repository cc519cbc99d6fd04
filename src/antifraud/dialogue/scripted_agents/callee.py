"""The one who is called: trust, suspicion and patience move with the acts heard and decide what comes next.

The figures are design choices, no source gives them; they are set so that the outcomes asked for
come about within a few simulations at every level of awareness.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from antifraud.labels import Act, Awareness, Outcome, Speaker
from antifraud.records import Persona, Turn
from antifraud.scenarios.packs import Manner


class Reaction(StrEnum):
    """What the callee can do when it is their turn."""

    GO_ALONG = "go_along"
    QUESTION = "question"
    DOUBT = "doubt"
    REPORT = "report"
    ASK_VERIFY = "ask_verify"
    CHECK = "check"
    HESITATE = "hesitate"
    REFUSE = "refuse"
    MISHEAR = "mishear"
    DISTRACTED = "distracted"
    BUSY = "busy"


# what hearing an act does to (trust, suspicion, patience)
_EFFECTS: dict[Act, tuple[float, float, float]] = {
    Act.IDENTITY_CLAIM: (0.08, 0.02, -0.02),
    Act.TRUE_DETAIL: (0.10, 0.00, 0.00),
    Act.INFORM: (0.04, 0.00, -0.03),
    Act.ALARM_OR_GAIN: (0.00, 0.06, -0.03),
    Act.PROOF: (0.10, -0.02, -0.03),
    Act.CHANNEL_SWITCH: (0.00, 0.08, -0.04),
    Act.ASK_DETAIL: (0.00, 0.04, -0.02),
    Act.ASK_AGREEMENT: (0.00, 0.02, -0.02),
    Act.URGENCY: (0.00, 0.04, -0.04),
    Act.EXPLAIN: (0.06, -0.02, -0.03),
    Act.REASSURE: (0.08, -0.05, -0.03),
    Act.QUOTE_WARNING_AS_COVER: (0.06, -0.04, -0.02),
    Act.THREAT: (-0.05, 0.10, -0.05),
    Act.UPSELL: (-0.02, 0.03, -0.10),
    Act.REPEAT: (0.00, 0.00, -0.04),
    Act.ASK_SECRET: (0.00, 0.14, -0.05),
    Act.ASK_REMOTE_CONTROL: (0.00, 0.13, -0.05),
    Act.ASK_TRANSFER: (0.00, 0.15, -0.05),
    Act.ASK_PREPAYMENT: (0.00, 0.14, -0.05),
    Act.SECRECY: (0.00, 0.10, -0.04),
    Act.REFUSE_VERIFICATION: (-0.04, 0.12, -0.06),
    Act.ULTIMATUM: (-0.02, 0.08, -0.08),
    Act.ALLOW_VERIFY: (0.15, -0.15, -0.02),
    Act.ACCEPT_HANGUP: (0.10, -0.10, 0.00),
    Act.ORIGINAL_ROUTE: (0.10, -0.08, -0.02),
    Act.OFFICIAL_PAYMENT: (0.08, -0.08, -0.02),
    Act.WARN: (0.10, -0.10, -0.02),
    Act.NO_PRESSURE: (0.08, -0.08, -0.02),
}
_ALERTNESS = {Awareness.LOW: 0.6, Awareness.MIDDLE: 1.0, Awareness.HIGH: 1.5}
_FIRST_SUSPICION = {Awareness.LOW: 0.05, Awareness.MIDDLE: 0.15, Awareness.HIGH: 0.28}

# how an intended outcome bends the odds; outcomes not named here leave them as they are
_LEANINGS: dict[Outcome, dict[Reaction, float]] = {
    Outcome.COMPLIED: {Reaction.GO_ALONG: 1.6, Reaction.REFUSE: 0.3, Reaction.CHECK: 0.0, Reaction.BUSY: 0.0},
    Outcome.SETTLED: {Reaction.GO_ALONG: 1.6, Reaction.REFUSE: 0.0, Reaction.CHECK: 0.1, Reaction.BUSY: 0.0},
    Outcome.REFUSED: {Reaction.REFUSE: 2.5, Reaction.CHECK: 0.0, Reaction.BUSY: 0.0, Reaction.HESITATE: 0.7},
    Outcome.DECLINED: {Reaction.REFUSE: 4.0, Reaction.CHECK: 0.0, Reaction.BUSY: 0.0, Reaction.HESITATE: 1.5},
    Outcome.WILL_VERIFY: {Reaction.CHECK: 4.0, Reaction.ASK_VERIFY: 2.0, Reaction.REFUSE: 0.1, Reaction.BUSY: 0.0},
    Outcome.UNRESOLVED: {Reaction.BUSY: 5.0, Reaction.HESITATE: 2.0, Reaction.REFUSE: 0.0, Reaction.CHECK: 0.0},
}
_SLIPS = {Act.MISHEARD: Reaction.MISHEAR, Act.DISTRACTED: Reaction.DISTRACTED}
_YIELDING = {Outcome.COMPLIED, Outcome.SETTLED}
_AT_MOST = {
    Reaction.MISHEAR: 1,
    Reaction.DISTRACTED: 1,
    Reaction.REPORT: 1,
    Reaction.ASK_VERIFY: 2,
    Reaction.DOUBT: 3,
    Reaction.HESITATE: 3,
    Reaction.REFUSE: 4,
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What the callee answers to."""

    is_request: bool
    """The caller waits for an agreement."""
    can_ask: bool
    """A question about this step is left."""
    may_doubt: bool
    """The caller has an answer to doubts."""
    may_resist: bool
    """The call has come to what it is about."""
    is_digression: bool
    """The caller has just answered a question, a doubt or a refusal."""


class Callee:
    """Trust, suspicion and patience of one callee, each 0 to 1."""

    def __init__(self, persona: Persona, manner: Manner, leaning: Outcome | None, rng: Random) -> None:
        self.persona = persona
        self.trust = rng.uniform(0.35, 0.55) - 0.1 * (persona.awareness is Awareness.HIGH)
        self.suspicion = _FIRST_SUSPICION[persona.awareness] + rng.uniform(-0.05, 0.1)
        self.patience = manner.patience
        self._curiosity = manner.question
        self._leaning = leaning
        self._rng = rng
        self._had: Counter[Reaction] = Counter()

    def hear(self, acts: tuple[Act, ...]) -> None:
        """Let the acts of a caller turn work."""
        alertness = _ALERTNESS[self.persona.awareness]
        for act in acts:
            trust, suspicion, patience = _EFFECTS.get(act, (0.0, 0.0, 0.0))
            self.trust = _unit(self.trust + trust)
            self.suspicion = _unit(self.suspicion + suspicion * (alertness if suspicion > 0 else 1.0))
            self.patience = _unit(self.patience + patience)

    def remember(self, turn: Turn) -> None:
        """Take a turn that was spoken before: let a caller's acts work, count the callee's own slips."""
        if turn.speaker is Speaker.CALLER:
            self.hear(turn.acts)
        self._had.update(reaction for act, reaction in _SLIPS.items() if act in turn.acts)

    def react(self, now: Situation) -> Reaction:
        """Choose what to do next."""
        leanings = _LEANINGS.get(self._leaning, {}) if self._leaning else {}
        odds = {
            reaction: weight * leanings.get(reaction, 1.0)
            for reaction, weight in self._odds(now).items()
            if self._had[reaction] < _AT_MOST.get(reaction, 99)
        }
        if not any(odds.values()):
            return Reaction.GO_ALONG
        reaction = self._rng.choices(list(odds), list(odds.values()))[0]
        self._had[reaction] += 1
        return reaction

    def _odds(self, now: Situation) -> dict[Reaction, float]:
        calm = max(0.0, self.trust - self.suspicion)
        restless = max(0.0, 0.6 - self.patience)
        stance = self._leaning not in _YIELDING and now.may_resist
        odds = {
            Reaction.GO_ALONG: 0.25 + 1.2 * calm + 0.5 * (not now.is_request),
            Reaction.QUESTION: 0.5 * self._curiosity * now.can_ask,
            Reaction.DOUBT: 1.1 * self.suspicion * now.may_doubt,
            Reaction.REPORT: 0.25 * self.suspicion * now.may_resist,
            Reaction.ASK_VERIFY: 0.7 * max(0.0, self.suspicion - 0.1) * now.may_resist,
            Reaction.HESITATE: (0.15 + 0.3 * self.suspicion) * now.is_request,
            Reaction.REFUSE: (0.08 + max(0.0, self.suspicion - 0.2)) * now.is_request * now.may_resist,
            Reaction.CHECK: (0.05 + 0.6 * max(0.0, self.suspicion - 0.15)) * now.may_resist,
            Reaction.BUSY: (0.06 + restless) * now.may_resist,
            Reaction.MISHEAR: (0.10 if self.persona.age >= 56 else 0.04) * (not now.is_digression),
            Reaction.DISTRACTED: 0.03 * (not now.is_digression and not now.is_request),
        }
        if stance and now.is_request:
            odds[Reaction.GO_ALONG] *= 0.35
        if self._had[Reaction.REFUSE]:
            odds[Reaction.REFUSE] *= 2.0
        return odds


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))
