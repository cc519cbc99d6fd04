"""The limits beyond which calls are neither packed nor frozen."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from antifraud.records import Share
from antifraud.settings import Count, Settings


class AuditConfig(Settings):
    """What `pack` and `build-bench` refuse; the figures are those of `antifraud stats`, see docs/statistics.md.

    The limits are this project's aims; TeleAntiFraud 2.0 reports macro-F1 .65 to .68 against siblings that share
    the opening. What the released TeleAntiFraud-28k dialogues reach stands behind each.
    """

    refuse: bool = True
    """false: measure, and go on whatever comes out."""
    fewest_calls: Count = 500
    """Shares, variety and association are judged from this many calls on; of fewer they tell chance."""
    sibling_opening_f1: Share = 0.55
    """Most; first two exchanges, fraud against sibling. Theirs against lawful calls: 1.00."""
    sibling_lengths_f1: Share = 0.60
    """Most; theirs .97."""
    sibling_full_text_f1: Share = 0.75
    """Most; theirs 1.00."""
    reader: Literal["rules", "llm"] = "rules"
    """Who gives the second opinion on labels: the rule reader, or the chat model of `llm`."""
    proven_share: Share = 1.0
    """Least share of calls whose decisive act and quote are there and consistent."""
    reader_agreement: Share = 0.95
    """Least share of calls that a reader of the text alone labels alike."""
    near_duplicates: Share = 0.001
    """Most; theirs 0 and .008."""
    distinct_2: Share = 0.33
    """Least, at 50,000 tokens; theirs .325 and .397."""
    self_bleu_4: float = Field(default=65.0, ge=0, le=100)
    """Most, of 500 dialogues; theirs 69.4 and 64.9."""
    top_stems: Share = 0.10
    """Most openings that begin with one of the ten commonest stems; theirs .275 and .303."""
    text_defects: Share = 0.0
    """Most; theirs .409 and .143."""
    out_of_set: Share = 0.0
    """Most; theirs .223 and .612."""
    one_exchange: Share = 0.03
    """Most; theirs .188 and .064."""
    one_exchange_without_reason: Count = 0
    """Most calls of one exchange whose ending gives no reason."""
    least_cramers_v: Share = 0.25
    most_cramers_v: Share = 0.60
    """Awareness against outcome of fraud calls; theirs .42."""
    personal_data: Share = 0.0
    """Most, for valid national ids, dialable numbers, Luhn-valid cards and real banks each."""
    least_short_turns: Share = 0.05
    most_short_turns: Share = 0.20
    """Turns of at most 4 characters; theirs .0016 and .0203."""
