"""The total score of TeleAntiFraud-28k (arXiv 2503.24115)."""

from __future__ import annotations

from typing import Final

JUDGE_POINTS: Final = 15
"""Logical rigour 5, practical value 5, expression 5."""


def paper_total(scene_f1: float, fraud_f1: float, type_f1: float, judge_points: float) -> float:
    """Return the mean of the three weighted F1 and the judge's share of its points, all in percent.

    Args:
        judge_points: from 0 to 15; the F1 are from 0 to 100.

    Raises:
        ValueError: one of them is not.
    """
    for name, value, most in (
        ("scene_f1", scene_f1, 100),
        ("fraud_f1", fraud_f1, 100),
        ("type_f1", type_f1, 100),
        ("judge_points", judge_points, JUDGE_POINTS),
    ):
        if not 0 <= value <= most:
            raise ValueError(f"{name} is {value}; expected 0 to {most}")
    return (scene_f1 + fraud_f1 + type_f1 + 100 * judge_points / JUDGE_POINTS) / 4
