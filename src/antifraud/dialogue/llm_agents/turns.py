"""Mode `turns`: caller, callee and supervisor are agents of a chat service and take turns.

What a side sees only grows behind its fixed briefing, so that a provider's prefix cache finds it again.
"""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from antifraud.defects import Defect
from antifraud.dialogue.checks import text_defect
from antifraud.dialogue.llm_agents.briefing import Briefing
from antifraud.dialogue.llm_agents.finished import Spent, finished, rejected
from antifraud.dialogue.llm_agents.forms import Supervision, TurnAnswer
from antifraud.dialogue_config import GenerateConfig
from antifraud.errors import Unanswered
from antifraud.labels import CALLEE_ACTS, Act, Outcome, RejectReason, Speaker
from antifraud.records import CallPlan, Dialogue, Ending, Rejected, Storyline, Turn
from antifraud.scenarios.packs import Packs
from antifraud.services.exchange import Chat
from antifraud.services.forms import Form, Message, UnusableAnswer, ask_for

PICK_UP = "喂？"
"""What the caller hears first; it is not a turn of the call."""
_CRITICAL = frozenset({Act.COMPLY, Act.REFUSE, Act.INDEPENDENT_CHECK})
"""Acts of the callee after which a call may be over."""


async def take_turns(
    plan: CallPlan, story: Storyline | None, config: GenerateConfig, packs: Packs, chat: Chat
) -> Dialogue | Rejected:
    """Let the agents talk until the supervisor ends the call.

    Raises:
        ServiceError: the service cannot be used, or the budget is reached.
    """
    talk = _Talk(plan, story, config, packs, chat)
    try:
        return await talk.run()
    except UnusableAnswer as exc:
        return rejected(plan, RejectReason.UNUSABLE_ANSWER, str(exc))
    except Unanswered as exc:
        return rejected(plan, RejectReason.NO_ANSWER, str(exc))


class _Talk:
    """One call in progress."""

    def __init__(
        self, plan: CallPlan, story: Storyline | None, config: GenerateConfig, packs: Packs, chat: Chat
    ) -> None:
        self._plan, self._config, self._packs, self._chat = plan, config, packs, chat
        self._briefing = Briefing(plan, story, packs, schema=chat.takes_schema)
        self._acts = {Speaker.CALLER: self._briefing.caller_acts, Speaker.CALLEE: CALLEE_ACTS}
        self._system = {
            side: {"role": "system", "content": self._briefing.prompt(side, acts)} for side, acts in self._acts.items()
        }
        self._turns: list[Turn] = list(story.opening) if story else []
        self._rewrites = config.rewrites
        self._spent = Spent()
        self._unsupervised = 0

    async def run(self) -> Dialogue | Rejected:
        while True:
            speaker = self._next()
            answer, defect = await self._speak(speaker)
            if defect is not None:
                return rejected(self._plan, defect[0], f"{defect[1]}; {self._config.rewrites} rewrites")
            self._turns.append(self._turn(speaker, answer))
            self._unsupervised += 1
            over = answer.hang_up or len(self._turns) >= self._config.max_turns
            if over or self._is_critical(speaker, answer) or self._unsupervised >= self._config.supervise_every:
                ending = await self._supervise(speaker, over=over)
                if ending is not None:
                    return finished(self._plan, self._turns, ending, self._packs, self._spent)

    def _next(self) -> Speaker:
        is_callers = not self._turns or self._turns[-1].speaker is Speaker.CALLEE
        return Speaker.CALLER if is_callers else Speaker.CALLEE

    def _is_critical(self, speaker: Speaker, answer: TurnAnswer) -> bool:
        return speaker is Speaker.CALLEE and not _CRITICAL.isdisjoint(answer.acts)

    async def _speak(self, speaker: Speaker) -> tuple[TurnAnswer, Defect | None]:
        """Return a side's next turn, asked for again where a check finds fault and rewrites are left."""
        messages = self._messages(speaker)
        while True:
            answer = await self._ask(f"{speaker}_turn", TurnAnswer, messages, self._acts[speaker])
            defect = self._defect(speaker, answer)
            if defect is None or self._rewrites == 0:
                return answer, defect
            self._rewrites -= 1
            said = {"role": "assistant", "content": answer.model_dump_json()}
            again = self._briefing.prompt("rewrite", why=defect[1])
            messages = (*messages, said, {"role": "user", "content": again})

    def _defect(self, speaker: Speaker, answer: TurnAnswer) -> Defect | None:
        if foreign := [act for act in answer.acts if act not in self._acts[speaker]]:
            return RejectReason.LABEL_MISMATCH, f"标记 {foreign[0]} 不该出现在这一方"
        return text_defect(self._turn(speaker, answer))

    def _turn(self, speaker: Speaker, answer: TurnAnswer) -> Turn:
        return Turn(
            index=len(self._turns),
            speaker=speaker,
            text=answer.text.strip() or "……",
            emotion=answer.emotion,
            acts=tuple(dict.fromkeys(answer.acts)),
        )

    def _messages(self, speaker: Speaker) -> tuple[Message, ...]:
        """Return the briefing and the talk so far, as this side heard and said it."""
        messages = [self._system[speaker]]
        if speaker is Speaker.CALLER:
            messages.append({"role": "user", "content": PICK_UP})
        for turn in self._turns:
            mine = turn.speaker is speaker
            text = orjson.dumps({"text": turn.text}).decode() if mine else turn.text
            messages.append({"role": "assistant" if mine else "user", "content": text})
        return tuple(messages)

    async def _supervise(self, speaker: Speaker, *, over: bool) -> Ending | None:
        """Let the supervisor listen; return the ending, or None where the call goes on."""
        self._unsupervised = 0
        transcript = "\n".join(_line(turn) for turn in self._turns)
        system = {"role": "system", "content": self._briefing.prompt("supervisor")}
        seen = await self._ask("supervision", Supervision, (system, {"role": "user", "content": transcript}))
        for correction in seen.corrections:
            self._correct(correction.turn, correction.acts)
        if seen.decision == "continue" and not over:
            return None
        outcome = seen.outcome or Outcome.UNRESOLVED
        return Ending(ended_by=seen.ended_by or speaker.value, outcome=outcome, reason=seen.reason)

    def _correct(self, index: int, acts: Iterable[Act]) -> None:
        if index < len(self._turns):
            turn = self._turns[index]
            fitting = tuple(act for act in dict.fromkeys(acts) if act in self._acts[turn.speaker])
            if fitting:
                self._turns[index] = turn.model_copy(update={"acts": fitting})

    async def _ask(
        self, name: str, form: type[Form], messages: tuple[Message, ...], acts: tuple[Act, ...] = tuple(Act)
    ) -> Form:
        settings = self._chat.config
        supervising = name == "supervision"
        answer, replies = await ask_for(
            self._chat,
            name,
            form,
            messages,
            acts=acts,
            max_tokens=settings.max_tokens,
            temperature=0.2 if supervising else settings.temperature,
            repair=self._packs.prompts["repair"],
            model=settings.supervisor_model if supervising else None,
        )
        self._spent.add(replies, settings.prices)
        return answer


def _line(turn: Turn) -> str:
    side = "主叫" if turn.speaker is Speaker.CALLER else "被叫"
    return f"{turn.index} {side} [{','.join(turn.acts)}] {turn.text}"
