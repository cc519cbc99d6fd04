"""Moves become words: phrases are drawn for the one who speaks, and not twice in a call."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from antifraud.labels import Act, Emotion, Outcome, Speaker, age_band
from antifraud.records import CallPlan, Persona
from antifraud.scenarios.grammar import Expander, TemplateError
from antifraud.scenarios.packs import Packs, Phrase, Pool, Scenario, When
from antifraud.scenarios.slots import draw

TO_THE_POINT_CHANCE = 0.6
"""How often a phrase made for what was just heard is preferred to one that always fits."""
_BEGUN = frozenset("哦嗯啊噢呃哎唉喂那这哟呀昂诶欸对好行不我是")
"""Turns that begin like this need no filler before them."""
_ELDER_TITLES = {"男": ("叔", "师傅", "先生"), "女": ("阿姨", "大姐", "女士")}
_YOUNG_TITLES = {"男": ("先生",), "女": ("女士",)}
_TIDY = (
    (re.compile(r"^[，。、！？]+"), ""),
    (re.compile(r"[，、]+(?=[，、。！？…—])"), ""),
    (re.compile(r"([。！？])[，、。]+"), r"\1"),
    (re.compile(r"([。！？])\1+"), r"\1"),
    (re.compile(r"——[，。]"), "——"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one turn and what its phrase adds."""

    text: str
    acts: tuple[Act, ...]
    emotion: Emotion | None


def both(plan: CallPlan) -> tuple[Persona, Persona]:
    """Return caller and callee of a plan.

    Raises:
        ValueError: one is missing; only dialogues from elsewhere lack personas.
    """
    if plan.caller is None or plan.callee is None:
        raise ValueError(f"plan {plan.id} lacks a persona; only dialogues from elsewhere may")
    return plan.caller, plan.callee


def tidy(text: str) -> str:
    """Return a sentence without the stray punctuation that empty alternatives leave."""
    for pattern, replacement in _TIDY:
        text = pattern.sub(replacement, text)
    return text


class Wording(Expander):
    """The words of one call; its facts are drawn once."""

    def __init__(self, plan: CallPlan, caller: Persona, callee: Persona, packs: Packs, rng: Random) -> None:
        self.scenario: Scenario = packs.scenarios[plan.scenario]
        facts = draw(self.scenario.slots, rng) | _addresses(caller, callee, self.scenario, rng)
        super().__init__(facts, rng)
        self._packs = packs
        self._personas = {Speaker.CALLER: caller, Speaker.CALLEE: callee}
        self._speaking = Speaker.CALLER
        self._used: Counter[str] = Counter()

    def say(
        self,
        speaker: Speaker,
        *pools: Pool,
        heard: Iterable[Act] = (),
        outcome: Outcome | None = None,
        ended_by: str | None = None,
    ) -> Said:
        """Draw a phrase that fits, one not yet said in this call where there is one, and expand it.

        Raises:
            TemplateError: no phrase of the pools fits.
        """
        self._speaking = speaker
        persona = self._personas[speaker]
        heard = frozenset(heard)
        fitting = [
            phrase
            for pool in pools
            for phrase in pool
            if phrase.when is None or _fits(phrase.when, persona, heard, outcome, ended_by)
        ]
        if not fitting:
            raise TemplateError(f"{self.scenario.id}: no phrase fits {persona.model_dump(mode='json')}")
        to_the_point = [phrase for phrase in fitting if phrase.when is not None and phrase.when.act]
        if to_the_point and self.rng.random() < TO_THE_POINT_CHANCE:
            fitting = to_the_point
        phrase = self._fresh(fitting)
        return Said(tidy(self.expand(phrase.say)), phrase.acts, phrase.emotion)

    def rule(self, name: str) -> str:
        """Return a phrase of a rule of the scenario, or else of the shared speech pack."""
        pool = self.scenario.rules.get(name) or self._packs.speech.rules.get(name)
        if pool is None:
            raise TemplateError(f"no rule <{name}>")
        persona = self._personas[self._speaking]
        fitting = [p for p in pool if p.when is None or _fits(p.when, persona, frozenset(), None, None)]
        return self.rng.choice(fitting).say if fitting else ""

    def hesitant(self, speaker: Speaker, text: str) -> str:
        """Return a turn, now and then begun with a filler, as the speaker's manner has it."""
        manner = self._packs.manners[self._personas[speaker].manner]
        if self.rng.random() >= manner.filler or text[0] in _BEGUN:
            return text
        self._speaking = speaker
        return tidy(self.expand("<filler>") + text)

    def _fresh(self, phrases: list[Phrase]) -> Phrase:
        least = min(self._used[phrase.say] for phrase in phrases)
        phrase = self.rng.choice([phrase for phrase in phrases if self._used[phrase.say] == least])
        self._used[phrase.say] += 1
        return phrase


def _fits(when: When, persona: Persona, heard: frozenset[Act], outcome: Outcome | None, ended_by: str | None) -> bool:
    return (
        (not when.awareness or persona.awareness in when.awareness)
        and (not when.gender or persona.gender in when.gender)
        and (not when.age or age_band(persona.age) in when.age)
        and (not when.region or persona.region in when.region)
        and (not when.manner or persona.manner in when.manner)
        and (not when.act or not heard.isdisjoint(when.act))
        and (not when.outcome or outcome in when.outcome)
        and (not when.ended_by or ended_by in when.ended_by)
    )


def _addresses(caller: Persona, callee: Persona, scenario: Scenario, rng: Random) -> dict[str, str]:
    """Return how the sides address each other; names of two characters and more begin with the surname."""
    surname = callee.name[0]
    titles = _ELDER_TITLES if callee.age >= 50 and callee.age > caller.age else _YOUNG_TITLES
    return {
        "callee": surname + rng.choice(titles[callee.gender]),
        "callee_full": callee.name,
        "callee_surname": surname,
        "caller": rng.choice(scenario.caller.title).replace("{x}", caller.name[0]),
        "caller_full": caller.name,
        "caller_surname": caller.name[0],
    }
