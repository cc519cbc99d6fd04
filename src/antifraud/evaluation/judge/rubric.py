"""The three dimensions of TeleAntiFraud-28k's judge: twelve items, their probabilities, and the points they come to.

Five points each for logic, practical value and expression; in each of them three items of one point and one of two.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BeforeValidator, Field

from antifraud.services.forms import AnswerForm, UnusableAnswer

SCHEMA_NAME: Final = "judgement"
Dimension = Literal["logic", "practice", "expression"]
DIMENSIONS: Final[tuple[Dimension, ...]] = get_args(Dimension)
_SUM_SLACK: Final = 1e-6


def _of_percent(value: Any) -> Any:
    """Return 0.8 for "80%"; a bare 80 stays what it is and is refused, for 1 could be either.

    Raises:
        ValueError: true and false, which would pass for numbers.
    """
    if isinstance(value, bool):
        raise ValueError("expected a probability from 0 to 1")
    if isinstance(value, str) and value.strip().endswith(("%", "％")):
        try:
            return float(value.strip()[:-1]) / 100
        except ValueError:
            return value
    return value


Chance = Annotated[float, BeforeValidator(_of_percent), Field(ge=0, le=1, allow_inf_nan=False)]


class Rating(AnswerForm):
    """What a judge fills in: how probable each point is."""

    chain: Chance
    premises: Chance
    conclusion_one: Chance
    conclusion_two: Chance
    logic_better: Chance
    essence: Chance
    remedy_one: Chance
    remedy_two: Chance
    coverage: Chance
    practice_better: Chance
    key_points: Chance
    clarity_one: Chance
    clarity_two: Chance
    brevity: Chance
    expression_better: Chance
    comment: str


def points(rating: Rating) -> dict[Dimension, float]:
    """Return the expected points of each dimension, each from 0 to 5."""
    r = rating
    return {
        "logic": r.chain + r.premises + r.conclusion_one + 2 * r.conclusion_two + r.logic_better,
        "practice": r.essence + r.remedy_one + 2 * r.remedy_two + r.coverage + r.practice_better,
        "expression": r.key_points + r.clarity_one + 2 * r.clarity_two + r.brevity + r.expression_better,
    }


def check(rating: Rating) -> None:
    """Refuse chances of one and of two points that are more than certain together.

    Raises:
        UnusableAnswer: they are; the message goes back to the judge.
    """
    for name in ("conclusion", "remedy", "clarity"):
        both = getattr(rating, f"{name}_one") + getattr(rating, f"{name}_two")
        if both > 1 + _SUM_SLACK:
            raise UnusableAnswer(f"{name}_one 加 {name}_two 是 {both:g}，不能超过1")
