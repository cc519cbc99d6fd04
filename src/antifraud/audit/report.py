"""What an audit finds, nested by part; names hold units, shares are 0 to 1."""

from __future__ import annotations

from typing import Final, Literal

from antifraud.audit.association import Association
from antifraud.audit.diversity import Diversity
from antifraud.audit.duplicates import Duplicates
from antifraud.audit.label_audit import LabelAudit
from antifraud.audit.label_counts import LabelCounts
from antifraud.audit.lengths import Lengths
from antifraud.audit.personal import Personal
from antifraud.audit.shortcuts import Shortcuts
from antifraud.audit.text_defects import Defects
from antifraud.records import Record

Part = Literal[
    "counts", "lengths", "duplicates", "diversity", "defects", "personal", "association", "shortcuts", "labels"
]
PARTS: Final[tuple[Part, ...]] = (
    "counts",
    "lengths",
    "duplicates",
    "diversity",
    "defects",
    "personal",
    "association",
    "shortcuts",
    "labels",
)


class Report(Record):
    """The figures of one set of dialogues; a part that was not asked for is None."""

    calls: int
    seed: int
    counts: LabelCounts | None = None
    lengths: Lengths | None = None
    duplicates: Duplicates | None = None
    diversity: Diversity | None = None
    defects: Defects | None = None
    personal: Personal | None = None
    association: Association | None = None
    shortcuts: Shortcuts | None = None
    labels: LabelAudit | None = None
