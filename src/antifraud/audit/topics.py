"""What the talk is about, so that 您念一下 is understood after 短信里有六个数字; and what the callee offers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from antifraud.audit.clauses import cut
from antifraud.audit.mood_words import PAST, THIRD_PARTY
from antifraud.audit.moods import denies
from antifraud.audit.risks import BIT, HARMLESS, SECRET, Risk
from antifraud.labels import Act

Kind = Literal["secret", "link", "code", "harmless"]
REMEMBERED_TURNS: Final = 4
"""How many turns a topic is still meant by a verb without an object; a design choice."""
LONGEST_AFTERTHOUGHT: Final = 10
"""Characters of a clause that only adds what was meant; a design choice."""

_SECRET = re.compile(SECRET + r"|身份证|银行卡(?!尾)")
_LINK = re.compile(r"链接|网址|网页|安装包|软件|会议|助手|插件|客户端")
_CODE = re.compile("□")
_OTHER = re.compile(r"地址|姓名|名字|几点|时间|哪天|哪个|什么|几个人|几位|颜色|型号|尺码|口味|电话|订单|情况|单子")
_LEAD = (
    r"^(?:那|来|好|行|您|你|就|只|两样|几样|这些|现在|赶紧|马上|先|麻烦|请|再|慢慢|照着|一个一个|挨个|从头(?:到尾)?|给我|跟我|和我|对我|完整的?|都|也|得|要|只要|直接|全|把它|把这个?|把那个?|它|帮我|一会儿?|到时候?|然后"
    r"|(?:您|你)?(?:收到|看到|看|来|到|出来)(?:了|一眼)?(?:就|以后|之后)?|就|劳驾|辛苦|大声|清楚|是|把?(?:那个|这个)?号码?|(?:正面|反面|正反面|两面|背面)(?:各?一张)?|然后|从头到尾)*"
)
_TELLS = re.compile(
    rf"{_LEAD}(?P<pivot>)(?:念|报(?![警名销告修案价道])|读|告诉(?![您你])|发(?![您你]|到您|现|货|票)|输(?!了)|填|说(?=给?我|一?下|出来)|(?<=[跟和对]我)[说讲]|核对|(?<=跟我)对(?=一[下遍])|给我)(?:{BIT}|我|听|们|就行|就成|就好|一遍|来)*(?:$|我(?:好|来|记|帮|听|填)|慢|别)"
    r"|^(?P<pivot2>)一个(?:数|字|数字)?一个(?:数|字|数字)?(?:来|念|报|说|地?念)"
)
_OPENS = re.compile(
    rf"{_LEAD}(?P<pivot>)(?:(?:点(?:开|一?下|进去|击|进)|装(?:上|一?[下个]|好|起来)|下(?:一?下|载|下来)|登(?:录|进去))(?:{BIT})*)+(?:就|$)"
)
_OFFER = re.compile(
    r"(?:我|要我|让我)[^。？]{0,16}?(?:念|报|读|告诉|说|发|拍|给|输|填|共享|装|点)[^。？]{0,14}?(?:您|你|一下|吧|吗|过去|听)|(?:念|报|读|发|说)给(?:您|你)"
    r"|(?:要|是要)(?:的是)?[^，。]{0,8}(?:吗|吧|是吧|对吧)"
)
_REFUSING = re.compile(r"我(?:可|才|就|是)?不(?!是)|凭什么|怎么能|不能(?:说|给|念|报)|不敢|骗子")
_YES = re.compile(
    r"^(?:嗯+|啊|哎|诶|对+|好+|好的|好嘞|行+|可以(?:的)?|成|中|要得|没错|是(?:的|啊|呀)?|就是|来|那|得)+(?:啊|呀|哈|了)?$"
)
_GO_ON = re.compile(
    rf"^(?:嗯|啊|对+|好+|行+|可以|成|那|来|是)*(?:的|嘞)?(?:您|你)?(?:就|先|慢慢|现在|快|赶紧|都)*(?:念|报|说|读|发|装|点|共享|给我|告诉我|拍)(?![您你])(?:{BIT}|我|听|们|慢)*(?:$|慢|我)"
)
_NO = re.compile(r"不|别|甭|莫|没|自己|柜台|窗口|[Aa]pp|千万")


@dataclass
class Topic:
    """What was last spoken of, and what the callee has just offered."""

    kind: Kind | None = None
    turn: int = -REMEMBERED_TURNS
    offered: Act | None = None

    def hear(self, clause: str, turn: int) -> None:
        """Note what a clause of either side is about."""
        hidden = HARMLESS.sub(lambda match: "□" * len(match[0]), clause)
        for kind, pattern in (("secret", _SECRET), ("link", _LINK), ("code", _CODE), ("harmless", _OTHER)):
            if pattern.search(hidden):
                self.kind, self.turn = kind, turn  # type: ignore[assignment]
                return

    def is_code(self, turn: int) -> bool:
        """Tell whether the last exchange was about a code or a number, secret or not."""
        return self.kind in ("secret", "code") and turn - self.turn <= 1

    def unspoken(self, clause: str, ahead: str, turn: int) -> Risk | None:
        """Return what a clause without an object asks for.

        The topic tells, or the clause ahead: 念给我就行，那六个数字.
        """
        if (
            self.kind not in ("secret", "code", "harmless")
            and _SECRET.search(ahead)
            and len(ahead) <= LONGEST_AFTERTHOUGHT
        ):
            match = _TELLS.search(clause)
            return None if match is None else _risk(Act.ASK_SECRET, match)
        if self.kind not in ("secret", "link") or turn - self.turn >= REMEMBERED_TURNS:
            return None
        act, pattern = (Act.ASK_SECRET, _TELLS) if self.kind == "secret" else (Act.ASK_REMOTE_CONTROL, _OPENS)
        match = pattern.search(clause)
        return None if match is None else _risk(act, match)

    def listen(self, text: str, turn: int) -> None:
        """Note what a turn of the callee is about and what it offers."""
        self.offered = None
        clauses = [clause.text for sentence in cut(text) for clause in sentence]
        for clause in clauses:
            self.hear(clause, turn)
        if self.turn != turn and turn - self.turn >= REMEMBERED_TURNS:
            return
        told = _REFUSING.search(text) or THIRD_PARTY.search(text) or PAST.search(text)
        if self.kind in ("secret", "link") and not told and _OFFER.search(text) and not any(map(denies, clauses)):
            self.offered = Act.ASK_SECRET if self.kind == "secret" else Act.ASK_REMOTE_CONTROL

    def takes_offer(self, clauses: list[str]) -> int | None:
        """Return the clause by which a caller takes what was offered, or None."""
        if self.offered is None or not clauses or any(_NO.search(clause) for clause in clauses[:3]):
            return None
        for at, clause in enumerate(clauses[:2]):
            if _GO_ON.match(clause):
                return at
        return 0 if _YES.match(clauses[0]) and len(clauses) <= 2 else None


def _risk(act: Act, match: re.Match[str]) -> Risk:
    pivot = max(match.start(name) for name in match.re.groupindex)
    return Risk(act, pivot, pivot, match.end())
