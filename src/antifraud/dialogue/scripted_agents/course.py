"""What a call runs through: the caller's beats in their order, and the wording of every move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from antifraud.dialogue.scripted_agents.moves import Move
from antifraud.labels import Act, Outcome
from antifraud.records import CallPlan
from antifraud.scenarios.families import StorylineScenario
from antifraud.scenarios.packs import Packs, Scenario, SpeechPack
from antifraud.scenarios.phrases import Exchange, Pool, Relation, Step
from antifraud.scenarios.roles import Bindings, bind
from antifraud.scenarios.trees import LAWFUL_ENDING

TERMS_APART_CHANCE = 0.5
_MOVE_ACTS = {
    Move.ANSWER: (Act.EXPLAIN,),
    Move.REASSURE: (Act.REASSURE,),
    Move.WAIT: (Act.WAIT,),
    Move.GOODBYE: (Act.CLOSE,),
}
_EVERYDAY_ACTS = {**_MOVE_ACTS, Move.VERIFY: (Act.ALLOW_VERIFY,), Move.INSIST: (Act.NO_PRESSURE,)}
_STORY_ACTS = {**_MOVE_ACTS, Move.VERIFY: (), Move.INSIST: (Act.URGENCY,)}
"""In a storyline the verb phrases that are said carry the acts."""


@dataclass(frozen=True)
class Beat:
    """One item of the caller's agenda."""

    say: tuple[Pool, ...]
    """A phrase of each pool, said in one turn."""
    reply: Pool
    acts: tuple[Act, ...] = ()
    qa: tuple[Exchange, ...] = ()
    is_request: bool = False
    """The callee must agree before the call goes on."""
    bindings: Bindings = field(default_factory=dict)

    @classmethod
    def of(cls, step: Step, bindings: Bindings | None = None) -> Beat:
        """Return a step of a pack."""
        return cls((step.say,), step.reply, step.acts, step.qa, step.request, bindings or {})


@dataclass(frozen=True)
class Course:
    """The agenda of a call and its wording."""

    agenda: tuple[Beat, ...]
    moves: Mapping[Move, tuple[Pool, ...]]
    move_acts: Mapping[Move, tuple[Act, ...]]
    farewells: Mapping[Outcome, Pool]
    check: Pool
    refuse: Pool
    doubt: Pool
    """What the callee may say to a doubt or a story of a storyline, beside what any call has."""
    report: Pool
    rules: Mapping[str, Pool]
    relation: Relation
    patience: range
    """How often the caller presses, and how often the callee says no before meaning it."""
    is_storyline: bool
    """The call has siblings: it must sound like them, and may not end before it has shown what it is."""


def everyday(scenario: Scenario, rng: Random) -> Course:
    """Return the course of an everyday call; steps are left out by their chance."""
    moves = {Move.REASSURE: scenario.reassure, Move.VERIFY: scenario.verify, Move.INSIST: scenario.insist}
    return Course(
        agenda=tuple(Beat.of(step) for step in scenario.agenda if rng.random() < step.chance),
        moves={move: (pool,) for move, pool in moves.items()},
        move_acts=_EVERYDAY_ACTS,
        farewells=scenario.goodbye,
        check=scenario.check,
        refuse=scenario.refuse,
        doubt=(),
        report=(),
        rules=scenario.rules,
        relation="institution",
        patience=range(1, 2),
        is_storyline=False,
    )


def opening(scenario: StorylineScenario, packs: Packs) -> Course:
    """Return the course of the part that all calls of a storyline share; nobody resists in it."""
    return _story(scenario, packs.speech, tuple(Beat.of(step) for step in scenario.opening), "lawful")


def branch(plan: CallPlan, scenario: StorylineScenario, packs: Packs, rng: Random) -> Course:
    """Return the course of a call after the opening."""
    speech = packs.speech
    contrast = speech.contrast
    by_name = [scenario.ask(name) for name in plan.asks]
    bound = [bind(scenario, plan.branch, ask, plan.asks, speech) for ask in by_name]
    talk = [Beat.of(step, bound[0]) for step in rng.sample(scenario.talk, len(scenario.talk))]
    asks = [
        Beat((contrast["ask"],), ask.done, qa=ask.qa, is_request=True, bindings=bindings)
        for ask, bindings in zip(by_name, bound, strict=True)
    ]
    acknowledge = speech.callee["acknowledge"]
    terms = Beat((contrast["terms"],), acknowledge, bindings=bound[0])
    cover = Beat((contrast["cover"],), acknowledge, bindings=bound[0])
    if rng.random() < TERMS_APART_CHANCE:
        point = [terms, asks[0]]
    else:
        point = [Beat((contrast["ask"], contrast["terms"]), asks[0].reply, (), asks[0].qa, True, bound[0])]
    before = {"early": talk[: rng.randint(0, 1)], "late": talk[: rng.randint(2, 3)], "cover": [*talk[:1], cover]}
    return _story(scenario, speech, (*before[plan.tactic or "early"], *point, *asks[1:]), plan.branch)


def _story(scenario: StorylineScenario, speech: SpeechPack, agenda: Sequence[Beat], told: str) -> Course:
    contrast = speech.contrast
    hard = contrast["ultimatum" if told == "fraud" else "no_pressure"]
    farewells = {
        Outcome.COMPLIED: contrast["done"],
        Outcome.REFUSED: contrast["turned_down"],
        Outcome.WILL_VERIFY: contrast["left_open"],
        Outcome.UNRESOLVED: contrast["left_open"],
    }
    return Course(
        agenda=tuple(agenda),
        moves={
            Move.REASSURE: (contrast["reassure"],),
            Move.VERIFY: (contrast["verify"],),
            Move.INSIST: (contrast["press"],),
            Move.HARD: (hard,),
        },
        move_acts=_STORY_ACTS,
        farewells=farewells | {LAWFUL_ENDING[each]: farewells[each] for each in LAWFUL_ENDING},
        check=contrast["check"],
        refuse=contrast["decline"],
        doubt=contrast["wonder"],
        report=contrast["report"],
        rules=scenario.rules,
        relation=scenario.relation,
        patience=range(1, 4),
        is_storyline=True,
    )
