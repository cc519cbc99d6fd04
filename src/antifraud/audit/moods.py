"""How a risky content is meant: asked of the callee, or only denied, warned of, told of, asked about or taken back.

The reading goes from left to right. Words that open a frame (有人让您 …, 不会让您 …, 上回 …) hold until the speaker
turns to the callee again (您把 …, 念给我就行), until the sentence ends, or for a list as long as it goes on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from antifraud.audit.clauses import Clause
from antifraud.audit.mood_words import (
    ADDRESSED,
    ASKING,
    ASKS,
    BAD_END,
    BARE_END,
    BARE_I,
    BARE_NO,
    BREAK,
    CARRIES_ON,
    CHAIN,
    CLEARLY_MINE,
    CONCESSIVE,
    CONDITION,
    CUT_OFF_NO,
    DISCOURAGES,
    DONE,
    FOR_THE_CALLER,
    FREE,
    I_ASK,
    I_MEAN,
    NEGATION,
    NEXT_STEP,
    NO_MATTER,
    NOT_NEGATION,
    OWN_DEED,
    PAST,
    PERFECTIVE,
    PROMISE,
    REST_IS_MINE,
    SUBJECTLESS,
    TAKEN_BACK,
    THIRD_PARTY,
    TO_OTHERS,
    UNLESS,
    UNLESS_YOU,
    WARNING,
    WILL_NOT_DO,
)
from antifraud.audit.risks import SELF_SERVICE, Risk
from antifraud.audit.verdicts import ECHOED, EXAMPLE, HABIT, MISSPOKEN, goes_on_denied, is_verdict, verdict_on
from antifraud.labels import Act


class Mood(StrEnum):
    """How a content is meant; the value completes the sentence 那是……, for the reading's reason."""

    REQUEST = "在要对方照做"
    NEGATED = "说不用、不会这样"
    REPORTED = "在说别人的做法或者提醒"
    QUESTION = "在打听有没有这回事"
    RETRACTED = "把前面的话收回了"
    OFFERED = "说自己来办"
    SELF_SERVICE = "让对方自己到正规的地方办"


def mood_of(
    sentence: Sequence[Clause], at: int, risk: Risk, earlier: Sequence[Clause], after: Sequence[Clause], *, asks: bool
) -> Mood:
    """Return how a risky content of clause `at` is meant.

    Args:
        earlier: the sentence before in the turn; empty at its start.
        after: the next sentence of the turn; empty at its end.
        asks: the sentence ends with a question mark.
    """
    clause = sentence[at].text
    before, rest = clause[: risk.pivot], clause[risk.end :]
    following = [*(each.text for each in sentence[at + 1 :]), *(each.text for each in after[:1])]
    mine = bool(CLEARLY_MINE.search(clause[risk.start :]) or CLEARLY_MINE.match(clause))
    verdict = None if UNLESS_YOU.search(before) or denies(before) else verdict_on(sentence, at, rest)
    echoed = asks and at + 1 == len(sentence) and after and ECHOED.match(after[0].text)
    if verdict is False or echoed or MISSPOKEN.search(before) or _taken_back(sentence, at, rest):
        return Mood.RETRACTED
    if negated := _negated(sentence, at, before, rest, following):
        return negated
    if HABIT.search(before) or (verdict and (EXAMPLE.search(before) or _supposed(before))):
        return Mood.SELF_SERVICE if _alone(sentence, at, risk) else Mood.REQUEST
    if _told(sentence, at, before) or _to_others(clause, earlier):
        return Mood.REPORTED
    if UNLESS_YOU.search(before):
        return Mood.REQUEST
    if (CONDITION.search(before) and not any(PROMISE.search(text) for text in [rest, *following[:1]])) or (
        not mine and any(_warns(text, risk.act) for text in [rest, *following[:2]])
    ):
        return Mood.REPORTED
    if _questioned(sentence, at, risk, before, asks=asks, mine=mine):
        return Mood.QUESTION
    if risk.act in ASKS and risk.act is not Act.ASK_REMOTE_CONTROL and _by_me(risk, before):
        return Mood.OFFERED
    if _alone(sentence, at, risk):
        return Mood.SELF_SERVICE
    return Mood.REQUEST


def _questioned(sentence: Sequence[Clause], at: int, risk: Risk, before: str, *, asks: bool, mine: bool) -> bool:
    """Tell whether the speaker only asks whether such a thing was asked for or done."""
    if at and re.search(r"我(?:说了半天|讲到现在|说到现在)$", sentence[at - 1].text):
        return True
    if re.search(r"让(?:您|你)?[^，]*了(?:吗|没有)$", "".join(each.text for each in sentence[max(0, at - 1) : at + 2])):
        return True
    if risk.act not in ASKS:
        return False
    return _asked_about(sentence[at].text, before, asks=asks and at + 1 == len(sentence), mine=mine)


def _by_me(risk: Risk, before: str) -> bool:
    return bool(OWN_DEED.search(before) or (risk.act is not Act.ASK_SECRET and BARE_I.search(before)))


def _to_others(clause: str, earlier: Sequence[Clause]) -> bool:
    return bool(TO_OTHERS.search(clause)) and any(THIRD_PARTY.search(each.text) for each in earlier)


def _supposed(before: str) -> bool:
    return bool(re.search(r"^(?:要是|如果)?(?:您|你)?(?:要|想)(?:是)?$", before) or CONDITION.search(before))


def _warns(text: str, act: Act) -> bool:
    """Tell whether a clause behind a content says that it would end badly; what others do has a clause of its own."""
    if DISCOURAGES.search(text):
        return False
    return bool(WARNING.search(text) or (act in ASKS and BAD_END.search(text))) and not THIRD_PARTY.search(text)


def _taken_back(sentence: Sequence[Clause], at: int, rest: str) -> bool:
    if rest and (BARE_NO.match(rest) or BARE_END.search(rest)):
        return True
    if at + 1 == len(sentence):
        return False
    is_addressed = ADDRESSED.search(sentence[at].text)
    following = sentence[at + 1]
    if not is_addressed and NEXT_STEP.match(following.text) and _taken_back(sentence, at + 1, following.text):
        return True
    cut_off = following.mark[:1] in ("—", "…") and CUT_OFF_NO.match(following.text)
    return bool(BARE_NO.match(following.text) or TAKEN_BACK.match(following.text) or cut_off)


def _negated(sentence: Sequence[Clause], at: int, before: str, rest: str, following: Sequence[str]) -> Mood | None:
    """Return the mood where a negation reaches the content."""
    if UNLESS_YOU.search(before):
        return Mood.NEGATED if any(NO_MATTER.search(text) for text in [rest, *following[:2]]) else None
    if denies(before):
        if re.search(r"(?:不|没)(?:把[^，]*)?$", before) and any(UNLESS.match(text) for text in [rest, *following[:2]]):
            return None
        return Mood.NEGATED
    if WILL_NOT_DO.match(rest) or CONCESSIVE.match(rest) or (following and CONCESSIVE.match(following[0])):
        return Mood.NEGATED
    if FREE.search(sentence[at].text) or (
        following
        and re.match(
            r"^(?:不[^，]{1,4}也(?:行|可以|没事)|随您|(?:您|你)(?:的钱)?(?:您|你)?(?:自己)?(?:做主|说了算|决定))",
            following[0],
        )
    ):
        return Mood.NEGATED
    for place in range(at - 1, -1, -1):
        earlier, later = sentence[place], sentence[place + 1]
        if is_verdict(earlier.text):
            return None
        stepwise = CHAIN.search(earlier.text) and NEXT_STEP.match(later.text)
        goes_on = later.mark == "、" or (CARRIES_ON.match(later.text) and not BREAK.match(later.text))
        bound = goes_on_denied(earlier.text, later.text)
        if not stepwise and not bound and (not goes_on or CLEARLY_MINE.search(sentence[at].text)):
            return None
        if denies(earlier.text):
            return Mood.NEGATED
    return None


def denies(text: str) -> bool:
    """Tell whether a stretch before a verb denies it."""
    return bool(NEGATION.search(NOT_NEGATION.sub("", text)))


def _told(sentence: Sequence[Clause], at: int, before: str) -> bool:
    """Tell whether somebody else wants it, or wanted it once."""
    last = at
    while last + 1 < len(sentence) and sentence[last + 1].mark == "、":
        last += 1
    if SUBJECTLESS.search("、".join(each.text for each in sentence[at : last + 1])):
        return True
    framed = False
    for place in range(at + 1):
        text = before if place == at else sentence[place].text
        turns_back = BREAK.match(sentence[place].text) or re.search(r"^把[^，]*给我", sentence[place].text)
        stepwise = place and CHAIN.search(sentence[place - 1].text) and NEXT_STEP.match(sentence[place].text)
        if framed and place and turns_back and not stepwise:
            told_on = re.search(r"(?<!给您)(?<![对行完好成])了$", sentence[place].text)
            framed = bool(told_on) and place == at and not I_ASK.match(sentence[place].text)
        if I_MEAN.match(text):
            framed = False
        if THIRD_PARTY.search(text) or PAST.search(text):
            framed = True
    return framed


def _asked_about(clause: str, before: str, *, asks: bool, mine: bool) -> bool:
    if DONE.search(clause) and not asks:
        return True
    if mine:
        return False
    if asks or clause.endswith(("吗", "么", "没有", "没", "吧")):
        return bool(PERFECTIVE.search(clause) or ASKING.search(clause))
    return bool(re.search(r"有没有|是不是|为什么|为啥|打算", before))


def _alone(sentence: Sequence[Clause], at: int, risk: Risk) -> bool:
    """Tell whether the callee does it alone or before official eyes."""
    if risk.act in (Act.SECRECY, Act.REFUSE_VERIFICATION, Act.ULTIMATUM):
        return False
    near = I_ASK.sub("", sentence[at].text)
    if (
        at
        and not denies(sentence[at - 1].text)
        and not REST_IS_MINE.search(sentence[at - 1].text)
        and not BARE_END.search(sentence[at - 1].text)
    ):
        near = f"{sentence[at - 1].text}，{near}"
    if at + 1 < len(sentence) and sentence[at + 1].text.startswith(("在", "到")):
        near = f"{near}，{sentence[at + 1].text}"
    if not SELF_SERVICE.search(near):
        return False
    return not FOR_THE_CALLER.search(near)
