"""Moves become words: phrases are drawn for the one who speaks, and not twice in a call."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random

from antifraud.labels import Act, Emotion, Outcome, Speaker, age_band
from antifraud.records import CallPlan, Persona
from antifraud.scenarios.grammar import Expander, Rule, TemplateError, names, parse
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.phrases import Phrase, Pool, Relation, When
from antifraud.scenarios.roles import ASKER, ROLE_RULES, Bindings, Meaning, Role

REDRAWS = 12
"""How often a phrase is drawn anew that is worn; a design choice."""
TO_THE_POINT_CHANCE = 0.6
"""How often a phrase made for what was just heard is preferred to one that always fits."""
_BEGUN = frozenset("哦嗯啊噢呃哎唉喂那这哟呀昂诶欸对好行不我是")
"""Turns that begin like this need no filler before them."""
_ASKER_LEFT_OPEN = "\0"
"""Stands for whoever asks in a verb phrase that may be said again of somebody else."""
_TIDY = (
    (re.compile(r"^[，。、！？]+"), ""),
    (re.compile(r"[，、]+(?=[，、。！？…—])"), ""),
    (re.compile(r"([。！？])[，、。]+"), r"\1"),
    (re.compile(r"([。！？])\1+"), r"\1"),
    (re.compile(r"——[，。]"), "——"),
)


IsWorn = Callable[[str], bool]
"""Tells whether words were said before, so that others are to be found."""


@dataclass(frozen=True, slots=True)
class Said:
    """The words of one turn and what its phrase adds."""

    text: str
    acts: tuple[Act, ...]
    emotion: Emotion | None
    quotes: Mapping[Act, str]
    """The verb phrase that shows an act, as it was said."""


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
    """The words of one call; its facts were drawn before."""

    def __init__(
        self,
        facts: Mapping[str, str],
        rules: Mapping[str, Pool],
        personas: tuple[Persona, Persona],
        packs: Packs,
        rng: Random,
        relation: Relation = "institution",
        is_worn: IsWorn | None = None,
    ) -> None:
        super().__init__(facts, rng)
        self._rules, self._packs, self._relation, self._is_worn = rules, packs, relation, is_worn
        self.personas = dict(zip(Speaker, personas, strict=True))
        """Who speaks for each side."""
        self._speaking = Speaker.CALLER
        self._used: Counter[str] = Counter()
        self._quotes: dict[Act, str] = {}
        self._named, self._named_said = "", ""
        """What the callee has just feared, told of or wants to check, until the caller has spoken: the template, and
        how it was said."""
        self.bindings: Bindings = {}
        """What the roles mean at this point of the call."""

    def say(
        self,
        speaker: Speaker,
        *pools: Pool,
        heard: Iterable[Act] = (),
        outcomes: Collection[Outcome] = (),
        ended_by: str | None = None,
    ) -> Said:
        """Draw a phrase that fits, one not yet said in this call where there is one, and expand it.

        Where words can be worn, they are drawn again a few times; the last ones stand, worn or not.

        Raises:
            TemplateError: no phrase of the pools fits.
        """
        named = self._named, self._named_said
        said = self._drawn(speaker, pools, heard, outcomes, ended_by)
        for _ in range(REDRAWS):
            if self._is_worn is None or not self._is_worn(said.text):
                break
            self._named, self._named_said = named
            said = self._drawn(speaker, pools, heard, outcomes, ended_by)
        if speaker is Speaker.CALLER:
            self._named = ""
        return said

    def _drawn(
        self,
        speaker: Speaker,
        pools: tuple[Pool, ...],
        heard: Iterable[Act],
        outcomes: Collection[Outcome],
        ended_by: str | None,
    ) -> Said:
        self._speaking = speaker
        persona = self.personas[speaker]
        heard = frozenset(heard)
        fitting = [
            phrase
            for pool in pools
            for phrase in pool
            if self._is_bound(phrase.say)
            and (phrase.when is None or self._fits(phrase.when, persona, heard, outcomes, ended_by))
        ]
        if not fitting:
            raise TemplateError(f"no phrase fits {persona.model_dump(mode='json')}")
        to_the_point = [phrase for phrase in fitting if phrase.when is not None and phrase.when.act]
        if to_the_point and self.rng.random() < TO_THE_POINT_CHANCE:
            fitting = to_the_point
        phrase = self._fresh(self._answering(fitting) if speaker is Speaker.CALLER else fitting)
        self._quotes = {}
        text = tidy(self.expand(phrase.say))
        quotes = {act: quote for act, quote in self._quotes.items() if quote in text and speaker is Speaker.CALLER}
        return Said(text, (*phrase.acts, *quotes), phrase.emotion, quotes)

    def rule(self, name: str) -> str:
        """Return a phrase of a rule of the scenario, or else of the shared speech pack."""
        role, _, person = name.partition(".")
        if role in self.bindings:
            return self._meaning(role, person)
        pool = self._rules.get(name) or self._packs.speech.rules.get(name)
        if pool is None:
            raise TemplateError(f"no rule <{name}>")
        persona = self.personas[self._speaking]
        fitting = [p for p in pool if p.when is None or self._fits(p.when, persona, frozenset(), (), None)]
        return self.rng.choice(fitting).say if fitting else ""

    def _is_bound(self, template: str) -> bool:
        return roles_of(template) <= self.bindings.keys()

    def _answering(self, phrases: list[Phrase]) -> list[Phrase]:
        """Return the phrases that take up what the callee has just named, where one is left that was not said yet."""
        able = [
            phrase
            for phrase in phrases
            if not self._used[phrase.sound] and any(self._names(role) for role in roles_of(phrase.say))
        ]
        return able or phrases

    def _names(self, role: str) -> bool:
        return any(meaning.template == self._named for meaning in self.bindings[role])

    def _meaning(self, role: str, person: str) -> str:
        """Return a verb phrase as it is said in a role.

        A caller takes up what the callee has just named; else one not yet said in this call is preferred.
        """
        meaning = self._meant(role)
        self._used[meaning.template] += 1
        if self._speaking is Speaker.CALLER and meaning.template == self._named:
            said = self._named_said
        else:
            said = self.expand(meaning.template.replace(f"{{{ASKER}}}", _ASKER_LEFT_OPEN))
        if self._speaking is Speaker.CALLEE and role != Role.ASKED:
            self._named, self._named_said = meaning.template, said
        said = said.replace(_ASKER_LEFT_OPEN, person)
        if meaning.act is not None:
            self._quotes.setdefault(meaning.act, said)
        return said

    def _meant(self, role: str) -> Meaning:
        meanings = self.bindings[role]
        named = [each for each in meanings if each.template == self._named]
        if named and self._speaking is Speaker.CALLER:
            return named[0]
        least = min(self._used[meaning.template] for meaning in meanings)
        return self.rng.choice([each for each in meanings if self._used[each.template] == least])

    def hesitant(self, speaker: Speaker, text: str) -> str:
        """Return a turn, now and then begun with a filler, as the speaker's manner has it."""
        manner = self._packs.manners[self.personas[speaker].manner]
        if self.rng.random() >= manner.filler or text[0] in _BEGUN:
            return text
        self._speaking = speaker
        return tidy(self.expand("<filler>") + text)

    def _fresh(self, phrases: list[Phrase]) -> Phrase:
        least = min(self._used[phrase.sound] for phrase in phrases)
        phrase = self.rng.choice([phrase for phrase in phrases if self._used[phrase.sound] == least])
        self._used[phrase.sound] += 1
        return phrase

    def _fits(
        self, when: When, persona: Persona, heard: frozenset[Act], outcomes: Collection[Outcome], ended_by: str | None
    ) -> bool:
        if when.relation and self._relation not in when.relation:
            return False
        return _fits(when, persona, heard, outcomes, ended_by)


@cache
def roles_of(template: str) -> frozenset[str]:
    """Return the roles a template names, and the rules that only storylines have."""
    found = (part.name for part in names(parse(template)) if isinstance(part, Rule))
    return frozenset(name.partition(".")[0] for name in found if name in ROLE_RULES)


def _fits(
    when: When, persona: Persona, heard: frozenset[Act], outcomes: Collection[Outcome], ended_by: str | None
) -> bool:
    return (
        (not when.awareness or persona.awareness in when.awareness)
        and (not when.gender or persona.gender in when.gender)
        and (not when.age or age_band(persona.age) in when.age)
        and (not when.region or persona.region in when.region)
        and (not when.manner or persona.manner in when.manner)
        and (not when.act or not heard.isdisjoint(when.act))
        and (not when.outcome or not set(when.outcome).isdisjoint(outcomes))
        and (not when.ended_by or ended_by in when.ended_by)
    )
