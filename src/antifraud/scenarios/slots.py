"""Facts of a call: how a slot is declared in a pack and what is drawn for it, as people say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from antifraud.numerals import spoken_number

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
