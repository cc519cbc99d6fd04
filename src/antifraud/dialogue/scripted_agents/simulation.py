"""The scripted agents: they talk until the supervisor ends the call."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from random import Random
from typing import Literal

from antifraud import __version__
from antifraud.defects import Defect
from antifraud.dialogue.checks import first_contradiction, first_defect
from antifraud.dialogue.scripted_agents.callee import Callee, Reaction, Situation
from antifraud.dialogue.scripted_agents.caller import Caller
from antifraud.dialogue.scripted_agents.course import Beat, Course, branch, everyday, opening
from antifraud.dialogue.scripted_agents.moves import Move
from antifraud.dialogue.scripted_agents.supervisor import Supervisor
from antifraud.dialogue.wording import IsWorn, Said, Wording, both
from antifraud.dialogue_config import GenerateConfig
from antifraud.labels import FRAUD_ACTS, Act, Emotion, Outcome, RejectReason, Speaker
from antifraud.records import CallPlan, Dialogue, Ending, Evidence, Provenance, Rejected, Storyline, StorylinePlan, Turn
from antifraud.scenarios.packs import Packs
from antifraud.scenarios.phrases import Exchange, Pool
from antifraud.scenarios.plans import addresses
from antifraud.scenarios.slots import draw
from antifraud.scenarios.trees import LAWFUL_ENDING

MOST_OPENING_TURNS = 14
"""After these the callee stops asking back in an opening."""
OWN_WORDS_CHANCE = 0.5
"""How often a doubt or a story in a storyline names what the call may be about."""
HARD_SAYING_CHANCE = 0.25
"""How often pressure is an open ultimatum in a fraud call, and is openly let go of in a lawful one."""
HANG_UP_CHANCE = 0.3
"""How often the callee of a storyline hangs up without a goodbye."""
BACKCHANNEL_CHANCE = 0.26
BACKCHANNEL_AFTER_CHARACTERS = 26
"""Only a turn of about six seconds gets a back-channel."""
CUT_IN_CHANCE = 0.2
CUT_IN_AFTER_CHARACTERS = 24

RESIST_CHANCE = 0.5
"""How often pressure is answered as pressure, and not as one more thing to doubt or put off."""

_PRESSING = frozenset({Act.ULTIMATUM, Act.THREAT})
_FOLLOWING = {Reaction.GO_ALONG, Reaction.QUESTION, Reaction.HESITATE}
"""Only who still follows says 嗯 in between."""
_CUTTING_IN = {Reaction.DOUBT, Reaction.REFUSE, Reaction.ASK_VERIFY}
_EMOTIONS = {
    Reaction.DOUBT: Emotion.SUSPICIOUS,
    Reaction.REPORT: Emotion.SUSPICIOUS,
    Reaction.ASK_VERIFY: Emotion.SUSPICIOUS,
    Reaction.MISHEAR: Emotion.CONFUSED,
    Reaction.QUESTION: Emotion.CONFUSED,
}
_REACTION_ACTS = {
    Reaction.QUESTION: (Act.ASK_QUESTION,),
    Reaction.DOUBT: (Act.DOUBT,),
    Reaction.REPORT: (Act.REPORTED_SPEECH, Act.DOUBT),
    Reaction.ASK_VERIFY: (Act.ASK_VERIFY,),
    Reaction.CHECK: (Act.INDEPENDENT_CHECK,),
    Reaction.HESITATE: (Act.HESITATE,),
    Reaction.REFUSE: (Act.REFUSE,),
    Reaction.MISHEAR: (Act.MISHEARD,),
    Reaction.DISTRACTED: (Act.DISTRACTED,),
    Reaction.BUSY: (Act.HESITATE, Act.DISTRACTED),
}


def simulate(
    plan: CallPlan,
    config: GenerateConfig,
    packs: Packs,
    story: Storyline | None = None,
    is_worn: IsWorn | None = None,
) -> Dialogue | Rejected:
    """Talk a plan through; simulate again, with the next seed, until the call ends as planned.

    Args:
        story: the storyline the call belongs to; None for an everyday call.
        is_worn: which words to avoid, as far as there are others.
    """
    defect: Defect = (RejectReason.ENDING_MISMATCH, "no attempt was made")
    for attempt in range(1, config.attempts + 1):
        dialogue = _conversation(plan, config, packs, story, attempt, is_worn).talk(plan)
        found = first_contradiction(dialogue) or first_defect(dialogue)
        if found is None:
            return dialogue
        defect = found
    detail = f"scenario {plan.scenario}: {defect[1]}; {config.attempts} attempts"
    return Rejected(id=plan.id, stage="generate", reason=defect[0], detail=detail)


def open_storyline(plan: StorylinePlan, packs: Packs, is_worn: IsWorn | None = None) -> Storyline:
    """Talk the opening of a storyline through, the part that all of its calls share word for word."""
    scenario, rng = packs.storylines[plan.scenario], Random(f"{plan.seed}:opening")
    people = plan.caller, plan.callee
    wording = Wording(plan.facts, scenario.rules, people, packs, rng, scenario.relation, is_worn)
    talk = Conversation(wording, opening(scenario, packs), packs, max_turns=MOST_OPENING_TURNS)
    turns = talk.until_agenda_is_done()
    origin = Provenance(engine="scripted", version=__version__, prompt_version=packs.version)
    return Storyline(**dict(plan), opening=turns, provenance=origin)


def _conversation(
    plan: CallPlan,
    config: GenerateConfig,
    packs: Packs,
    story: Storyline | None,
    attempt: int,
    is_worn: IsWorn | None,
) -> Conversation:
    rng = Random(f"{plan.seed}:{attempt}")
    caller, callee = both(plan)
    before: tuple[Turn, ...] = ()
    if story is None:
        everyday_scenario = packs.scenarios[plan.scenario]
        facts = draw(everyday_scenario.slots, rng) | addresses(caller, callee, everyday_scenario.caller, rng)
        course = everyday(everyday_scenario, rng)
    else:
        course, before = branch(plan, packs.storylines[plan.scenario], packs, rng), story.opening
        facts = story.facts
    wording = Wording(facts, course.rules, (caller, callee), packs, rng, course.relation, is_worn)
    return Conversation(wording, course, packs, config.max_turns, before, plan, attempt)


class Conversation:
    """One simulation of one plan, or of an opening where no plan is given."""

    def __init__(
        self,
        wording: Wording,
        course: Course,
        packs: Packs,
        max_turns: int,
        before: Sequence[Turn] = (),
        plan: CallPlan | None = None,
        attempt: int = 1,
    ) -> None:
        self._rng = rng = wording.rng
        self._packs, self._speech, self._attempt = packs, packs.speech, attempt
        self._wording, self._course = wording, course
        self._is_fraud = plan is not None and plan.is_fraud
        self._is_opening = plan is None
        persistence = rng.choice(course.patience)
        self._caller = Caller(course.agenda, persistence)
        persona = wording.personas[Speaker.CALLEE]
        leaning = plan.intended_outcome if plan else None
        self._callee = Callee(persona, packs.manners[persona.manner], leaning, rng)
        caution = rng.randint(1, 2) if course.is_storyline else 1
        self._supervisor = Supervisor(self._is_fraud, max_turns, firmness=rng.randint(1, 3), caution=caution)
        self._turns: list[Turn] = list(before)
        self._asked: Exchange | None = None
        self._waited = False
        self._heard: tuple[Act, ...] = ()
        self._quotes: dict[int, Mapping[Act, str]] = {}
        for turn in before:
            self._callee.remember(turn)

    def talk(self, plan: CallPlan) -> Dialogue:
        """Return the dialogue of this simulation, however it ends."""
        self._caller.advance(self._rng)
        move = Move.STEP
        while True:
            self._caller_speaks(move)
            reaction = self._react(move)
            outcome = self._supervisor.verdict(reaction, agenda_done=self._caller.is_done, turns=len(self._turns))
            if outcome is None and reaction is not Reaction.GO_ALONG:
                move = self._caller.answer_to(reaction)
                if move is Move.GOODBYE:
                    outcome = Outcome.REFUSED if self._is_fraud else Outcome.DECLINED
            self._callee_speaks(reaction)
            if outcome is not None:
                return self._dialogue(plan, outcome, self._part(outcome))
            if reaction is Reaction.GO_ALONG:
                self._caller.advance(self._rng)
                move = Move.STEP

    def until_agenda_is_done(self) -> tuple[Turn, ...]:
        """Return the turns until the callee has gone along with the last item."""
        self._caller.advance(self._rng)
        move = Move.STEP
        while True:
            self._caller_speaks(move)
            reaction = self._react(move) if len(self._turns) < MOST_OPENING_TURNS else Reaction.GO_ALONG
            self._callee_speaks(reaction)
            if reaction is not Reaction.GO_ALONG:
                move = self._caller.answer_to(reaction)
            elif self._caller.is_done:
                return tuple(self._turns)
            else:
                self._caller.advance(self._rng)
                move = Move.STEP

    def _react(self, move: Move) -> Reaction:
        if move is Move.WAIT:
            return Reaction.GO_ALONG
        return self._callee.react(
            Situation(
                is_request=self._caller.beat.is_request,
                can_ask=bool(self._caller.questions),
                may_doubt=not self._is_opening,
                may_resist=self._caller.at_request and (self._decisive() is not None or not self._course.is_storyline),
                is_digression=move not in (Move.STEP, Move.REPEAT),
            )
        )

    def _decisive(self) -> Evidence | None:
        """Return what proves the label so far: the first fraud act, or the check that is left free."""
        acts = FRAUD_ACTS if self._is_fraud else {Act.ALLOW_VERIFY}
        for index, quotes in self._quotes.items():
            for act, quote in quotes.items():
                if act in acts:
                    return Evidence(turn=index, quote=quote, act=act)
        return None

    # -- the caller's turns

    def _caller_speaks(self, move: Move) -> None:
        acts = self._say_caller(move)
        asked = self._quotes[self._turns[-1].index]
        # who is called does not know the label: what is asked of them works alike, or their doubts would tell it
        self._heard = tuple(act for act in acts if act not in asked) if self._course.is_storyline else acts
        self._callee.hear((*self._heard, Act.ASK_AGREEMENT) if asked else self._heard)

    def _say_caller(self, move: Move) -> tuple[Act, ...]:
        beat = self._caller.beat
        self._wording.bindings = beat.bindings
        acts = self._course.move_acts.get(move, beat.acts)
        if move is Move.REPEAT:
            again = self._words(Speaker.CALLER, self._speech.caller["repeat"])
            return self._add(Speaker.CALLER, (again, *self._beat_said(beat)), (*acts, Act.REPEAT))
        if move is Move.STEP:
            before: tuple[Said, ...] = ()
            if self._waited:
                self._waited = False
                before = (self._words(Speaker.CALLER, self._speech.caller["resume"]),)
            return self._add(Speaker.CALLER, (*before, *self._beat_said(beat)), acts)
        if move is Move.WAIT:
            self._waited = True
            return self._add(Speaker.CALLER, (self._words(Speaker.CALLER, self._speech.caller["wait"]),), acts)
        if move is Move.ANSWER and self._asked is not None:
            return self._add(Speaker.CALLER, (self._words(Speaker.CALLER, self._asked.a),), acts)
        if move is Move.INSIST and Move.HARD in self._course.moves and self._rng.random() < HARD_SAYING_CHANCE:
            move = Move.HARD
        return self._add(Speaker.CALLER, (self._words(Speaker.CALLER, *self._course.moves[move]),), acts)

    def _beat_said(self, beat: Beat) -> tuple[Said, ...]:
        return tuple(self._words(Speaker.CALLER, pool) for pool in beat.say)

    def _maybe_backchannel(self) -> None:
        if len(self._turns[-1].text) >= BACKCHANNEL_AFTER_CHARACTERS and self._rng.random() < BACKCHANNEL_CHANCE:
            said = self._words(Speaker.CALLEE, self._speech.callee["backchannel"])
            self._add(Speaker.CALLEE, (said,), (Act.BACKCHANNEL,), Emotion.NEUTRAL)

    # -- the callee's turns

    def _callee_speaks(self, reaction: Reaction) -> None:
        if reaction in _FOLLOWING:
            self._maybe_backchannel()
        if reaction in _CUTTING_IN and self._rng.random() < CUT_IN_CHANCE:
            self._cut_off_last_turn()
        if reaction is Reaction.GO_ALONG:
            self._go_along()
            return
        if reaction is Reaction.QUESTION:
            self._asked = self._caller.questions.pop() if self._caller.questions else None
        said = self._words(Speaker.CALLEE, *self._pools(reaction))
        emotion = said.emotion or _EMOTIONS.get(reaction, Emotion.NEUTRAL)
        if reaction is Reaction.REFUSE and self._callee.suspicion > 0.6:
            emotion = Emotion.ANGRY
        self._add(Speaker.CALLEE, (said,), _REACTION_ACTS[reaction], emotion)

    def _pools(self, reaction: Reaction) -> tuple[Pool, ...]:
        shared, course = self._speech.callee, self._course
        if reaction is Reaction.QUESTION and self._asked is not None:
            return (self._asked.q,)
        pressed = not _PRESSING.isdisjoint(self._heard) and self._rng.random() < RESIST_CHANCE
        own = course.is_storyline and self._rng.random() < OWN_WORDS_CHANCE
        return {
            Reaction.DOUBT: (course.doubt if own else shared["resist" if pressed else "doubt"],),
            Reaction.REPORT: (course.report if own else shared["reported_speech"],),
            Reaction.ASK_VERIFY: (shared["ask_verify"],),
            Reaction.CHECK: (course.check,),
            Reaction.HESITATE: (shared["resist" if pressed else "hesitate"],),
            Reaction.REFUSE: (course.refuse if not self._supervisor.refusals % 2 else shared["refuse"],),
            Reaction.MISHEAR: (shared["misheard"],),
            Reaction.DISTRACTED: (shared["distracted"],),
            Reaction.BUSY: (shared["busy"],),
        }[reaction]

    def _go_along(self) -> None:
        beat = self._caller.beat
        last = next(turn for turn in reversed(self._turns) if turn.speaker is Speaker.CALLER)
        if Act.WAIT in last.acts:
            pool, act = self._speech.callee["back"], Act.ACKNOWLEDGE
        elif beat.is_request:
            pool, act = beat.reply, Act.COMPLY
        elif set(beat.acts) & set(last.acts):
            pool, act = beat.reply, Act.ACKNOWLEDGE
        else:
            pool, act = self._speech.callee["acknowledge"], Act.ACKNOWLEDGE
        self._add(Speaker.CALLEE, (self._words(Speaker.CALLEE, pool),), (act,))

    def _cut_off_last_turn(self) -> None:
        """End the caller's turn at its last comma; what decides the label is never cut away."""
        last = self._turns[-1]
        head, comma, _ = last.text.rstrip("。！？").rpartition("，")
        if comma and len(last.text) >= CUT_IN_AFTER_CHARACTERS and not self._quotes.get(last.index):
            self._turns[-1] = last.model_copy(update={"text": head + "——"})

    # -- the end

    def _part(self, outcome: Outcome) -> Literal["caller", "callee", "natural"]:
        """Say goodbye, or hang up, and return who ended the call."""
        sudden = outcome in (Outcome.REFUSED, Outcome.DECLINED, Outcome.WILL_VERIFY) and self._course.is_storyline
        if sudden and self._rng.random() < HANG_UP_CHANCE:
            return "callee"
        farewell = self._words(Speaker.CALLER, self._course.farewells.get(outcome) or self._speech.caller["goodbye"])
        acts = self._course.move_acts[Move.GOODBYE]
        if outcome is Outcome.WILL_VERIFY and not self._course.is_storyline:
            acts = (*acts, Act.ALLOW_VERIFY)
        self._add(Speaker.CALLER, (farewell,), acts)
        if self._rng.random() < (0.35 if outcome is Outcome.REFUSED else 0.75):
            said = self._words(Speaker.CALLEE, self._speech.callee["goodbye"], outcomes=self._alike(outcome))
            self._add(Speaker.CALLEE, (said,), (Act.GOODBYE,))
            return "natural"
        return "caller"

    def _alike(self, outcome: Outcome) -> frozenset[Outcome]:
        """Return the outcomes whose wording fits: in a storyline those of the sibling too."""
        pairs = (pair for pair in LAWFUL_ENDING.items() if outcome in pair) if self._course.is_storyline else ()
        return frozenset({outcome}.union(*pairs))

    def _dialogue(self, plan: CallPlan, outcome: Outcome, ended_by: Literal["caller", "callee", "natural"]) -> Dialogue:
        reason = self._words(Speaker.CALLEE, self._speech.endings, outcomes={outcome}, ended_by=ended_by)
        return Dialogue(
            **dict(plan),
            turns=tuple(self._turns),
            ending=Ending(ended_by=ended_by, outcome=outcome, reason=reason.text),
            decisive=self._decisive() if self._course.is_storyline else None,
            quotes=tuple(
                Evidence(turn=index, quote=quote, act=act)
                for index, quotes in self._quotes.items()
                for act, quote in quotes.items()
            ),
            source="adversarial",
            provenance=Provenance(
                engine="scripted",
                version=__version__,
                prompt_version=self._packs.version,
                attempts=self._attempt,
            ),
        )

    # -- words

    def _words(
        self, speaker: Speaker, *pools: Pool, outcomes: Collection[Outcome] = (), ended_by: str | None = None
    ) -> Said:
        return self._wording.say(speaker, *pools, heard=self._heard, outcomes=outcomes, ended_by=ended_by)

    def _add(
        self, speaker: Speaker, said: Sequence[Said], acts: Iterable[Act], emotion: Emotion | None = None
    ) -> tuple[Act, ...]:
        """Add a turn of one phrase or more, with the acts of the move and of the phrases."""
        acts = tuple(dict.fromkeys([*acts, *(act for each in said for act in each.acts)]))
        text = "".join(each.text for each in said)
        if Act.BACKCHANNEL not in acts and len(text) > 6 and self._turns:
            text = self._wording.hesitant(speaker, text)
        neutral = Emotion.PROFESSIONAL if speaker is Speaker.CALLER else Emotion.NEUTRAL
        emotion = emotion or next((each.emotion for each in said if each.emotion), neutral)
        index = len(self._turns)
        self._quotes[index] = {act: quote for each in said for act, quote in each.quotes.items()}
        self._turns.append(Turn(index=index, speaker=speaker, text=text, emotion=emotion, acts=acts))
        return acts
