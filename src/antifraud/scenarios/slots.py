"""Facts of a call: how a slot is declared in a pack and what is drawn for it, as people say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DIGITS = "零一二三四五六七八九"
DIGITS_ON_THE_PHONE = "零幺二三四五六七八九"


class SlotModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Money(SlotModel):
    """An amount in yuan between two bounds, in steps: {name} is 一千二, {name.块} is 一千二百块."""

    money: tuple[int, int]
    step: int = Field(default=1, gt=0)


class Number(SlotModel):
    """A count between two bounds, both possible."""

    number: tuple[int, int]


class Digits(SlotModel):
    """Digits said one by one, as in the tail of a card; 幺 for 一."""

    digits: int = Field(gt=0, le=20)


class Clock(SlotModel):
    """A time of day between two hours, full or half: 下午四点半."""

    clock: tuple[int, int]


Value = Annotated[str, Field(min_length=1)]
SlotSpec = (
    Annotated[tuple[Value, ...], Field(min_length=1)]
    | Annotated[tuple[dict[str, Value], ...], Field(min_length=1)]
    | Money
    | Number
    | Digits
    | Clock
)
"""A list of phrases; a list of mappings whose values belong together; or a drawn quantity."""


def draw(slots: Mapping[str, SlotSpec], rng: Random) -> dict[str, str]:
    """Draw every slot once; a mapping fills `name.key` for each of its keys."""
    facts: dict[str, str] = {}
    for name, spec in slots.items():
        if isinstance(spec, tuple):
            options: Sequence[str | dict[str, str]] = spec
            value = rng.choice(options)
            if isinstance(value, str):
                facts[name] = value
            else:
                facts.update({f"{name}.{key}": text for key, text in value.items()})
        elif isinstance(spec, Money):
            low, high = spec.money
            amount = rng.randrange(low, high + 1, spec.step)
            facts[name], facts[f"{name}.块"] = spoken_number(amount), spoken_number(amount, short=False) + "块"
        else:
            facts[name] = _quantity(spec, rng)
    return facts


def slot_names(slots: Mapping[str, SlotSpec]) -> set[str]:
    """Every name a template may use for these slots."""
    found: set[str] = set()
    for name, spec in slots.items():
        if isinstance(spec, tuple) and isinstance(spec[0], dict):
            found.update(f"{name}.{key}" for key in spec[0])
        else:
            found.add(name)
            if isinstance(spec, Money):
                found.add(f"{name}.块")
    return found


def _quantity(spec: Number | Digits | Clock, rng: Random) -> str:
    match spec:
        case Number(number=(low, high)):
            return spoken_number(rng.randint(low, high), counting=True)
        case Digits(digits=count):
            return "".join(rng.choice(DIGITS_ON_THE_PHONE) for _ in range(count))
        case Clock(clock=(low, high)):
            return spoken_clock(rng.randint(low, high), rng.choice((0, 30)))


def spoken_clock(hour: int, minute: Literal[0, 30]) -> str:
    """Return a time of day, as 下午四点半."""
    part = "早上" if hour < 9 else "上午" if hour < 12 else "中午" if hour < 14 else "下午" if hour < 18 else "晚上"
    name = "两" if hour in (2, 14) else spoken_number(hour - 12 if hour > 12 else hour)
    return f"{part}{name}点{'半' if minute else ''}"


def spoken_number(number: int, *, counting: bool = False, short: bool = True) -> str:
    """Return a whole number below 10**8 as it is spoken: 3980 三千九百八, 25000 两万五, 105 一百零五.

    `counting` says 两 for a lone 2, as before a measure word (两天); `short` drops the last unit,
    which people do only when no measure word follows.
    """
    if counting and number == 2:
        return "两"
    if number >= 10_000:
        high, low = divmod(number, 10_000)
        head = f"{spoken_number(high, counting=True)}万"
        if low == 0:
            return head
        if short and low % 1000 == 0:
            return head + DIGITS[low // 1000]
        return head + ("" if low >= 1000 else "零") + _below_ten_thousand(low, shorten=False)
    return _below_ten_thousand(number, shorten=short)


def spoken_decimal(value: float) -> str:
    """Return the size of a measure with at most one decimal, as before a measure word: 1.84 一点八, -2.0 两."""
    whole, tenths = divmod(round(abs(value) * 10), 10)
    return f"{spoken_number(whole)}点{DIGITS[tenths]}" if tenths else spoken_number(whole, counting=True)


def _below_ten_thousand(number: int, *, shorten: bool) -> str:
    if number < 10:
        return DIGITS[number]
    if number < 20:
        return "十" + (DIGITS[number - 10] if number > 10 else "")
    said, gap = "", False
    units = [(1000, "千"), (100, "百"), (10, "十"), (1, "")]
    for place, (size, unit) in enumerate(units):
        digit = number // size % 10
        rest = number % size
        if digit == 0:
            gap = bool(said)
            continue
        if gap:
            said, gap = said + "零", False
        previous = units[place - 1][0] if place else 0
        if shorten and said and rest == 0 and size >= 10 and number // previous % 10 and number >= 100:
            return said + DIGITS[digit]
        said += ("两" if digit == 2 and size >= 100 and not said else DIGITS[digit]) + unit
    return said
