"""The figures that a table shows and a gate judges: their names, and where in a report they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from antifraud.audit.macro_f1 import Score
from antifraud.audit.report import Part, Report
from antifraud.audit.shortcuts import Comparison, Input

Unit = Literal["share", "f1", "number", "count"]


@dataclass(frozen=True)
class Figure:
    """One number of a report; None where it was not measured or cannot be."""

    name: str
    part: Part
    unit: Unit
    read: Callable[[Report], float | None]
    interval: Callable[[Report], tuple[float, float] | None] = lambda _: None


def _score(comparison: Comparison, part: Input, name: str) -> Figure:
    def found(report: Report) -> Score | None:
        separation = getattr(report.shortcuts, comparison, None)
        return separation.scores.get(part) if separation else None

    def value(report: Report) -> float | None:
        score = found(report)
        return score.macro_f1 if score else None

    def interval(report: Report) -> tuple[float, float] | None:
        score = found(report)
        return (score.low, score.high) if score else None

    return Figure(f"F1 {name}", "shortcuts", "f1", value, interval)


def _of(part: Part, field: str, name: str, unit: Unit = "share") -> Figure:
    def value(report: Report) -> float | None:
        measured = getattr(report, part)
        found: float | None = getattr(measured, field) if measured else None
        return found

    return Figure(name, part, unit, value)


def _mean(field: str, name: str) -> Figure:
    return Figure(
        name, "lengths", "number", lambda report: getattr(report.lengths, field).mean if report.lengths else None
    )


CALLS: Final = Figure("calls", "counts", "count", lambda report: report.calls)
STORYLINES: Final = _of("counts", "storylines", "storylines", "count")
SIBLING_STORYLINES: Final = _of("counts", "sibling_storylines", "storylines with a sibling", "count")
TURNS: Final = _mean("turns", "turns a call")
CHARACTERS: Final = _mean("characters", "characters a call")
CALLER_CHARACTERS: Final = _mean("caller_turn_characters", "characters a caller turn")
CALLEE_CHARACTERS: Final = _mean("callee_turn_characters", "characters a callee turn")
SHORT_TURNS: Final = _of("lengths", "short_turn_share", "turns of <= 4 characters")
ONE_EXCHANGE: Final = _of("lengths", "one_exchange_share", "calls of one exchange")
UNEXPLAINED: Final = _of("lengths", "one_exchange_without_reason", "  of these without a reason", "count")
EXACT_DUPLICATES: Final = _of("duplicates", "exact_share", "exact duplicates")
NEAR_DUPLICATES: Final = _of("duplicates", "near_share", "near-duplicates, J >= 0.7")
DISTINCT_1: Final = _of("diversity", "distinct_1", "distinct-1 at 50k tokens", "number")
DISTINCT_2: Final = _of("diversity", "distinct_2", "distinct-2 at 50k tokens", "number")
SELF_BLEU: Final = _of("diversity", "self_bleu_4", "self-BLEU-4, n = 500", "number")
VERBATIM: Final = _of("diversity", "verbatim_opening_share", "openings used twice or more")
TOP_STEMS: Final = _of("diversity", "top_stems_share", "openings, ten commonest stems")
TEXT_DEFECTS: Final = _of("defects", "any_text_share", "calls with a text defect")
OUT_OF_SET: Final = _of("defects", "out_of_set_share", "calls with out-of-set values")
UNREADABLE: Final = _of("defects", "unreadable", "lines that are no dialogue", "count")
DIGITS: Final = _of("defects", "arabic_digits_share", "calls with Arabic digits")
IDS: Final = _of("personal", "national_id_share", "calls with a valid id number")
DIALABLE: Final = _of("personal", "dialable_share", "calls with a number to dial")
CARDS: Final = _of("personal", "bank_card_share", "calls with a Luhn-valid card")
BANKS: Final = _of("personal", "bank_share", "calls naming a real bank")
COMPANIES: Final = _of("personal", "company_share", "calls naming a real company")
AUTHORITIES: Final = _of("personal", "authority_share", "calls naming a real authority")
CRAMERS_V: Final = _of("association", "cramers_v", "awareness x outcome, V", "number")
PROVEN: Final = _of("labels", "proven_share", "labels proven by act and quote")
AGREEMENT: Final = _of("labels", "agreement_share", "text-only reader agrees")

_INPUT_NAMES: Final[dict[Input, str]] = {
    "full": "full text",
    "caller": "caller",
    "callee": "callee",
    "first_caller_turn": "first line",
    "first_two_exchanges": "2 exchanges",
    "lengths": "lengths",
}
AGAINST_LAWFUL: Final = {
    part: _score("fraud_vs_lawful", part, f"vs lawful, {name}") for part, name in _INPUT_NAMES.items()
}
AGAINST_SIBLING: Final = {
    part: _score("fraud_vs_sibling", part, f"vs sibling, {name}") for part, name in _INPUT_NAMES.items()
}

FIGURES: Final = (
    CALLS,
    STORYLINES,
    SIBLING_STORYLINES,
    TURNS,
    CHARACTERS,
    CALLER_CHARACTERS,
    CALLEE_CHARACTERS,
    SHORT_TURNS,
    ONE_EXCHANGE,
    UNEXPLAINED,
    EXACT_DUPLICATES,
    NEAR_DUPLICATES,
    DISTINCT_1,
    DISTINCT_2,
    SELF_BLEU,
    VERBATIM,
    TOP_STEMS,
    TEXT_DEFECTS,
    OUT_OF_SET,
    UNREADABLE,
    DIGITS,
    IDS,
    DIALABLE,
    CARDS,
    BANKS,
    COMPANIES,
    AUTHORITIES,
    CRAMERS_V,
    *AGAINST_LAWFUL.values(),
    *AGAINST_SIBLING.values(),
    PROVEN,
    AGREEMENT,
)
"""In the order of a table."""


def shown_in(report: Report, figure: Figure) -> str:
    """Return a figure of a report with its interval, as people read it."""
    interval = figure.interval(report)
    ends = f" {interval[0]:.2f}-{interval[1]:.2f}".replace("0.", ".") if interval else ""
    return shown(figure.read(report), figure.unit) + ends


def shown(value: float | None, unit: Unit) -> str:
    """Return a figure as people read it; a dash where there is none."""
    if value is None:
        return "-"
    if unit == "share":
        return f"{100 * value:.2f} %"
    if unit == "count":
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
