"""What a speaker makes of a deed named first: 转账，那就免了, 打官方电话，这样好, 有人会转账，不太好.

A verdict stands behind the deed, after its purpose (好给孩子拍片) and after the steps that belong to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from antifraud.audit.clauses import Clause
from antifraud.audit.risks import find_risks

_THIS = r"(?:那|这|个|倒|反倒|可|就|都|也|事儿|些|什么的|啊|呢|嘛|的话|样|一步|统统|其实|您|你)*"
_AGAINST: Final = re.compile(
    rf"^{_THIS}(?:(?:不用|不必|不要|用不[着上]|没(?:这个|那个|什么)?必要|没什么用|没用|不成|不行|不合适|不太好|不好|不对|不妥|先别急|免了|算了|不干|使不得|犯不[着上]|不值当|麻烦)"
    rf"(?:您|你)?(?:操心|管|弄|了|的|啊|呀|吧)*$"
    rf"|(?:千万)?(?:别|甭|莫|不能)(?:理|听(?![岔错混反])|管|应|弄|信|答应|照做|搭理)|(?:得)?当心|得防着|(?:您|你)不(?:弄|办|答应|理)(?:是对的|就对了)|^(?:那)?(?:十有八九|多半|准|肯定)(?:都)?(?:有问题|不是好|没好|是骗)|(?:回头|到时候)(?:更麻烦|说不清楚?)|是瞎说|^(?:那)?我(?:也)?(?:(?:早|一开头)就说了|(?:可)?张不开嘴|不会开这个口|哪好意思)|^(?:我|我们|我这边)(?:可|都)?(?:不会|不能|从来不)(?:让|跟|叫)(?:您|你)(?:做|提|弄|办)$)"
)
_TAIL_AGAINST: Final = re.compile(
    r"(?:什么的|这些|那些|这种|的话|啊|呢)(?:事儿?)?(?:就|都|可)?(?:不用|不必|免|算|没必要|用不[着上]|不要)[^，]{0,5}$|(?:这种|这样的?)事儿?$|(?:没必要|不必|犯不着)了$"
    r"|(?:白搭|不管用|添乱|绕弯子|只会更乱|能明白什么呀?|(?:图|干)(?:什么|嘛)[呀呢])$"
)
_TAIL_FOR: Final = re.compile(r"(?:(?<!不)管用|最稳妥|最省事|多好|多方便|多省心|不就[得完]了)$")
_BETTER: Final = re.compile(r"^比.*(?:好|强)$")
"""Holds against the deed it names, and for the one before it: 问一声，比瞒着强."""
ECHOED: Final = re.compile(r"^(?:何苦呢|不合适吧|不用|算了)$")
"""Answers the speaker's own question, which only took up what somebody might do."""
_FOR: Final = re.compile(
    rf"^{_THIS}(?:行|成|可以|要|要的|对|得弄|要弄|好|挺好|蛮好|省事|没问题|没毛病|才?是正经|清清楚楚|没这些事儿|(?:您|你)?记[着下]|也没什么|挺简单的|是一个|就这个|弄这一样|就这一样|(?:照)?这样)(?:的|了|啊)*$"
)
_PURPOSE: Final = re.compile(
    r"^(?:我|他)?(?:好(?!了|些|多|吗|的|像)|来|替着?|帮着?)[^，您你]{1,12}$|^(?:核完|吃完|见了面|退款时|打完)[^，您你]{1,6}$|^(?:算|当个|不走|对方才|人家才)[^，您你]{1,8}$|^我(?:说过了|看看)$"
)
STEP: Final = re.compile(
    r"^(?:再|先|就|去|钱|那串)?(?:把|给(?!您|你)|充|好(?:去|给|交|送|往|领)|转|打(?!住)|交|放|搁|装|点|扫|填|让(?:我|他)|往|替|对着|共享|照|报|念|取|付(?!款)|绑|传|刮|还(?=给)|拿|掏|买|垫|退|锁|当(?!心|然)|连本|吃完|看着|拨|进(?!不)|在链接|数说)"
)
"""How a step begins that goes on with the deed before it, without a subject of its own."""
WHOLE: Final = re.compile(r"就(?:行|成|好|可以|完事)(?:了|啦|啊)?$")
_LONGEST_DEED: Final = 3
"""Clauses of a deed and its purpose that may part it from its verdict; a design choice."""
EXAMPLE: Final = re.compile(r"^(?:有|好些|好多|不少|有的|多少)人(?:家)?(?:都)?(?:会|就|是|直接)|^后来")
"""What others do, told as an example that the listener is to follow or not."""
HABIT: Final = re.compile(r"^(?:就|都)?是让(?:人|客户)|(?:向来|一般|从来|规矩|流程)(?:呢|都|就)*是?让(?:人|客户)")
"""What the caller's side has everybody do."""
MISSPOKEN: Final = re.compile(r"说成(?:了|是)?(?:让|叫|要|请)?(?:您|你|把)")
_NEEDLESS: Final = re.compile(r"(?:不用|不必|不需要|用不着)(?:您|你)")
"""What is spared somebody: the next step may be what is asked instead, unless it is a risk that is spared."""
_HANDED_ON: Final = re.compile(r"^(?:钱|那串|交给|转[到给进]|打[到给]|给[^，您你]{1,8}(?:转|打)|放[到在]|搁)")
"""A step that wants the object of the clause before: 取三千块，交给师傅."""
_DENIAL: Final = re.compile(
    r"(?:不是|不会|哪[会能]|还能|没有?|不能|没说|没问|不建议|不劝|不)(?:让|叫|要|请|劝|说|问|麻烦|建议|能不能)*(?:(?:您|你|人|客户)|能不能)|早就?(?:让|要|叫)(?:您|你)"
)
"""A denial that is about what somebody is to do, and so about every step of it."""


def is_verdict(text: str) -> bool:
    """Tell whether a clause only judges the deed before it, so that what follows is a new matter."""
    return _verdict(text) is not None


def verdict_on(sentence: Sequence[Clause], at: int, rest: str) -> bool | None:
    """Return whether the deed that clause `at` names is recommended (True), rejected (False) or left open (None).

    Args:
        rest: what stands behind the deed in its own clause.
    """
    if _TAIL_AGAINST.search(sentence[at].text) or _BETTER.search(sentence[at].text):
        return False
    if _TAIL_FOR.search(sentence[at].text):
        return True
    if rest and (verdict := _verdict(rest)) is not None:
        return verdict
    for clause in sentence[at + 1 : at + 2 + _LONGEST_DEED]:
        if _BETTER.search(clause.text):
            return True
        if (verdict := _verdict(clause.text)) is not None:
            return verdict
        if not (_PURPOSE.search(clause.text) or (STEP.match(clause.text) and not WHOLE.search(clause.text))):
            return None
    return None


def _verdict(text: str) -> bool | None:
    if _AGAINST.search(text) or _TAIL_AGAINST.search(text):
        return False
    return True if _FOR.search(text) else None


def goes_on_denied(earlier: str, later: str) -> bool:
    """Tell whether a clause is a further step of what the clause before says nobody is asked to do."""
    if not STEP.match(later) or WHOLE.search(later):
        return False
    return bool(
        _DENIAL.search(earlier)
        or (_NEEDLESS.search(earlier) and (_HANDED_ON.match(later) or find_risks(earlier, f"{earlier}，{later}")))
    )
