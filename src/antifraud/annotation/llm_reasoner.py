"""A reasoning model argues a call in three rounds: several samples of each, of which the shortest right one is kept.

The model is told what was said when, and how it sounded; never a label, and no acts. What it claims is checked
against the call before its verdict is compared with the label.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import Field, ValidationError

from antifraud.annotation.evidence import QUOTED, unproven
from antifraud.config import AnnotateConfig
from antifraud.labels import FRAUD_ACTS, SAFE_ACTS, Act, FraudLabel, Scene
from antifraud.records import (
    Answer,
    Call,
    Disagreement,
    Evidence,
    Measure,
    Round,
    Sample,
    Share,
    Task,
    TurnSound,
    Verdict,
)
from antifraud.scenarios.packs import ReasoningPack
from antifraud.scenarios.prompts import fill_in
from antifraud.services.exchange import Chat, ChatReply, ChatRequest
from antifraud.services.forms import AnswerForm, Message, UnusableAnswer, read

NAMED_ACTS: Final = tuple(act for act in Act if act in FRAUD_ACTS | SAFE_ACTS)
"""The acts that evidence may show: those that speak for one verdict or the other."""
LONGEST_MENTION: Final = 8
"""Characters: a shorter quotation in the thinking may be a word that is thought about, not said."""
_THINK = re.compile(r"<think>(.*?)</think>", re.S)
_ANSWER = re.compile(r"<answer>(.*)</answer>", re.S)
_BLANKS = re.compile(r"\s+")


class _Claim(AnswerForm):
    turn: int = Field(ge=0)
    quote: str = Field(min_length=1)
    act: Act | None = None
    measure: Measure | None = None
    value: float | None = None


class _Verdict(AnswerForm):
    reason: str = Field(min_length=1)
    confidence: Share
    evidence: tuple[_Claim, ...] = Field(min_length=1)


class _SceneVerdict(_Verdict):
    scene: Scene


class _FraudVerdict(_Verdict):
    is_fraud: bool


class _KindVerdict(_Verdict):
    fraud_type: FraudLabel


_FORMS: Final[dict[Task, type[_Verdict]]] = {
    "scene": _SceneVerdict,
    "fraud": _FraudVerdict,
    "fraud_type": _KindVerdict,
}


@dataclass(frozen=True)
class Argued:
    """What came of a call: rounds that are right and proven, or None, and every sample that was not."""

    rounds: tuple[Round, ...] | None
    attempts: int
    """Answers that were asked for."""
    failed: Verdict | None
    """Where no sample of a round would do: what most of them were."""
    aside: Disagreement | None


class LlmReasoner:
    """Argues one call with a chat model; the same answers give the same rounds."""

    def __init__(self, pack: ReasoningPack, prompts: dict[str, str], chat: Chat, config: AnnotateConfig) -> None:
        self._questions, self._prompts = pack.asked(config.label_set), prompts
        self._chat, self._config = chat, config

    async def argue(self, call: Call, sounds: Sequence[TurnSound]) -> Argued:
        """Go through the rounds: scene, fraud and, where the call is fraud and its kind has a label, fraud type.

        Raises:
            Unanswered: the service did not answer.
            ServiceError: the service cannot be used, or the budget is reached.
        """
        kind = call.label_in(self._config.label_set)
        truth: dict[Task, object] = {"fraud": call.is_fraud}
        if call.scene is not None:
            truth = {"scene": call.scene, **truth}
        if kind is not None:
            truth["fraud_type"] = kind
        messages: tuple[Message, ...] = ({"role": "system", "content": self._briefing(call, sounds)},)
        rounds: list[Round] = []
        aside: list[Sample] = []
        attempts = 0
        for task, label in truth.items():
            messages = (*messages, {"role": "user", "content": self._questions[task]})
            asked = [self._sample(call, sounds, task, number, messages) for number in range(self._config.samples)]
            drawn = [self._judged(*each, label) for each in await asyncio.gather(*asked)]
            attempts += sum(each.answers for each in drawn)
            right = [each for each in drawn if each.sample.verdict == "right"]
            aside += [each.sample for each in drawn if each.sample.verdict != "right"]
            if not right:
                verdicts = [each.sample.verdict for each in drawn]
                failed = max(verdicts, key=lambda verdict: (verdicts.count(verdict), verdict))
                return Argued(None, attempts, failed, _aside(call, aside))
            kept = min(right, key=lambda each: (len(each.round.think) if each.round else 0, each.sample.number))
            if kept.round is None:
                raise ValueError("a right sample has its round")
            rounds.append(kept.round.model_copy(update={"agreement": round(len(right) / len(drawn), 4)}))
            said = f"<think>{kept.round.think}</think><answer>{kept.sample.answer}</answer>"
            messages = (*messages, {"role": "assistant", "content": said})
        return Argued(tuple(rounds), attempts, None, _aside(call, aside))

    def _briefing(self, call: Call, sounds: Sequence[TurnSound]) -> str:
        by_turn = {sound.turn: sound for sound in sounds}
        times = {segment.turn: segment for segment in call.segments}
        lines = [{"turn": turn, "time": times.get(turn.index), "sound": by_turn.get(turn.index)} for turn in call.turns]
        return fill_in(self._prompts["reasoner"], {"lines": lines, "acts": NAMED_ACTS})

    async def _sample(
        self, call: Call, sounds: Sequence[TurnSound], task: Task, number: int, messages: tuple[Message, ...]
    ) -> tuple[Sample, Round | None, int]:
        """Ask once, and once more with what was wrong; the sample's verdict is still open where it is proven."""
        problem: tuple[Verdict, str] = ("unusable", "")
        reply: ChatReply | None = None
        for answers in (1, 2):
            request = ChatRequest(
                messages,
                f"round_{task}",
                None,
                self._config.max_tokens,
                self._config.temperature,
                sample=number,
                model=self._config.model,
            )
            reply = await self._chat.ask(request)
            try:
                round_ = self._round(task, reply)
            except UnusableAnswer as exc:
                problem = "unusable", str(exc)
            else:
                defect = unproven([round_], call.turns, sounds, loosely=True) or _misquoted(round_.think, call)
                if defect is None:
                    text = _answer_text(reply.text)
                    done = Sample(task=task, number=number, verdict="right", detail="", think=round_.think, answer=text)
                    return done, round_, answers
                problem = "unproven", defect
            again = self._prompts["repair"].replace("{{ why }}", problem[1])
            messages = (*messages, {"role": "assistant", "content": reply.text}, {"role": "user", "content": again})
        think, answer = _thinking(reply) if reply else "", reply.text if reply else ""
        sample = Sample(task=task, number=number, verdict=problem[0], detail=problem[1], think=think, answer=answer)
        return sample, None, 2

    def _round(self, task: Task, reply: ChatReply) -> Round:
        """Return the round in an answer.

        Raises:
            UnusableAnswer: it has no thinking, or no answer of the form.
        """
        think = _thinking(reply)
        if not think:
            raise UnusableAnswer("没有 <think> 里的思考过程")
        found = read(_answer_text(reply.text), _FORMS[task])
        fields = found.model_dump(exclude={"evidence"})
        try:
            evidence = tuple(dict.fromkeys(Evidence(**claim.model_dump()) for claim in found.evidence))
        except ValidationError as exc:
            raise UnusableAnswer("evidence 里 measure 和 value 要么都有，要么都没有") from exc
        return Round(task=task, question=self._questions[task], think=think, answer=Answer(**fields), evidence=evidence)

    def _judged(self, sample: Sample, round_: Round | None, answers: int, label: object) -> _Drawn:
        if round_ is not None:
            said = getattr(round_.answer, {"scene": "scene", "fraud": "is_fraud"}.get(sample.task, "fraud_type"))
            if said != label:
                sample = sample.model_copy(update={"verdict": "wrong", "detail": f"answered {said}"})
        return _Drawn(sample, round_, answers)


@dataclass(frozen=True)
class _Drawn:
    sample: Sample
    round: Round | None
    answers: int


def _aside(call: Call, samples: list[Sample]) -> Disagreement | None:
    if not samples:
        return None
    labels = {"is_fraud": call.is_fraud, "scene": call.scene, "fraud_type": call.fraud_type}
    return Disagreement(id=call.id, official_category=call.official_category, samples=tuple(samples), **labels)


def _thinking(reply: ChatReply) -> str:
    """Return the thinking, from its own field or between its tags, on one line."""
    found = _THINK.search(reply.text)
    return _BLANKS.sub("", reply.reasoning or (found[1] if found else ""))


def _answer_text(text: str) -> str:
    """Return what stands between the answer tags; where there are none, what follows the thinking."""
    found = _ANSWER.search(text)
    return (found[1] if found else _THINK.sub("", text)).strip()


def _misquoted(think: str, call: Call) -> str | None:
    """Return a long quotation in the thinking that nobody said, or None."""
    said = "\n".join(turn.text for turn in call.turns)
    for quote in QUOTED.findall(think):
        if len(quote) > LONGEST_MENTION and quote.rstrip("，。！？…") not in said:
            return f"谁也没有说过“{quote}”"
    return None
