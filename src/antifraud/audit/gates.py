"""Gates: what a set of dialogues must reach before it is packed or frozen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from antifraud.audit import figures
from antifraud.audit.audit import audit
from antifraud.audit.figures import Figure, shown, shown_in
from antifraud.audit.label_audit import Reader
from antifraud.audit.personal import Kind
from antifraud.audit.report import Part, Report
from antifraud.audit.shortcuts import Input
from antifraud.audit_config import AuditConfig
from antifraud.defects import TEXT_DEFECTS
from antifraud.errors import BelowStandard
from antifraud.records import Dialogue, Record

_PARTS: Final[tuple[Part, ...]] = (
    "lengths",
    "duplicates",
    "diversity",
    "defects",
    "personal",
    "association",
    "shortcuts",
    "labels",
)
_INPUTS: Final[tuple[Input, ...]] = ("first_two_exchanges", "lengths", "full")

_SHOWN_GRAMS: Final = 8
_DECIMALS: Final = 10_000
_KINDS_OF: Final[dict[str, tuple[Kind, ...]]] = {
    figures.IDS.name: ("national_id",),
    figures.DIALABLE.name: ("mobile", "landline", "service_number"),
    figures.CARDS.name: ("bank_card",),
    figures.BANKS.name: ("bank",),
}


@dataclass(frozen=True)
class Gate:
    """One limit on one figure."""

    figure: Figure
    setting: str
    """Of the section `audit` of the config."""
    side: Literal["most", "least"]
    needs_size: bool = False
    """Judged from `audit.fewest_calls` on."""

    def limit(self, limits: AuditConfig) -> float:
        """Return the limit in force."""
        return float(getattr(limits, self.setting))

    def is_broken(self, report: Report, limits: AuditConfig) -> bool:
        """Tell whether the figure lies on the wrong side; of an interval, its nearer end."""
        value = self.figure.read(report)
        if value is None or (self.needs_size and report.calls < limits.fewest_calls):
            return False
        low, high = self.figure.interval(report) or (value, value)
        return low > self.limit(limits) if self.side == "most" else high < self.limit(limits)


GATES: Final = (
    Gate(figures.AGAINST_SIBLING["first_two_exchanges"], "sibling_opening_f1", "most"),
    Gate(figures.AGAINST_SIBLING["lengths"], "sibling_lengths_f1", "most"),
    Gate(figures.AGAINST_SIBLING["full"], "sibling_full_text_f1", "most"),
    Gate(figures.PROVEN, "proven_share", "least"),
    Gate(figures.AGREEMENT, "reader_agreement", "least", needs_size=True),
    Gate(figures.NEAR_DUPLICATES, "near_duplicates", "most", needs_size=True),
    Gate(figures.DISTINCT_2, "distinct_2", "least", needs_size=True),
    Gate(figures.SELF_BLEU, "self_bleu_4", "most", needs_size=True),
    Gate(figures.TOP_STEMS, "top_stems", "most", needs_size=True),
    Gate(figures.TEXT_DEFECTS, "text_defects", "most"),
    Gate(figures.OUT_OF_SET, "out_of_set", "most"),
    Gate(figures.ONE_EXCHANGE, "one_exchange", "most", needs_size=True),
    Gate(figures.UNEXPLAINED, "one_exchange_without_reason", "most"),
    Gate(figures.CRAMERS_V, "least_cramers_v", "least", needs_size=True),
    Gate(figures.CRAMERS_V, "most_cramers_v", "most", needs_size=True),
    Gate(figures.IDS, "personal_data", "most"),
    Gate(figures.DIALABLE, "personal_data", "most"),
    Gate(figures.CARDS, "personal_data", "most"),
    Gate(figures.BANKS, "personal_data", "most"),
    Gate(figures.SHORT_TURNS, "least_short_turns", "least", needs_size=True),
    Gate(figures.SHORT_TURNS, "most_short_turns", "most", needs_size=True),
)


class Judged(Record):
    """A figure as people read it, beside its limit."""

    figure: str
    measured: str
    limit: str
    is_judged: bool
    """False where the set is too small for the limit to hold."""


def gate(
    dialogues: Sequence[Dialogue], config: AuditConfig, seed: int, reader: Reader | None = None
) -> tuple[Judged, ...]:
    """Measure what the gates need, and no more; return it, or nothing where the gates are open.

    Raises:
        BelowStandard: a limit is broken; one line for each.
    """
    if not config.refuse:
        return ()
    report = audit(dialogues, seed=seed, parts=_PARTS, reader=reader, comparisons=("fraud_vs_sibling",), inputs=_INPUTS)
    if found := faults(report, config):
        raise BelowStandard(
            "\n".join([*found, "Nothing was written. To go on whatever the figures are: --set audit.refuse=false."])
        )
    return tuple(_judged(report, config))


def _judged(report: Report, limits: AuditConfig) -> Iterator[Judged]:
    """Yield the figures of the gates that could be measured, each once."""
    for each in GATES:
        if each.side == "least" and any(other.figure is each.figure and other.side == "most" for other in GATES):
            continue
        if each.figure.read(report) is not None:
            yield Judged(
                figure=each.figure.name.strip(),
                measured=shown_in(report, each.figure),
                limit=limits_of(each.figure, limits),
                is_judged=not each.needs_size or report.calls >= limits.fewest_calls,
            )


def faults(report: Report, limits: AuditConfig) -> list[str]:
    """Return one line for each limit that is broken: figure, limit, where to look, how to go on."""
    return [_explained(each, report, limits) for each in GATES if each.is_broken(report, limits)]


def limits_of(figure: Figure, limits: AuditConfig) -> str:
    """Return the limits of a figure in few words, empty where it has none."""
    factor, unit = (100, " %") if figure.unit == "share" else (1, "")
    ends = {each.side: f"{each.limit(limits) * factor:g}" for each in GATES if each.figure is figure}
    if len(ends) == 2:
        return f"{ends['least']}-{ends['most']}{unit}"
    signs = {"most": "<=", "least": ">="}
    return "".join(f"{signs[side]} {end}{unit}" for side, end in ends.items())


def _explained(broken: Gate, report: Report, limits: AuditConfig) -> str:
    figure = broken.figure
    value = figure.read(report)
    interval = figure.interval(report)
    spread = f" (95 % interval {interval[0]:.3f} to {interval[1]:.3f})" if interval else ""
    limit = f"at {broken.side} {shown(broken.limit(limits), figure.unit)}"
    look = "; ".join([f"see antifraud stats FILE --parts {figure.part} --json", *_places(figure, report)])
    return (
        f"{figure.name}: {shown(value, figure.unit)}{spread}, expected {limit}; {look}."
        f" To accept it: --set audit.{broken.setting}={_accepting(broken, value)}."
    )


def _accepting(broken: Gate, value: float | None) -> str:
    """Return the nearest limit of four decimals that the figure meets."""
    if value is None:
        raise ValueError("a figure that was not measured breaks no limit")
    if broken.figure.unit == "count":
        return f"{value:.0f}"
    away = math.ceil if broken.side == "most" else math.floor
    return f"{away(value * _DECIMALS) / _DECIMALS:g}"


def _places(figure: Figure, report: Report) -> Iterator[str]:
    """Yield where in the data the fault shows first."""
    if figure is figures.TEXT_DEFECTS and report.defects:
        found = [one for one in report.defects.examples if one.kind in TEXT_DEFECTS]
        yield from (f"first in {one.id}, {one.kind}: {one.detail}" for one in found[:1])
    if figure is figures.OUT_OF_SET and report.defects:
        yield "commonest: " + ", ".join(list(report.defects.out_of_set_values)[:3])
    if report.personal and (kinds := _KINDS_OF.get(figure.name)):
        held = [one for one in report.personal.examples if one.kind in kinds]
        yield from (f"first in {one.id}, turn {one.turn}: {one.text}" for one in held[:1])
    if figure is figures.NEAR_DUPLICATES and report.duplicates:
        yield from (f"most alike are {pair.one} and {pair.other}" for pair in report.duplicates.examples[:1])
    if figure is figures.PROVEN and report.labels:
        yield from (f"first is {call.id}: {call.faults[0]}" for call in report.labels.unproven[:1])
    if figure is figures.AGREEMENT and report.labels:
        yield from (f"first is {one.id}: {one.reading.why}" for one in report.labels.disagreements[:1])
    if figure is figures.AGAINST_SIBLING["full"] and report.shortcuts and report.shortcuts.fraud_vs_sibling:
        grams = report.shortcuts.fraud_vs_sibling.for_fraud[:_SHOWN_GRAMS]
        yield "speaking for fraud: " + " ".join(gram.gram.strip() for gram in grams)
    if figure is figures.TOP_STEMS and report.diversity:
        yield "commonest: " + ", ".join(list(report.diversity.top_stems)[:3])
