"""Storyline packs: one family of fraud, its scenarios, and for each the shared opening and what the branches ask.

A scenario holds no line that only a fraud or only a lawful call may say. Its `risks`, `needs` and `offers` are verb
phrases; the templates of scenarios/speech/contrast.yaml ask for them, wave them off, warn of them or tell of them,
and a branch decides which is which. docs/packs.md tells authors how.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Self

from pydantic import Field, model_validator

from antifraud.labels import FRAUD_ACTS, Act, FraudType, OfficialCategory, Scene
from antifraud.records import Id
from antifraud.scenarios.pack_model import PackModel
from antifraud.scenarios.phrases import CalleeNeeds, CallerRole, Exchange, Phrase, Pool, Relation, Step, phrases_of
from antifraud.scenarios.slots import SlotSpec

VerbPhrases = Annotated[tuple[str, ...], Field(min_length=4)]
"""Templates of verb phrases without a subject; {我} is whoever asks: 把那几个数字念给{我}."""


class Ask(PackModel):
    """Something a caller may want done."""

    ask: Id
    act: Act
    say: VerbPhrases
    done: Pool = Field(min_length=4)
    """What the callee says while doing it."""
    qa: tuple[Exchange, ...] = ()
    """Questions about it whose answers fit a fraudster and an honest caller alike."""


class StorylineScenario(PackModel):
    """One story: people, facts, a shared opening, and what each branch asks for."""

    id: Id
    title: str
    scene: Scene
    separates: tuple[str, ...] = Field(min_length=2)
    """What tells the lawful call from the fraud, in Chinese sentences."""
    caller: CallerRole
    relation: Relation = "institution"
    """Who the caller is to the callee, or says they are."""
    callee: CalleeNeeds = CalleeNeeds()
    slots: dict[str, SlotSpec] = {}
    rules: dict[str, Pool] = {}
    opening: tuple[Step, ...] = Field(min_length=2)
    talk: tuple[Step, ...] = Field(min_length=2)
    """What is talked about in any branch."""
    risks: tuple[Ask, ...] = Field(min_length=2)
    needs: tuple[Ask, ...] = Field(min_length=2)
    offers: tuple[Ask, ...] = ()
    because: VerbPhrases
    """Clauses that give a reason for any of the asks."""
    stakes: VerbPhrases
    """Clauses that say what really happens if nothing is done, in any branch."""
    checks: VerbPhrases
    """Verb phrases: how the callee could check without the caller."""

    @model_validator(mode="after")
    def acts_fit_what_is_asked(self) -> Self:
        if tame := [ask.ask for ask in self.risks if ask.act not in FRAUD_ACTS]:
            raise ValueError(f"risks {tame} have no fraud act; expected one of {sorted(FRAUD_ACTS)}")
        if wild := [ask.ask for ask in (*self.needs, *self.offers) if ask.act in FRAUD_ACTS]:
            raise ValueError(f"needs or offers {wild} have a fraud act")
        if wild := [step.step for step in (*self.opening, *self.talk) if FRAUD_ACTS & set(step.acts)]:
            raise ValueError(f"steps {wild} have a fraud act; opening and talk belong to every branch")
        names = [ask.ask for ask in self.every_ask]
        if len(names) != len(set(names)):
            raise ValueError(f"an ask is named twice: {names}")
        return self

    def phrases(self) -> Iterator[str]:
        """Every template the scenario holds, apart from its verb phrases and clauses."""
        steps = phrases_of((*self.opening, *self.talk))
        asked = (phrase for ask in self.every_ask for phrase in _spoken(ask))
        for phrase in chain(steps, asked, *self.rules.values()):
            yield phrase.say

    def verb_phrases(self) -> Iterator[str]:
        """Every verb phrase and clause, in which {我} may stand."""
        return chain(*(ask.say for ask in self.every_ask), self.because, self.stakes, self.checks)

    @property
    def every_ask(self) -> tuple[Ask, ...]:
        """Risks, needs and offers."""
        return (*self.risks, *self.needs, *self.offers)

    def ask(self, name: str) -> Ask:
        """Return one of the asks by its name."""
        return next(ask for ask in self.every_ask if ask.ask == name)


def _spoken(ask: Ask) -> Iterator[Phrase]:
    yield from ask.done
    for exchange in ask.qa:
        yield from exchange.q
        yield from exchange.a


class Family(PackModel):
    """One file of scenarios/storylines: a family of fraud, with a label in each label set."""

    family: Id
    title: str
    official_category: OfficialCategory | None
    fraud_type: FraudType | None
    nearest_type: FraudType | None = None
    """The nearest of the eight types where none fits; told to readers, never used as a label."""
    scenarios: tuple[StorylineScenario, ...] = Field(min_length=1)
