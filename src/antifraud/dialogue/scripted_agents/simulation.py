"""The scripted agents: they talk until the supervisor ends the call."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Literal

from antifraud import __version__
from antifraud.config import GenerateConfig
from antifraud.dialogue.checks import Defect, first_contradiction, first_defect
from antifraud.dialogue.scripted_agents.callee import Callee, Reaction, Situation
from antifraud.dialogue.scripted_agents.caller import MOVE_ACTS, Caller, Move
from antifraud.dialogue.scripted_agents.supervisor import Supervisor
from antifraud.dialogue.wording import Said, Wording, both
from antifraud.labels import FRAUD_ACTS, Act, Emotion, Outcome, RejectReason, Speaker
from antifraud.records import CallPlan, Dialogue, Ending, Provenance, Rejected, Turn
from antifraud.scenarios.packs import Exchange, Packs, Pool

BACKCHANNEL_CHANCE = 0.22
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


def simulate(plan: CallPlan, config: GenerateConfig, packs: Packs) -> Dialogue | Rejected:
    """Talk a plan through; simulate again, with the next seed, until the call ends as planned."""
    defect: Defect = (RejectReason.ENDING_MISMATCH, "no attempt was made")
    for attempt in range(1, config.attempts + 1):
        dialogue = Conversation(plan, config, packs, attempt).talk()
        found = first_contradiction(dialogue) or first_defect(dialogue)
        if found is None:
            return dialogue
        defect = found
    detail = f"scenario {plan.scenario}: {defect[1]}; {config.attempts} attempts"
    return Rejected(id=plan.id, stage="generate", reason=defect[0], detail=detail)


class Conversation:
    """One simulation of one plan."""

    def __init__(self, plan: CallPlan, config: GenerateConfig, packs: Packs, attempt: int) -> None:
        caller, callee = both(plan)
        self._rng = rng = Random(f"{plan.seed}:{attempt}")
        self._plan, self._packs, self._attempt = plan, packs, attempt
        self._speech = packs.speech
        self._wording = Wording(plan, caller, callee, packs, rng)
        self._scenario = self._wording.scenario
        self._caller = Caller.of(self._scenario, rng)
        self._callee = Callee(callee, packs.manners[callee.manner], plan.intended_outcome, rng)
        self._supervisor = Supervisor(plan.is_fraud, config.max_turns, firmness=rng.randint(1, 3))
        self._turns: list[Turn] = []
        self._asked: Exchange | None = None
        self._waited = False
        self._heard: tuple[Act, ...] = ()

    def talk(self) -> Dialogue:
        """Return the dialogue of this simulation, however it ends."""
        self._caller.advance(self._rng)
        move = Move.STEP
        while True:
            self._caller_speaks(move)
            reaction = self._react(move)
            done = self._caller.position + 1 >= len(self._caller.agenda)
            outcome = self._supervisor.verdict(reaction, agenda_done=done, turns=len(self._turns))
            if outcome is None and reaction is not Reaction.GO_ALONG:
                move = self._caller.answer_to(reaction)
                if move is Move.GOODBYE:
                    outcome = Outcome.REFUSED if self._plan.is_fraud else Outcome.DECLINED
            self._callee_speaks(reaction)
            if outcome is not None:
                return self._dialogue(outcome, self._part(outcome))
            if reaction is Reaction.GO_ALONG:
                self._caller.advance(self._rng)
                move = Move.STEP

    def _react(self, move: Move) -> Reaction:
        step = self._caller.step
        if move is Move.WAIT:
            return Reaction.GO_ALONG
        return self._callee.react(
            Situation(
                is_request=step.request,
                can_ask=bool(self._caller.questions),
                may_resist=self._caller.at_request and self._label_is_shown(),
                is_digression=move not in (Move.STEP, Move.REPEAT),
            )
        )

    def _label_is_shown(self) -> bool:
        """A fraud call must have shown what it is before it may end."""
        return not self._plan.is_fraud or any(FRAUD_ACTS & set(turn.acts) for turn in self._turns)

    # -- the caller's turns

    def _caller_speaks(self, move: Move) -> None:
        self._heard = self._say_caller(move)
        self._callee.hear(self._heard)

    def _say_caller(self, move: Move) -> tuple[Act, ...]:
        step, scenario = self._caller.step, self._scenario
        acts = MOVE_ACTS[self._plan.is_fraud].get(move, step.acts)
        emotion = step.emotion
        if move is Move.ANSWER and self._asked is not None:
            said = self._words(Speaker.CALLER, self._asked.a)
        elif move is Move.REPEAT:
            again = self._words(Speaker.CALLER, self._speech.caller["repeat"])
            said = self._words(Speaker.CALLER, step.say)
            return self._add(Speaker.CALLER, again.text + said.text, (*acts, Act.REPEAT, *said.acts), emotion)
        elif move is Move.WAIT:
            self._waited = True
            said = self._words(Speaker.CALLER, self._speech.caller["wait"])
        elif move is Move.STEP:
            said = self._words(Speaker.CALLER, step.say)
            if self._waited:
                self._waited = False
                again = self._words(Speaker.CALLER, self._speech.caller["resume"])
                return self._add(Speaker.CALLER, again.text + said.text, (*acts, *said.acts), said.emotion or emotion)
        else:
            pools = {Move.REASSURE: scenario.reassure, Move.VERIFY: scenario.verify, Move.INSIST: scenario.insist}
            said = self._words(Speaker.CALLER, pools[move])
            emotion = Emotion.URGENT if move is Move.INSIST and self._plan.is_fraud else step.emotion
        return self._add(Speaker.CALLER, said.text, (*acts, *said.acts), said.emotion or emotion)

    def _maybe_backchannel(self) -> None:
        if len(self._turns[-1].text) >= BACKCHANNEL_AFTER_CHARACTERS and self._rng.random() < BACKCHANNEL_CHANCE:
            said = self._words(Speaker.CALLEE, self._speech.callee["backchannel"])
            self._add(Speaker.CALLEE, said.text, (Act.BACKCHANNEL,), Emotion.NEUTRAL)

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
        emotion = _EMOTIONS.get(reaction, Emotion.NEUTRAL)
        if reaction is Reaction.REFUSE and self._callee.suspicion > 0.6:
            emotion = Emotion.ANGRY
        self._add(Speaker.CALLEE, said.text, (*_REACTION_ACTS[reaction], *said.acts), said.emotion or emotion)

    def _pools(self, reaction: Reaction) -> tuple[Pool, ...]:
        shared, scenario = self._speech.callee, self._scenario
        if reaction is Reaction.QUESTION and self._asked is not None:
            return (self._asked.q,)
        pressed = not _PRESSING.isdisjoint(self._heard) and self._rng.random() < RESIST_CHANCE
        return {
            Reaction.DOUBT: (shared["resist" if pressed else "doubt"],),
            Reaction.REPORT: (shared["reported_speech"],),
            Reaction.ASK_VERIFY: (shared["ask_verify"],),
            Reaction.CHECK: (scenario.check,),
            Reaction.HESITATE: (shared["resist" if pressed else "hesitate"],),
            Reaction.REFUSE: (scenario.refuse if not self._supervisor.refusals % 2 else shared["refuse"],),
            Reaction.MISHEAR: (shared["misheard"],),
            Reaction.DISTRACTED: (shared["distracted"],),
            Reaction.BUSY: (shared["busy"],),
        }[reaction]

    def _go_along(self) -> None:
        step = self._caller.step
        last = next(turn for turn in reversed(self._turns) if turn.speaker is Speaker.CALLER)
        if Act.WAIT in last.acts:
            said, act = self._words(Speaker.CALLEE, self._speech.callee["back"]), Act.ACKNOWLEDGE
        elif step.request:
            said, act = self._words(Speaker.CALLEE, step.reply), Act.COMPLY
        elif set(step.acts) & set(last.acts):
            said, act = self._words(Speaker.CALLEE, step.reply), Act.ACKNOWLEDGE
        else:
            said, act = self._words(Speaker.CALLEE, self._speech.callee["acknowledge"]), Act.ACKNOWLEDGE
        self._add(Speaker.CALLEE, said.text, (act, *said.acts), said.emotion or Emotion.NEUTRAL)

    def _cut_off_last_turn(self) -> None:
        """End the caller's turn at its last comma; what decides the label is never cut away."""
        last = self._turns[-1]
        head, comma, _ = last.text.rstrip("。！？").rpartition("，")
        if comma and len(last.text) >= CUT_IN_AFTER_CHARACTERS and not FRAUD_ACTS & set(last.acts):
            self._turns[-1] = last.model_copy(update={"text": head + "——"})

    # -- the end

    def _part(self, outcome: Outcome) -> Literal["caller", "callee", "natural"]:
        """Say goodbye, or hang up; return who ended the call."""
        if outcome in (Outcome.REFUSED, Outcome.WILL_VERIFY) and self._plan.is_fraud and self._rng.random() < 0.45:
            return "callee"
        pool = self._scenario.goodbye.get(outcome) or self._speech.caller["goodbye"]
        farewell = self._words(Speaker.CALLER, pool)
        acts = MOVE_ACTS[self._plan.is_fraud][Move.GOODBYE]
        if outcome is Outcome.WILL_VERIFY and not self._plan.is_fraud:
            acts = (*acts, Act.ALLOW_VERIFY)
        self._add(Speaker.CALLER, farewell.text, (*acts, *farewell.acts), farewell.emotion)
        if self._rng.random() < (0.35 if outcome is Outcome.REFUSED else 0.75):
            said = self._words(Speaker.CALLEE, self._speech.callee["goodbye"], outcome=outcome)
            self._add(Speaker.CALLEE, said.text, (Act.GOODBYE,), said.emotion or Emotion.NEUTRAL)
            return "natural"
        return "caller"

    def _dialogue(self, outcome: Outcome, ended_by: Literal["caller", "callee", "natural"]) -> Dialogue:
        reason = self._words(Speaker.CALLEE, self._speech.endings, outcome=outcome, ended_by=ended_by)
        return Dialogue(
            **{name: getattr(self._plan, name) for name in CallPlan.model_fields},
            turns=tuple(self._turns),
            ending=Ending(ended_by=ended_by, outcome=outcome, reason=reason.text),
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
        self, speaker: Speaker, *pools: Pool, outcome: Outcome | None = None, ended_by: str | None = None
    ) -> Said:
        return self._wording.say(speaker, *pools, heard=self._heard, outcome=outcome, ended_by=ended_by)

    def _add(self, speaker: Speaker, text: str, acts: Iterable[Act], emotion: Emotion | None) -> tuple[Act, ...]:
        acts = tuple(dict.fromkeys(acts))
        if Act.BACKCHANNEL not in acts and len(text) > 6 and self._turns:
            text = self._wording.hesitant(speaker, text)
        neutral = Emotion.PROFESSIONAL if speaker is Speaker.CALLER else Emotion.NEUTRAL
        self._turns.append(
            Turn(index=len(self._turns), speaker=speaker, text=text, emotion=emotion or neutral, acts=acts)
        )
        return acts
