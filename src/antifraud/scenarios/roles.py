"""Roles: what the templates of scenarios/speech/contrast.yaml ask for, wave off, warn of or tell of.

A template names a role and a person, as in 您<要.我>: the role says which verb phrase is meant, the person who is
meant by the one who asks: 我 in direct speech, 你 from the callee, 他 for somebody else. Which verb phrases a role
stands for is decided by the branch alone, so that one pool of templates serves them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

from antifraud.labels import Act
from antifraud.records import Branch
from antifraud.scenarios.families import Ask, StorylineScenario
from antifraud.scenarios.packs import SpeechPack

ASKER: Final = "我"
"""The slot of a verb phrase for whoever asks."""
PERSONS: Final = ("我", "你", "他")


class Role(StrEnum):
    """What a verb phrase is in a sentence."""

    ASKED = "要"
    NOT_NEEDED = "免"
    WARNED_OF = "防"
    PAST = "曾"
    ADVISED = "许"
    NO_USE = "拦"
    CHECK = "查"


BECAUSE: Final = "为何"
STAKES: Final = "利害"
ROLE_RULES: Final = frozenset(
    {*(f"{role}.{person}" for role, person in product(Role, PERSONS)), f"{Role.WARNED_OF}.别人", BECAUSE, STAKES}
)

CONTRAST_POOLS: Final = frozenset(
    {
        *("ask", "terms", "cover", "reassure", "verify", "press", "ultimatum", "no_pressure"),
        *("wonder", "report", "decline", "check", "done", "turned_down", "left_open"),
    }
)
"""What speech/contrast.yaml must hold: the agents know each by its name."""


@dataclass(frozen=True)
class Meaning:
    """A verb phrase a role may stand for, and what the caller does who says it in that role."""

    template: str
    act: Act | None


Bindings = Mapping[str, Sequence[Meaning]]
"""Meanings by role, and by 为何 and 利害."""


def bind(
    scenario: StorylineScenario, branch: Branch, asked: Ask, others: Sequence[str], speech: SpeechPack
) -> Bindings:
    """Return what the roles mean while a branch is at one of its asks.

    What one branch asks the other waves off, so that both name the same things about as often.

    Args:
        asked: what the caller asks for.
        others: names of all that is asked in this call; a swindler warns of something else where there is more.
    """
    fraud = branch == "fraud"
    waved_off = scenario.needs if fraud else scenario.risks
    holds = [Meaning(say, hold.act) for hold in speech.holds for say in hold.say]
    checks = [Meaning(say, Act.ALLOW_VERIFY) for say in scenario.checks]
    risks = [ask for ask in scenario.risks if ask.ask not in others] or list(scenario.risks)
    return {
        Role.ASKED: _meanings([asked], asked.act),
        Role.NOT_NEEDED: _meanings(waved_off, None),
        Role.WARNED_OF: _meanings(risks, Act.QUOTE_WARNING_AS_COVER if fraud else Act.WARN),
        Role.PAST: _meanings(scenario.risks, None),
        Role.ADVISED: holds if fraud else checks,
        Role.NO_USE: [Meaning(each.template, None) for each in (checks if fraud else holds)],
        Role.CHECK: [Meaning(each.template, None) for each in checks],
        BECAUSE: [Meaning(say, None) for say in scenario.because],
        STAKES: [Meaning(say, None) for say in scenario.stakes],
    }


def _meanings(asks: Sequence[Ask], act: Act | None) -> list[Meaning]:
    return [Meaning(say, act) for ask in asks for say in ask.say]
