"""The second reader: told who speaks and what is said, it says whether the caller asks for what makes a call fraud.

It knows neither acts nor plans, so that it can contradict the label of a generated call and read calls from elsewhere.
One request in earnest, by the caller, for something of `risks.py` makes a call fraud. What the caller denies, warns
of, tells of or takes back is no request, nor is what the callee offers, until the caller takes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from antifraud.audit.clauses import Clause, cut
from antifraud.audit.moods import Mood, mood_of
from antifraud.audit.obstacles import keeps_line, stands, threats
from antifraud.audit.risks import Risk, find_risks
from antifraud.audit.topics import Topic
from antifraud.labels import Act, Speaker
from antifraud.records import Turn

ACT_NAMES: Final[dict[Act, str]] = {
    Act.ASK_SECRET: "说出或者输入验证码、密码、证件号、卡号，或者刷脸",
    Act.ASK_REMOTE_CONTROL: "共享屏幕，或者装软件、点链接",
    Act.ASK_TRANSFER: "把钱或者卡转出去、交出去",
    Act.ASK_PREPAYMENT: "没见着钱先交钱",
    Act.SECRECY: "瞒着别人，或者一直不挂电话",
    Act.REFUSE_VERIFICATION: "别去另外核实",
    Act.ULTIMATUM: "马上照办，不然要吃大亏",
}


LONGEST_BACKCHANNEL: Final = 4
"""Characters, punctuation included, under which a caller goes on with the sentence begun; a design choice."""
ENDS: Final = "。？！；?!;"


@dataclass(frozen=True)
class Reading:
    """What the reader makes of a call."""

    is_fraud: bool
    act: Act | None
    """What the caller asks for; None for a lawful call."""
    turn: int | None
    """Index of the turn that decides; for a lawful call, of a risky word that was no request, or None."""
    quote: str
    """Literal words of that turn; empty where there are none."""
    why: str
    """One sentence in Chinese."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A risky content in a turn of the caller."""

    act: Act
    mood: Mood
    quote: str


def read_label(turns: Sequence[Turn]) -> Reading:
    """Return whether the caller of these turns asks for something that makes the call fraud, and where.

    Only `speaker` and `text` are looked at; `turn` of the reading counts from 0 in the order given.
    """
    harmless = None
    for index, mention in mentions(turns):
        if mention.mood is Mood.REQUEST:
            why = f"来电的人说“{mention.quote}”，要对方{ACT_NAMES[mention.act]}。"
            return Reading(True, mention.act, index, mention.quote, why)
        harmless = harmless or (index, mention)
    return _lawful(harmless)


def requests(turns: Sequence[Turn]) -> list[tuple[int, Act]]:
    """Return everything that the caller asks for in earnest and that makes a call fraud, each with its turn."""
    return [(index, mention.act) for index, mention in mentions(turns) if mention.mood is Mood.REQUEST]


def mentions(turns: Sequence[Turn]) -> Iterator[tuple[int, Mention]]:
    """Yield every risky content of the caller's turns, in its order; turns count from 0 in the order given."""
    topic, heard, begun = Topic(), "", ""
    for index, turn in enumerate(turns):
        if turn.speaker is Speaker.CALLEE:
            topic.listen(turn.text, index)
            begun = begun if len(turn.text) <= LONGEST_BACKCHANNEL else ""
            heard = turn.text
            continue
        yield from ((index, mention) for mention in _mentions(begun, turn.text, index, topic, heard))
        begun = turn.text if turn.text[-1] not in ENDS else ""


def _lawful(harmless: tuple[int, Mention] | None) -> Reading:
    if harmless is None:
        return Reading(False, None, None, "", "来电的人没有要秘密、要钱、要看屏幕，也没有拦着对方核实。")
    index, mention = harmless
    why = f"话里虽然提到“{mention.quote}”，但那是{mention.mood}，没有一句在要对方{ACT_NAMES[mention.act]}。"
    return Reading(False, None, index, mention.quote, why)


def _mentions(begun: str, text: str, index: int, topic: Topic, heard: str) -> Iterator[Mention]:
    """Yield every risky content of a turn of the caller with its mood.

    Args:
        begun: an unfinished turn of the caller that this one goes on with after a back-channel.
    """
    whole, skipped = begun + text, len(begun)
    sentences = cut(whole)
    taken = topic.takes_offer([clause.text for clause in sentences[0]]) if sentences else None
    if taken is not None and topic.offered:
        yield Mention(topic.offered, Mood.REQUEST, _quote(whole, sentences[0][taken], skipped))
    topic.offered = None
    for place, sentence in enumerate(sentences):
        before = sentences[place - 1] if place else []
        after = sentences[place + 1] if place + 1 < len(sentences) else []
        asks = whole[sentence[-1].end : sentence[-1].end + 1] in ("？", "?")
        for at, risk in _risks(sentence, sentences, index, topic, heard):
            if sentence[at].end > skipped:
                mood = mood_of(sentence, at, risk, before, after, asks=asks)
                yield Mention(risk.act, mood, _quote(whole, sentence[at], skipped))


def _risks(
    sentence: list[Clause], turn: list[list[Clause]], index: int, topic: Topic, heard: str
) -> Iterator[tuple[int, Risk]]:
    for at, clause in enumerate(sentence):
        near = "，".join(each.text for each in sentence[max(0, at - 3) : at + 2])
        found = find_risks(clause.text, near)
        if not any(risk.act in (Act.ASK_SECRET, Act.ASK_REMOTE_CONTROL) for risk in found):
            ahead = sentence[at + 1].text if at + 1 < len(sentence) else ""
            found += [risk] if (risk := topic.unspoken(clause.text, ahead, index)) else []
        found += [risk] if (risk := keeps_line(sentence, at, turn, heard)) else []
        yield from ((at, risk) for risk in found if stands(risk, sentence, at, turn, is_of_code=topic.is_code(index)))
        topic.hear(clause.text, index)
    yield from threats(sentence)


def _quote(text: str, clause: Clause, skipped: int) -> str:
    return text[max(clause.start, skipped) : clause.end]
