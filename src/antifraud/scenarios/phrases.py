"""Phrases, steps and people: the parts that every kind of scenario is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from antifraud.labels import Act, AgeBand, Awareness, Emotion, Outcome
from antifraud.records import Id
from antifraud.scenarios.pack_model import PackModel

Gender = Literal["男", "女"]
Relation = Literal["institution", "boss", "kin", "friend", "stranger"]
"""Who the caller is to the callee; a stranger is a person who calls for nobody, such as a driver or a passer-by."""


def _one_or_many(value: Any) -> Any:
    return value if isinstance(value, (list, tuple)) else (value,)


Many = BeforeValidator(_one_or_many)


class When(PackModel):
    """When a phrase fits: every condition given must hold for the one who speaks."""

    awareness: Annotated[tuple[Awareness, ...], Many] = ()
    gender: Annotated[tuple[Gender, ...], Many] = ()
    age: Annotated[tuple[AgeBand, ...], Many] = ()
    region: Annotated[tuple[str, ...], Many] = ()
    relation: Annotated[tuple[Relation, ...], Many] = ()
    """Who the caller is to the callee, whichever of them speaks."""
    manner: Annotated[tuple[str, ...], Many] = ()
    act: Annotated[tuple[Act, ...], Many] = ()
    """One of these acts was just heard."""
    ended_by: Annotated[tuple[str, ...], Many] = ()
    outcome: Annotated[tuple[Outcome, ...], Many] = ()


class Phrase(PackModel):
    """One template; `acts` are added to those of the move it is said in."""

    say: str = Field(min_length=1)
    when: When | None = None
    acts: Annotated[tuple[Act, ...], Many] = ()
    emotion: Emotion | None = None
    frame: str | None = None
    """Phrases that sound alike have one name, and count as one where a call should not say the same twice."""

    @property
    def sound(self) -> str:
        """What is not to be heard twice in a call."""
        return self.frame or self.say


def _phrase(value: Any) -> Any:
    return {"say": value} if isinstance(value, str) else value


Pool = tuple[Annotated[Phrase, BeforeValidator(_phrase)], ...]


class Exchange(PackModel):
    """A question the callee may ask at a step, and the caller's answer."""

    q: Annotated[Pool, Many]
    a: Annotated[Pool, Many]


class Step(PackModel):
    """One item of the caller's agenda."""

    step: Id
    acts: Annotated[tuple[Act, ...], Many]
    say: Pool = Field(min_length=3)
    reply: Pool = Field(min_length=3)
    """What the callee says when going along: to a request, agreeing to it."""
    qa: tuple[Exchange, ...] = ()
    request: bool = False
    """The callee must agree before the call goes on."""
    chance: float = Field(default=1.0, gt=0, le=1)
    emotion: Emotion | None = None


class CallerRole(PackModel):
    """Who may place the call."""

    role: str
    title: tuple[str, ...] = Field(min_length=1)
    """How the caller names themself; {x} is the surname: 小{x}, {x}经理."""
    gender: Gender | None = None
    ages: tuple[AgeBand, ...] = tuple(AgeBand)


class CalleeNeeds(PackModel):
    """Who can receive the call."""

    gender: Gender | None = None
    ages: tuple[AgeBand, ...] = tuple(AgeBand)
    occupations: tuple[str, ...] = ()


def phrases_of(steps: Iterable[Step]) -> Iterator[Phrase]:
    """Every phrase of some steps."""
    for step in steps:
        yield from step.say
        yield from step.reply
        for exchange in step.qa:
            yield from exchange.q
            yield from exchange.a
