"""What a dialogue must be before anything is made of it; the first defect found is the reason it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from antifraud.labels import FRAUD_ACTS, Act, Outcome, RejectReason, Speaker
from antifraud.records import Dialogue, Turn

Defect = tuple[RejectReason, str]

MIN_TURNS = 3
"""One exchange is no call; 19 % of the released fraud dialogues are."""
MAX_TURNS = 200

_KNOWN_WORDS = "app apps vip etc nfc wifi ok kg km pos atm sim ktv gps id pdf usb hdmi gb mb mp logo pro"
KNOWN_LETTERS = frozenset([*_KNOWN_WORDS.split(), *"abcdefghijklmnopqrstuvwyz"])
"""Latin words that people say on a Chinese phone; single letters too (T恤, A座), but for x, which is a blank."""

_TEXT_RULES: tuple[tuple[RejectReason, re.Pattern[str]], ...] = (
    (RejectReason.CONTROL_TOKEN, re.compile(r"##|<\||\|>|ENDCALL|TERMINATE|endofprompt", re.I)),
    (RejectReason.UNFILLED_SLOT, re.compile(r"\{[^}]*\}|<[^>]*>|\$\{")),
    (
        RejectReason.PLACEHOLDER,
        re.compile(
            r"某某|某(?=先生|女士|公司|银行|人|小姐|经理|市|路|区|酒店)|[XxＸ×✕]{2,}|\*{2,}|_{2,}|[\[【][^\]】]*[\]】]|○{2,}|[。.…]{7,}"
        ),
    ),
    (RejectReason.STAGE_DIRECTION, re.compile(r"[（(][^）)]*[）)]|^\s*(?:旁白|主叫|被叫|客服|用户|骗子)\s*[:：]")),
    (RejectReason.MARKUP, re.compile(r"[*#`~|\\]|^\s*[-•]\s|https?://|\n")),
)
_LETTERS = re.compile(r"[A-Za-z]+")
_SPEAKABLE = re.compile(r"[\u3400-\u9fff0-9]")

_SHOWN_BY: dict[Outcome, frozenset[Act]] = {
    Outcome.COMPLIED: frozenset({Act.COMPLY}),
    Outcome.SETTLED: frozenset({Act.COMPLY, Act.ACKNOWLEDGE}),
    Outcome.REFUSED: frozenset({Act.REFUSE}),
    Outcome.DECLINED: frozenset({Act.REFUSE}),
    Outcome.WILL_VERIFY: frozenset({Act.INDEPENDENT_CHECK}),
    Outcome.UNRESOLVED: frozenset({Act.HESITATE, Act.DISTRACTED, Act.DOUBT, Act.ASK_QUESTION}),
}
_LAST_TURNS = 3


def first_defect(dialogue: Dialogue) -> Defect | None:
    """Return the first thing wrong with a dialogue of any source, or None."""
    return next(_form(dialogue.turns), None) or next(_texts(dialogue.turns), None)


def text_defect(turn: Turn) -> Defect | None:
    """Return the first thing wrong with the words of one turn, or None."""
    return next(_texts((turn,)), None)


def first_contradiction(dialogue: Dialogue, *, as_planned: bool = True) -> Defect | None:
    """Return where the acts of a generated dialogue contradict its label or its ending, or None.

    Args:
        as_planned: the outcome must be the intended one.
    """
    if as_planned and dialogue.ending.outcome is not dialogue.intended_outcome:
        planned = f"ended {dialogue.ending.outcome}, planned {dialogue.intended_outcome}"
        return next(_label(dialogue), (RejectReason.ENDING_MISMATCH, planned))
    return next(_label(dialogue), None) or next(_ending(dialogue), None)


def _form(turns: tuple[Turn, ...]) -> Iterator[Defect]:
    if len(turns) < MIN_TURNS:
        yield RejectReason.TOO_SHORT, f"{len(turns)} turns; expected at least {MIN_TURNS}"
        return
    if len(turns) > MAX_TURNS:
        yield RejectReason.TOO_LONG, f"{len(turns)} turns; expected at most {MAX_TURNS}"
    if turns[0].speaker is not Speaker.CALLER:
        yield RejectReason.WRONG_OPENING, "the callee speaks first"
    for before, after in pairwise(turns):
        if before.speaker is after.speaker and not before.is_backchannel and not after.is_backchannel:
            yield RejectReason.DOUBLE_TURN, f"turns {before.index} and {after.index} are both the {after.speaker}'s"


def _texts(turns: tuple[Turn, ...]) -> Iterator[Defect]:
    for turn in turns:
        for reason, pattern in _TEXT_RULES:
            if found := pattern.search(turn.text):
                yield reason, f"turn {turn.index} holds {found[0]!r}"
        for word in _LETTERS.findall(turn.text):
            if word.lower() not in KNOWN_LETTERS:
                yield RejectReason.FOREIGN_LETTERS, f"turn {turn.index} holds {word!r}"
        if not _SPEAKABLE.search(turn.text):
            yield RejectReason.EMPTY_TURN, f"turn {turn.index} has nothing to say: {turn.text!r}"


def _label(dialogue: Dialogue) -> Iterator[Defect]:
    decisive = {act for turn in dialogue.turns for act in turn.acts} & FRAUD_ACTS
    if dialogue.is_fraud and not decisive:
        yield RejectReason.LABEL_MISMATCH, "labelled fraud, but no fraud act occurs"
    if not dialogue.is_fraud and decisive:
        yield RejectReason.LABEL_MISMATCH, f"labelled lawful, but {sorted(decisive)[0]} occurs"


def _ending(dialogue: Dialogue) -> Iterator[Defect]:
    outcome = dialogue.ending.outcome
    last = [turn for turn in dialogue.turns if turn.speaker is Speaker.CALLEE and not turn.is_backchannel]
    shown = {act for turn in last[-_LAST_TURNS:] for act in turn.acts}
    if not shown & _SHOWN_BY.get(outcome, frozenset(shown)):
        yield RejectReason.ENDING_MISMATCH, f"ended {outcome}, but the callee's last turns show {sorted(shown)}"
