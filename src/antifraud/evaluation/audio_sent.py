"""How much audio a run has sent, and what the service counted of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from antifraud.evaluation.records import Prediction
from antifraud.records import Record
from antifraud.store.lines import read_records

_FEWEST: Final = 0.7
"""Tokens a second against those of another call. A design choice: rounding to whole tokens stays far above."""


class AudioSent(Record):
    """Audio of all answers of a predictions file."""

    seconds_sent: float
    """Every answer took the whole of its recording again."""
    seconds_counted: float
    """Of it, with answers for which the service told the audio tokens."""
    audio_tokens: int
    least_tokens_a_second: float | None
    most_tokens_a_second: float | None
    """A second costs the same in a short call and in a long one."""

    @property
    def looks_cut(self) -> bool:
        """Some recordings were charged for far less than others: the model did not hear all of them."""
        least, most = self.least_tokens_a_second, self.most_tokens_a_second
        return least is not None and most is not None and least < _FEWEST * most


def audio_sent(predictions: Path, seconds: Mapping[str, float]) -> AudioSent:
    """Return what a finished run sent.

    Args:
        seconds: lengths of the calls by id.
    """
    sent = counted = 0.0
    tokens, rates = 0, []
    for prediction in read_records(predictions, Prediction):
        length = seconds[prediction.id] if prediction.heard_seconds is None else prediction.heard_seconds
        for given in prediction.answers:
            sent += length
            if given.audio_tokens and length:
                counted += length
                tokens += given.audio_tokens
                rates.append(given.audio_tokens / length)
    return AudioSent(
        seconds_sent=round(sent, 3),
        seconds_counted=round(counted, 3),
        audio_tokens=tokens,
        least_tokens_a_second=round(min(rates), 3) if rates else None,
        most_tokens_a_second=round(max(rates), 3) if rates else None,
    )
